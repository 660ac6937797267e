// Repeated rows of a form (WTForms FieldList): one more, one less. Numbers in names and ids are kept unique, never reused.
(function () {
  "use strict";
  var NAMED = ["id", "name", "for", "data-into", "aria-describedby", "aria-controls"];

  function highest(box, prefix) {
    var most = -1;
    box.querySelectorAll("[name]").forEach(function (el) {
      if (el.name.indexOf(prefix + "-") !== 0) return;
      var n = parseInt(el.name.slice(prefix.length + 1), 10);
      if (n > most) most = n;
    });
    return most;
  }

  function renumber(row, prefix, n) {
    var start = new RegExp("(^|\\s)" + prefix.replace(/[-\\^$*+?.()|[\]{}]/g, "\\$&") + "-\\d+", "g");
    [row].concat(Array.from(row.querySelectorAll("*"))).forEach(function (el) {
      NAMED.forEach(function (attr) {
        if (el.hasAttribute(attr)) el.setAttribute(attr, el.getAttribute(attr).replace(start, "$1" + prefix + "-" + n));
      });
    });
  }

  function empty(row) {
    row.querySelectorAll("input, textarea, select").forEach(function (el) {
      if (el.type === "checkbox" || el.type === "radio") el.checked = false;
      else if (el.name !== "csrf_token" && !/-csrf_token$/.test(el.name)) el.value = "";
      el.removeAttribute("aria-invalid");
      el.classList.remove("input-bad", "ta-known");
    });
    row.querySelectorAll(".err, .ta-list").forEach(function (el) {
      el.remove();
    });
    row.querySelectorAll("output").forEach(function (el) {
      el.textContent = "";
    });
  }

  function add(box) {
    var rows = box.querySelectorAll("[data-row]");
    if (!rows.length || rows.length >= +box.dataset.most) return;
    var prefix = box.dataset.rowsOf;
    var row = rows[rows.length - 1].cloneNode(true);
    renumber(row, prefix, highest(box, prefix) + 1);
    empty(row);
    box.insertBefore(row, box.querySelector("[data-row-add]"));
    var first = row.querySelector("input:not([type=hidden]), textarea, select");
    if (first) first.focus();
  }

  document.addEventListener("click", function (event) {
    var plus = event.target.closest("[data-row-add]");
    if (plus) return add(plus.closest("[data-rows-of]"));
    var drop = event.target.closest("[data-row-drop]");
    if (!drop) return;
    var box = drop.closest("[data-rows-of]");
    var row = drop.closest("[data-row]");
    // The last row is the pattern for the next one, so it is emptied and kept.
    if (box.querySelectorAll("[data-row]").length === 1) empty(row);
    else row.remove();
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
