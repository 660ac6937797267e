// 记走访: a company offered as a look-alike is taken into the form in one tap, as if it had been chosen from the suggestions.
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
})();
