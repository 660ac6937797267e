// Rows of one parent are put in another order by dragging. The buttons beside each row do the same without a mouse or a script.
(function () {
  "use strict";
  var moving = null;

  function row(target) {
    return target.closest ? target.closest("tr[data-reorder]") : null;
  }
  function fits(over) {
    return moving && over && over !== moving && over.dataset.reorder === moving.dataset.reorder;
  }
  function clear() {
    document.querySelectorAll("tr.is-over").forEach(function (el) { el.classList.remove("is-over"); });
  }

  document.addEventListener("dragstart", function (event) {
    moving = row(event.target);
    if (!moving) return;
    moving.classList.add("is-moving");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", moving.dataset.code);
  });
  document.addEventListener("dragover", function (event) {
    var over = row(event.target);
    clear();
    if (!fits(over)) return;
    event.preventDefault();
    over.classList.add("is-over");
  });
  document.addEventListener("dragend", function () {
    if (moving) moving.classList.remove("is-moving");
    moving = null;
    clear();
  });
  document.addEventListener("drop", function (event) {
    var over = row(event.target), from = moving;
    clear();
    if (!fits(over)) return;
    event.preventDefault();
    var token = document.querySelector("input[name=csrf_token]");
    var body = new URLSearchParams({ before: over.dataset.code, csrf_token: token ? token.value : "" });
    fetch(from.dataset.url, { method: "POST", body: body, headers: { "HX-Request": "true" }, credentials: "same-origin" })
      .then(function () { window.location.reload(); });
  });
})();
