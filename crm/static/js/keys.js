// The keyboard: "/" to the search, "n" to a new visit, the arrows to the file before and after, and in a list j, k, space and enter. Rows open by a click anywhere on them; the cards of a queue only by enter.
(function () {
  "use strict";
  function typing(el) {
    return el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName) && !/^(checkbox|radio|button|submit)$/.test(el.type);
  }

  function rows() {
    return Array.from(document.querySelectorAll("tr[data-href], [data-card]"));
  }

  // The line under a list names only the keys that do something here.
  document.querySelectorAll(".keys-hint").forEach(function (hint) {
    hint.hidden = !rows().length;
    hint.querySelector("[data-for-boxes]").hidden = !rows().some(function (row) {
      return row.querySelector("input[type=checkbox]");
    });
  });

  function current() {
    return document.querySelector("tr[data-href].cur, [data-card].cur");
  }

  function go(step) {
    var all = rows();
    if (!all.length) return;
    var at = all.indexOf(current());
    var next = all[at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + step))];
    all.forEach(function (row) {
      row.classList.toggle("cur", row === next);
    });
    next.scrollIntoView({ block: "nearest" });
    var link = next.querySelector("a");
    if (link) link.focus({ preventScroll: true });
  }

  function key(name) {
    return Array.from(document.querySelectorAll("[data-key]")).find(function (el) {
      return el.dataset.key === name && el.getClientRects().length;
    });
  }

  function onRow(event) {
    var row = current();
    if (!row) return false;
    if (event.key === " ") {
      var box = row.querySelector("input[type=checkbox]");
      if (!box || event.target === box) return false;
      box.click();
      return true;
    }
    if (event.key === "Enter" && !event.target.closest("a, button, input, summary")) {
      location.href = row.dataset.href;
      return true;
    }
    return false;
  }

  document.addEventListener("keydown", function (event) {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    var done = true;
    if (event.key === "/" && key("/")) key("/").focus();
    else if (event.key === "n" && key("n") && !event.target.closest("form[data-draft]")) key("n").click();
    else if (/^(Arrow(Left|Right)|Escape)$/.test(event.key) && key(event.key)) key(event.key).click();
    else if (event.key === "j") go(1);
    else if (event.key === "k") go(-1);
    else done = onRow(event);
    if (done) event.preventDefault();
  });
  document.addEventListener("click", function (event) {
    var row = event.target.closest("tr[data-href]");
    if (!row || event.target.closest("a, button, input, label, select, summary, form, .cb")) return;
    if (String(window.getSelection())) return;
    if (event.ctrlKey || event.metaKey) window.open(row.dataset.href);
    else location.href = row.dataset.href;
  });
})();
