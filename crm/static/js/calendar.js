// The calendar: a duty dragged to another day opens the form that asks why. The day stays as it is until the form is sent.
(function () {
  "use strict";
  var dragged = null;
  var aim = null;

  function calendar() {
    return document.getElementById("cal");
  }
  function aimAt(square) {
    if (aim) aim.classList.remove("is-aim");
    aim = square;
    if (aim) aim.classList.add("is-aim");
  }
  function duty(event) {
    return event.target.closest && event.target.closest("#cal .ev[draggable=true]");
  }

  document.addEventListener("dragstart", function (event) {
    dragged = duty(event);
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.duty);
    dragged.classList.add("is-dragged");
  });
  document.addEventListener("dragover", function (event) {
    var square = dragged && event.target.closest("#cal [data-day]");
    if (!square) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
    aimAt(square.contains(dragged) ? null : square);
  });
  document.addEventListener("drop", function (event) {
    var square = dragged && event.target.closest("#cal [data-day]");
    if (!square) return;
    event.preventDefault();
    if (square.contains(dragged)) return;
    var here = calendar().dataset.here;
    var url = here + (here.indexOf("?") < 0 ? "?" : "&") + "open=" + dragged.dataset.duty + "&to=" + square.dataset.day;
    window.htmx.ajax("GET", url, { target: "#cal", select: "#cal", swap: "outerHTML" });
  });
  document.addEventListener("dragend", function () {
    if (dragged) dragged.classList.remove("is-dragged");
    dragged = null;
    aimAt(null);
  });
  // Whether dragged or pressed: the form that was asked for is brought into view, its first empty field takes the keys.
  document.addEventListener("htmx:afterSettle", function () {
    var ask = document.getElementById("cal-ask");
    if (!ask) return;
    ask.scrollIntoView({ block: "nearest" });
    var field = ask.querySelector("[name=reason]");
    if (field) field.focus({ preventScroll: true });
  });
})();
