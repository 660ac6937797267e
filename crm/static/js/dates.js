// Reads a date as one types: 2026.11.23, 20261123, 11-23 or 今天; shows the weekday and writes it as 2026-11-23 when one leaves the field.
(function () {
  "use strict";
  var WEEK = "日一二三四五六";

  function pad(n) {
    return String(n).padStart(2, "0");
  }

  function make(year, month, day) {
    var date = new Date(year, month - 1, day);
    return date.getMonth() === month - 1 && date.getDate() === day ? date : null;
  }

  function read(text) {
    var clean = text.normalize("NFKC").replace(/\s/g, "").replace(/周.$/, "");
    var now = new Date();
    var near = { "今天": 0, "明天": 1, "后天": 2, "昨天": -1, "前天": -2 }[clean];
    if (near !== undefined) return make(now.getFullYear(), now.getMonth() + 1, now.getDate()) && new Date(now.getFullYear(), now.getMonth(), now.getDate() + near);
    var m = /^(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?$/.exec(clean) || /^(\d{4})(\d{2})(\d{2})$/.exec(clean);
    if (m) return make(+m[1], +m[2], +m[3]);
    m = /^(\d{1,2})[-./月](\d{1,2})日?$/.exec(clean);
    return m ? make(now.getFullYear(), +m[1], +m[2]) : null;
  }

  function iso(date) {
    return date.getFullYear() + "-" + pad(date.getMonth() + 1) + "-" + pad(date.getDate());
  }

  function show(input) {
    var out = document.getElementById(input.id + "-read");
    if (!out) return;
    var date = read(input.value);
    if (date) out.textContent = date.getMonth() + 1 + "月" + date.getDate() + "日 周" + WEEK[date.getDay()];
    else out.textContent = input.value && input.dataset.date === "day" ? "读不出日期，例如 2026-11-23" : "";
  }

  document.addEventListener("input", function (event) {
    if (event.target.matches("[data-date]")) show(event.target);
  });
  document.addEventListener("change", function (event) {
    var input = event.target;
    if (!input.matches("[data-date]")) return;
    var date = read(input.value);
    if (date) input.value = iso(date);
    show(input);
  });
  // A proposed day fills the field of that name in the form it stands in.
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-fill]");
    var form = button && button.closest("form");
    var input = form && form.elements.namedItem(button.dataset.fill);
    if (!input) return;
    input.value = button.dataset.value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
    input.focus();
  });
  document.querySelectorAll("[data-date]").forEach(show);
})();
