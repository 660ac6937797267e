// A double click on save does it once. The button stays in the form, so its name and value are still sent.
(function () {
  "use strict";
  function busy(form, button) {
    form.dataset.sent = "yes";
    if (!button) return;
    button.setAttribute("aria-disabled", "true");
    button.classList.add("is-busy");
    if (button.classList.contains("btn-primary") && !form.hasAttribute("data-keep")) {
      button.dataset.words = button.textContent;
      button.textContent = form.dataset.busy || (/^保存/.test(button.dataset.words.trim()) ? "正在保存" : "正在办理");
    }
  }
  function free(form) {
    delete form.dataset.sent;
    form.querySelectorAll("button.is-busy").forEach(function (button) {
      button.removeAttribute("aria-disabled");
      button.classList.remove("is-busy");
      if (button.dataset.words) button.textContent = button.dataset.words;
    });
  }
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if ((form.getAttribute("method") || "").toLowerCase() !== "post") return;
    if (form.dataset.sent) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    // After the other listeners had their chance to stop the submission.
    var button = event.submitter;
    setTimeout(function () {
      if (event.defaultPrevented && !form.hasAttribute("hx-post")) return;
      busy(form, button);
      // A form that answers with a file leaves the page where it is.
      if (form.hasAttribute("data-keep")) setTimeout(free, 2500, form);
    }, 0);
  }, true);
  document.addEventListener("htmx:afterRequest", function (event) {
    var form = event.target.closest("form");
    if (form) free(form);
  });
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(free);
  });
})();
