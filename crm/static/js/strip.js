// The place one is at stands in sight, in a strip of tabs wider than the screen and in a rail higher than it.
(function () {
  "use strict";
  function centre(here) {
    for (var box = here.parentElement; box && box !== document.body; box = box.parentElement) {
      var style = getComputedStyle(box), inner = here.getBoundingClientRect(), outer = box.getBoundingClientRect();
      if (style.overflowX !== "visible" && box.scrollWidth > box.clientWidth) {
        box.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
      }
      if (style.overflowY === "auto" && box.scrollHeight > box.clientHeight && inner.bottom > outer.bottom) {
        box.scrollTop += inner.top - outer.top - (outer.height - inner.height) / 2;
      }
    }
  }

  function all(root) {
    root.querySelectorAll("nav [aria-current]").forEach(centre);
  }

  var width = innerWidth;
  all(document);
  window.addEventListener("resize", function () {
    if (innerWidth !== width) all(document);
    width = innerWidth;
  });
  document.addEventListener("htmx:afterSettle", function (event) {
    all(event.target);
  });
})();
