// 记走访: a company offered as a look-alike is taken into the form in one tap, as if it had been chosen from the suggestions.
// With a keyboard one begins in the first field, past the whole menu, and saves from anywhere by Ctrl and Enter.
(function () {
  "use strict";
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-company]");
    var input = button && document.getElementById("company");
    if (!input) return;
    input.value = button.dataset.name;
    document.getElementById(input.dataset.into).value = button.dataset.company;
    input.classList.add("ta-known");
    input.dispatchEvent(new CustomEvent("typeahead:chosen", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
    input.focus();
  });
  document.addEventListener("keydown", function (event) {
    var form = event.target.closest("form[data-offline]");
    if (!form || event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    // A field is read when it is left: 明天 becomes a day.
    event.target.blur();
    form.requestSubmit();
  });
  // Look-alikes that were found say more than that no suggestion was.
  document.addEventListener("htmx:afterSwap", function (event) {
    var none = event.target.id === "similar" && event.target.textContent.trim() && document.querySelector("#company-list .none");
    if (none) none.parentElement.hidden = true;
  });
  // A draft's company brings its projects and contacts again, ticked as they were.
  document.addEventListener("draft:restored", function (event) {
    var form = event.target, input = form.elements.namedItem("company");
    if (!input || !input.dataset.into || !document.getElementById(input.dataset.into).value) return;
    document.addEventListener("htmx:afterSettle", function tick(settled) {
      if (settled.target.id !== "about-projects") return;
      document.removeEventListener("htmx:afterSettle", tick);
      event.detail.forEach(function (field) {
        if (field.length < 3) return;
        form.querySelectorAll("[type=checkbox]").forEach(function (box) {
          if (box.name === field[0] && box.value === field[1]) box.checked = field[2];
        });
      });
    });
    input.classList.add("ta-known");
    input.dispatchEvent(new CustomEvent("typeahead:chosen", { bubbles: true }));
  });
  var mode = document.querySelector("form[data-offline] [name=mode]:checked");
  if (mode && matchMedia("(pointer: fine)").matches && document.activeElement === document.body) mode.focus({ preventScroll: true });
})();
