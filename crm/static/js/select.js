// Selected rows: tinted, counted and summed in the bar at the bottom. data-wan on a checkbox is that row's amount in 万元.
(function () {
  "use strict";
  var bar = document.querySelector("[data-bulk]");
  if (!bar) return;
  var last = null;

  // Asked for every time: a part of the page may have been read again.
  function boxes() {
    return Array.from(document.querySelectorAll('input[name="ids"][form="' + bar.id + '"]'));
  }

  // A box in a table's head stands for the rows of that table.
  function under(all) {
    var table = all.closest("table");
    return boxes().filter(function (box) {
      return !table || table.contains(box);
    });
  }

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

  function checked(list) {
    return list.filter(function (box) {
      return box.checked;
    });
  }

  function show() {
    var every = boxes();
    var chosen = checked(every);
    every.forEach(function (box) {
      box.closest("tr, [data-card]").classList.toggle("sel", box.checked);
    });
    bar.classList.toggle("is-on", chosen.length > 0);
    bar.querySelector("[data-bulk-count]").textContent = "已选" + chosen.length + bar.dataset.unit;
    var wan = chosen.some(function (box) {
      return box.dataset.wan;
    });
    bar.querySelector("[data-bulk-sum]").textContent = wan ? sum(chosen) : "";
    document.querySelectorAll("[data-all]").forEach(function (all) {
      var own = under(all);
      var some = checked(own).length;
      all.checked = some > 0 && some === own.length;
      all.indeterminate = some > 0 && some < own.length;
    });
  }

  document.addEventListener("click", function (event) {
    var every = boxes();
    var box = event.target;
    if (every.indexOf(box) < 0) return;
    if (event.shiftKey && every.indexOf(last) >= 0) {
      var ends = [every.indexOf(last), every.indexOf(box)].sort(function (a, b) {
        return a - b;
      });
      every.slice(ends[0], ends[1] + 1).forEach(function (other) {
        other.checked = box.checked;
      });
    }
    last = box;
    show();
  });
  function setAll(list, value) {
    list.forEach(function (box) {
      box.checked = value;
    });
    show();
  }
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-all]")) setAll(under(event.target), event.target.checked);
  });
  bar.querySelector("[data-bulk-none]").addEventListener("click", function () {
    setAll(boxes(), false);
  });
  document.addEventListener("htmx:afterSwap", show);
  window.addEventListener("pageshow", show);
  show();
})();
