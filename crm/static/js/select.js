// Selected rows: tinted, counted and summed in the bar at the bottom. data-wan on a checkbox is that row's amount in 万元.
(function () {
  "use strict";
  var bar = document.querySelector("[data-bulk]");
  if (!bar) return;
  var boxes = Array.from(document.querySelectorAll('input[name="ids"][form="' + bar.id + '"]'));
  var all = document.querySelector("[data-all]");
  var last = null;

  // Sums exactly, in hundredths of 万, and shows 亿元 with two decimals.
  function sum(chosen) {
    var total = 0n;
    chosen.forEach(function (box) {
      var m = /^(\d+)(?:\.(\d+))?$/.exec(box.dataset.wan || "");
      if (m) total += BigInt(m[1] + (m[2] || "").padEnd(6, "0").slice(0, 6));
    });
    var hundredths = (total + 50000000n) / 100000000n;
    return String(hundredths / 100n).replace(/\B(?=(\d{3})+$)/g, ",") + "." + String(hundredths % 100n).padStart(2, "0") + "亿元";
  }

  function show() {
    var chosen = boxes.filter(function (box) {
      return box.checked;
    });
    boxes.forEach(function (box) {
      box.closest("tr, [data-card]").classList.toggle("sel", box.checked);
    });
    bar.classList.toggle("is-on", chosen.length > 0);
    bar.querySelector("[data-bulk-count]").textContent = "已选" + chosen.length + bar.dataset.unit;
    var wan = chosen.some(function (box) {
      return box.dataset.wan;
    });
    bar.querySelector("[data-bulk-sum]").textContent = wan ? sum(chosen) : "";
    if (!all) return;
    all.checked = chosen.length > 0 && chosen.length === boxes.length;
    all.indeterminate = chosen.length > 0 && chosen.length < boxes.length;
  }

  boxes.forEach(function (box) {
    box.addEventListener("click", function (event) {
      if (event.shiftKey && last) {
        var ends = [boxes.indexOf(last), boxes.indexOf(box)].sort(function (a, b) {
          return a - b;
        });
        boxes.slice(ends[0], ends[1] + 1).forEach(function (other) {
          other.checked = box.checked;
        });
      }
      last = box;
      show();
    });
  });
  function setAll(value) {
    boxes.forEach(function (box) {
      box.checked = value;
    });
    show();
  }
  if (all) all.addEventListener("change", function () {
    setAll(all.checked);
  });
  bar.querySelector("[data-bulk-none]").addEventListener("click", function () {
    setAll(false);
  });
  window.addEventListener("pageshow", show);
  show();
})();
