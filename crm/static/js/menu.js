// Menus are <details>: they close on a click elsewhere, on Escape and when another opens. Also native dialogs, the folding rail,
// and the error summary that takes the focus.
(function () {
  "use strict";
  var MENUS = "details.menu[open], details[data-menu][open]";

  function closeAll(but) {
    document.querySelectorAll(MENUS).forEach(function (menu) {
      if (menu !== but && !menu.contains(but)) menu.open = false;
    });
  }

  function fold() {
    var min = document.documentElement.classList.toggle("rail-min");
    try {
      localStorage.setItem("rail", min ? "min" : "wide");
    } catch (e) {
      // Without storage the rail is folded for this page only.
    }
  }

  document.addEventListener("click", function (event) {
    var target = event.target;
    closeAll(target.closest("details.menu, details[data-menu]") || target);
    if (target.closest("[data-menu-close]")) target.closest("details").open = false;
    if (target.closest("[data-fold]")) fold();
    var opener = target.closest("[data-dialog]");
    if (opener) document.getElementById(opener.dataset.dialog).showModal();
    if (target.closest("[data-dialog-close]")) target.closest("dialog").close();
    if (target.matches("dialog")) target.close();
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    var menu = document.activeElement && document.activeElement.closest(MENUS);
    closeAll(null);
    if (menu) menu.querySelector("summary").focus();
  });
  var focus = document.querySelector("[data-focus]");
  if (focus) focus.focus();
})();
