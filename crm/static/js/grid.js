// A table filled in like a sheet: each row is a form of its own and is saved when one leaves it. A row that could not be
// saved keeps what was typed and says so; leaving the page with such a row asks first. Without this script every row has its button.
(function () {
  "use strict";
  var CELL = ".gi .input";

  function rowOf(el) {
    return el && el.closest ? el.closest("[data-grid-row]") : null;
  }
  function formOf(row) {
    return row && row.querySelector("[data-grid-form]");
  }
  function cells(row) {
    return Array.from(row.querySelectorAll(CELL));
  }
  function written(row) {
    return cells(row).map(function (cell) { return cell.value; }).join("\u0001");
  }
  function remember(row) {
    row.dataset.kept = written(row);
    row.classList.remove("is-dirty", "is-lost");
  }
  function changed(row) {
    return row.dataset.kept !== written(row);
  }
  function say(row, words) {
    var place = row.querySelector("[role=status]");
    if (place) place.textContent = words;
  }

  // What the server computed replaces what stood there; what is being typed stays.
  function take(row, html, sent, accepted) {
    var box = document.createElement("template");
    box.innerHTML = "<table><tbody>" + html + "</tbody></table>";
    var fresh = box.content.querySelector("[data-grid-row]");
    if (!fresh) return false;
    var outs = row.querySelectorAll("[data-grid-out]");
    fresh.querySelectorAll("[data-grid-out]").forEach(function (out, at) {
      if (outs[at]) outs[at].replaceChildren.apply(outs[at], Array.from(out.childNodes));
    });
    formOf(row).elements.version.value = formOf(fresh).elements.version.value;
    var same = written(row) === sent, theirs = cells(fresh);
    cells(row).forEach(function (cell, at) {
      cell.classList.toggle("input-bad", theirs[at].classList.contains("input-bad"));
      if (accepted && same) cell.value = theirs[at].value;
    });
    if (accepted) row.dataset.kept = same ? written(row) : sent;
    row.classList.toggle("is-dirty", changed(row));
    row.classList.toggle("is-lost", !accepted);
    return true;
  }

  function save(row) {
    var form = formOf(row);
    if (!form || row.dataset.sending) {
      if (row.dataset.sending) row.dataset.again = "yes";
      return;
    }
    var sent = written(row);
    row.dataset.sending = "yes";
    row.classList.add("is-saving");
    say(row, "正在保存");
    fetch(form.action, { method: "POST", body: new FormData(form), headers: { "HX-Request": "true" }, credentials: "same-origin" })
      .then(function (answer) {
        return answer.text().then(function (html) {
          var known = answer.status === 200 || answer.status === 409 || answer.status === 422;
          if (!known || !take(row, html, sent, answer.status === 200)) throw new Error(String(answer.status));
        });
      })
      .catch(function (error) {
        row.classList.add("is-dirty", "is-lost");
        say(row, error.message === "401" ? "登录已过期，没有保存" : "没有存上，再按一次保存");
      })
      .finally(function () {
        delete row.dataset.sending;
        row.classList.remove("is-saving");
        delete form.dataset.sent;
        if (row.dataset.again) {
          delete row.dataset.again;
          if (changed(row)) save(row);
        }
      });
  }

  function step(cell, by) {
    var row = rowOf(cell), at = cells(row).indexOf(cell), next = row;
    do {
      next = by > 0 ? next.nextElementSibling : next.previousElementSibling;
    } while (next && !next.querySelector(CELL));
    if (!next) return false;
    var target = cells(next)[at];
    target.focus();
    target.select();
    return true;
  }

  document.querySelectorAll("[data-grid-row]").forEach(remember);
  document.addEventListener("input", function (event) {
    var row = rowOf(event.target);
    if (row) row.classList.toggle("is-dirty", changed(row));
  });
  document.addEventListener("keydown", function (event) {
    if (!event.target.matches || !event.target.matches("[data-grid] " + CELL) || event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (step(event.target, event.key === "ArrowDown" ? 1 : -1)) event.preventDefault();
    } else if (event.key === "Enter") {
      event.preventDefault();
      var row = rowOf(event.target);
      if (!step(event.target, 1) && (changed(row) || !row.dataset.kept)) save(row);
    } else if (event.key === "Escape") {
      var own = rowOf(event.target), kept = (own.dataset.kept || "").split("\u0001");
      cells(own).forEach(function (cell, at) { cell.value = kept[at] || ""; });
      own.classList.remove("is-dirty", "is-lost");
    }
  });
  document.addEventListener("focusout", function (event) {
    var row = rowOf(event.target);
    if (!row || !formOf(row) || rowOf(event.relatedTarget) === row) return;
    if (changed(row)) save(row);
  });
  document.addEventListener("submit", function (event) {
    if (!event.target.matches("[data-grid-form]")) return;
    event.preventDefault();
    save(rowOf(event.target));
  });
  window.addEventListener("beforeunload", function (event) {
    if (document.querySelector("[data-grid-row].is-dirty")) {
      event.preventDefault();
      event.returnValue = "";
    }
  });
})();
