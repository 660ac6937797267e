// Reads an amount as one types: "12.5亿" → "= 12.50亿元". Exact, in whole numbers of 10⁻⁶ 万; the server has the last word.
(function () {
  "use strict";
  var MICRO = 1000000n;
  var YI = 10000n * MICRO;
  var RANGE = /^(.+?)(?:-|–|—|~|～|至|到)(.+)$/;

  function plain(text) {
    return text.normalize("NFKC").replace(/[\s,，]/g, "").replace(/^(约|近|超|逾|≥|>|大于|不低于)/, "").replace(/(左右|以上)$/, "");
  }

  // The number and unit of one amount: {micro (of 万), foreign} or null.
  function read(text, unit) {
    var m = /^([$＄]?)(\d+)(?:\.(\d{1,10}))?(亿|万|千万|百万)?(美元|美金|USD|人民币|元)?$/i.exec(text);
    if (!m) return null;
    var scale = m[4] || (m[5] === "元" || m[5] === "人民币" ? "" : /^(亿|万)?/.exec(unit)[0]);
    var factor = { "亿": 10000n * MICRO, "千万": 1000n * MICRO, "百万": 100n * MICRO, "万": MICRO, "": 100n }[scale || ""];
    var digits = m[3] || "";
    var micro = (BigInt(m[2] + digits) * factor) / 10n ** BigInt(digits.length);
    var foreign = Boolean(m[1]) || /美|USD/i.test(m[5] || "") || (!m[5] && /美/.test(unit));
    return { micro: micro, foreign: foreign };
  }

  function thousands(digits) {
    return digits.replace(/\B(?=(\d{3})+$)/g, ",");
  }

  function words(value) {
    var currency = value.foreign ? "美元" : "元";
    if (value.micro >= YI) {
      // Never rounded: 99.995 read back as 100.00 would promise a threshold that is not met.
      var tail = String(value.micro % YI).padStart(10, "0").replace(/0+$/, "").padEnd(2, "0");
      return thousands(String(value.micro / YI)) + "." + tail + "亿" + currency;
    }
    var rest = String(value.micro % MICRO).padStart(6, "0").replace(/0+$/, "");
    return thousands(String(value.micro / MICRO)) + (rest ? "." + rest : "") + "万" + currency;
  }

  function say(text, unit) {
    var clean = plain(text);
    if (!clean) return "";
    if (clean[0] === "-") return "金额不能为负";
    var range = RANGE.exec(clean);
    if (range) {
      var tail = /(亿|万|千万|百万)?(美元|美金|元)?$/.exec(range[2])[0];
      var low = read(/\d$/.test(range[1]) ? range[1] + tail : range[1], unit);
      return low ? "区间，取下限 = " + words(low) : "读不出金额，例如 12.5亿";
    }
    var value = read(clean, unit);
    return value ? "= " + words(value) : "读不出金额，例如 12.5亿";
  }

  function show(input) {
    var out = document.getElementById(input.id + "-read");
    if (out) out.textContent = say(input.value, input.dataset.amount || "");
  }

  document.addEventListener("input", function (event) {
    if (event.target.matches("[data-amount]")) show(event.target);
  });
  document.querySelectorAll("[data-amount]").forEach(show);
})();
