// Keeps an unsent form in this browser under its data-draft key, until it was accepted. Never phone numbers, passwords, files,
// nothing marked data-private, nothing of a form whose 涉密 box (data-no-draft) is ticked; after a week it is forgotten.
(function () {
  "use strict";
  var WEEK = 7 * 24 * 3600 * 1000;
  var PREFIX = "draft:";
  var PRIVATE = /phone|mobile|tel(?!l)|password|csrf|token|secret/i;
  var timer = null;
  var waiting = null; // the form whose last letters are not kept yet

  function store() {
    try {
      return window.localStorage;
    } catch (e) {
      return null;
    }
  }

  function keyOf(form) {
    return PREFIX + (document.body.dataset.me || "") + ":" + form.dataset.draft;
  }

  function keeps(el) {
    if (!el.name || el.disabled || el.closest("[data-private]")) return false;
    if (["password", "file", "submit", "button", "tel"].indexOf(el.type) >= 0) return false;
    if (el.type === "hidden" && !el.hasAttribute("data-kept") && !document.querySelector('[data-into="' + el.id + '"]')) return false;
    return !PRIVATE.test(el.name);
  }

  function note(form, words) {
    document.querySelectorAll("[data-draft-note]").forEach(function (el) {
      if (!el.closest("form") || el.closest("form") === form) el.textContent = words;
    });
  }

  function barred(form) {
    return Boolean(form.querySelector("[data-no-draft]:checked"));
  }

  function save(form) {
    waiting = null;
    var box = store();
    if (!box) return;
    if (barred(form)) {
      box.removeItem(keyOf(form));
      note(form, "涉密内容不存草稿");
      return;
    }
    var fields = Array.from(form.elements).filter(keeps).map(function (el) {
      var tick = el.type === "checkbox" || el.type === "radio";
      return tick ? [el.name, el.value, el.checked] : [el.name, el.value];
    });
    var now = new Date();
    try {
      box.setItem(keyOf(form), JSON.stringify({ at: now.getTime(), fields: fields }));
      note(form, "草稿已存 " + String(now.getHours()).padStart(2, "0") + ":" + String(now.getMinutes()).padStart(2, "0"));
    } catch (e) {
      note(form, "草稿存不下了，请尽快保存");
    }
  }

  // Repeated rows that were added by hand are made again before they are filled.
  function grow(form, name) {
    form.querySelectorAll("[data-rows-of]").forEach(function (box) {
      if (name.indexOf(box.dataset.rowsOf + "-") === 0 && !form.elements.namedItem(name)) box.querySelector("[data-row-add]").click();
    });
  }

  function fill(form, fields) {
    fields.forEach(function (field) {
      grow(form, field[0]);
      Array.from(form.elements).forEach(function (el) {
        if (el.name !== field[0] || !keeps(el)) return;
        if (field.length === 3) {
          if (el.value === field[1]) el.checked = field[2];
        } else {
          el.value = field[1];
        }
        el.dispatchEvent(new CustomEvent("draft:filled", { bubbles: true }));
      });
    });
    form.querySelectorAll("[data-amount], [data-date]").forEach(function (el) {
      el.dispatchEvent(new Event("input", { bubbles: true }));
    });
    form.dispatchEvent(new CustomEvent("draft:restored", { bubbles: true, detail: fields }));
  }

  function offer(form) {
    var box = store();
    var raw = box && box.getItem(keyOf(form));
    if (!raw) return;
    var kept = JSON.parse(raw);
    if (Date.now() - kept.at > WEEK) return box.removeItem(keyOf(form));
    var bar = document.createElement("div");
    bar.className = "flash flash-info";
    bar.setAttribute("role", "status");
    var words = document.createElement("div");
    words.textContent = "上次没有保存的内容还在，填写于" + new Date(kept.at).toLocaleString("zh-CN", { month: "long", day: "numeric", hour: "2-digit", minute: "2-digit" }) + "。";
    var acts = document.createElement("div");
    acts.className = "go";
    [["接着填", function () { fill(form, kept.fields); }], ["不要了", function () { box.removeItem(keyOf(form)); }]].forEach(function (pair) {
      var button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-quiet btn-s";
      button.textContent = pair[0];
      button.addEventListener("click", function () {
        pair[1]();
        bar.remove();
      });
      acts.append(button);
    });
    bar.append(words, acts);
    form.before(bar);
  }

  function forget() {
    var box = store();
    if (!box) return;
    Object.keys(box).filter(function (key) {
      return key.indexOf(PREFIX) === 0;
    }).forEach(function (key) {
      box.removeItem(key);
    });
  }

  document.addEventListener("input", function (event) {
    var form = event.target.closest("form[data-draft]");
    if (!form || !event.isTrusted) return;
    clearTimeout(timer);
    waiting = form;
    timer = setTimeout(save, 800, form);
  });
  // A phone puts the page away without a word.
  window.addEventListener("pagehide", function () {
    if (waiting) save(waiting);
  });
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.matches("[data-forget]")) return forget();
    if (!form.matches("[data-draft]")) return;
    clearTimeout(timer);
    save(form);
    sessionStorage.setItem("draft-sent", keyOf(form));
  });

  // A sent draft is done with, unless this page says that it was refused (the form again with errors, or an error page).
  var sent = sessionStorage.getItem("draft-sent");
  sessionStorage.removeItem("draft-sent");
  var refused = document.body.hasAttribute("data-error") || Boolean(document.querySelector(".errsum, .plain-page"));
  if (sent && !refused && store()) store().removeItem(sent);
  if (!refused) document.querySelectorAll("form[data-draft]").forEach(offer);
})();
