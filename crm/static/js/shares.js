// Shares by indicator stand open while they are what counts. Without script one opens them oneself.
(function () {
  "use strict";
  var box = document.getElementById("shares");
  document.addEventListener("change", function (event) {
    if (event.target.name === "preset") box.open = event.target.value === "own";
  });
})();
