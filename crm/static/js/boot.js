// Before the first paint: says that scripts run, and restores a folded rail so that nothing jumps.
(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("js");
  try {
    if (localStorage.getItem("rail") === "min") root.classList.add("rail-min");
  } catch (e) {
    // Storage may be switched off; the rail is then simply wide.
  }
})();
