// The form of a list's columns: arrows move a line without asking the server, ticking one more puts it at the end of those shown.
(function () {
  "use strict";
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-cols] button[name=move]");
    if (!button) return;
    event.preventDefault();
    var line = button.closest("li");
    var up = button.value.indexOf("up:") === 0;
    var other = up ? line.previousElementSibling : line.nextElementSibling;
    if (!other) return;
    if (up) other.before(line);
    else other.after(line);
    button.focus();
  });
})();
