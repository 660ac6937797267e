// A button that copies the field beside it. Plain http has no clipboard of its own, so the field is selected and the old command given.
(function () {
  "use strict";
  function select(field) {
    field.focus();
    field.select();
    field.setSelectionRange(0, field.value.length);
  }

  function old(field) {
    select(field);
    return document.execCommand("copy");
  }

  function say(button, done) {
    button.closest(".copied").querySelector("[data-copy-said]").textContent = done ? "已复制" : "没有复制上，请按住选中的文字复制";
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy]");
    if (!button) return;
    var field = document.getElementById(button.dataset.copy);
    var asked = navigator.clipboard ? navigator.clipboard.writeText(field.value) : Promise.reject();
    asked.then(
      function () {
        say(button, true);
      },
      function () {
        say(button, old(field));
      }
    );
  });
})();
