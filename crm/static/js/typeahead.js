// Suggestions under an input, as an accessible combobox. The text itself is always sent, so it degrades to a plain field.
// data-typeahead: address answering ?q= with [{id, label, note}]; data-into: id of the hidden input for the chosen id.
(function () {
  "use strict";
  var open = null; // { input, list, items, at }
  var timer = null;
  var asked = 0;

  // A whole phone number stands in no address, which every gateway writes down: its last four digits find it as well.
  function asking(written) {
    var digits = written.replace(/[\s()+\-.·转]/g, "");
    return /^(86)?(1[3-9]\d{5,9}|0\d{8,}|[2-8]\d{6,7}|[48]00\d{7})$/.test(digits) ? digits.slice(-4) : written;
  }

  function into(input) {
    return input.dataset.into ? document.getElementById(input.dataset.into) : null;
  }

  function close() {
    clearTimeout(timer);
    asked += 1;
    if (!open) return;
    open.list.remove();
    open.input.setAttribute("aria-expanded", "false");
    open.input.removeAttribute("aria-activedescendant");
    open.input.removeAttribute("aria-controls");
    open = null;
  }

  function mark(at) {
    open.at = at;
    Array.prototype.forEach.call(open.list.children, function (li, n) {
      if (li.getAttribute("role") !== "option") return;
      li.setAttribute("aria-selected", n === at ? "true" : "false");
      if (n === at) li.scrollIntoView({ block: "nearest" });
    });
    if (at >= 0) open.input.setAttribute("aria-activedescendant", open.list.children[at].id);
    else open.input.removeAttribute("aria-activedescendant");
  }

  function choose(at) {
    var input = open.input;
    var item = open.items[at];
    input.value = item.label;
    var hidden = into(input);
    if (hidden) hidden.value = item.id;
    input.classList.add("ta-known");
    close();
    input.dispatchEvent(new CustomEvent("typeahead:chosen", { bubbles: true, detail: item }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function line(item, n, id) {
    var li = document.createElement("li");
    li.id = id + "-" + n;
    li.setAttribute("role", "option");
    li.setAttribute("aria-selected", "false");
    var name = document.createElement("span");
    name.textContent = item.label;
    li.append(name);
    if (item.note) {
      var note = document.createElement("span");
      note.className = "note";
      note.textContent = item.note;
      li.append(note);
    }
    return li;
  }

  function show(input, items) {
    close();
    var list = document.createElement("ul");
    list.className = "ta-list";
    list.id = input.id + "-list";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "可选项");
    items.forEach(function (item, n) {
      list.append(line(item, n, list.id));
    });
    if (!items.length) {
      var none = document.createElement("li");
      none.className = "none";
      none.textContent = "没有找到，可以直接填写";
      list.append(none);
    }
    input.closest(".ta").append(list);
    input.setAttribute("aria-expanded", "true");
    input.setAttribute("aria-controls", list.id);
    open = { input: input, list: list, items: items, at: -1 };
  }

  function ask(input) {
    var q = asking(input.value.trim());
    if (!q) return close();
    asked += 1;
    var mine = asked;
    var url = new URL(input.dataset.typeahead, location.href);
    url.searchParams.set("q", q);
    fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" })
      .then(function (answer) {
        return answer.ok ? answer.json() : [];
      })
      .then(function (items) {
        if (mine === asked && document.activeElement === input) show(input, items);
      })
      .catch(close);
  }

  document.addEventListener("input", function (event) {
    var input = event.target;
    if (!input.matches("[data-typeahead]") || event.isComposing) return;
    var hidden = into(input);
    if (hidden) hidden.value = "";
    input.classList.remove("ta-known");
    clearTimeout(timer);
    timer = setTimeout(ask, 180, input);
  });
  document.addEventListener("compositionend", function (event) {
    if (event.target.matches("[data-typeahead]")) ask(event.target);
  });
  document.addEventListener("keydown", function (event) {
    if (event.isComposing || !event.target.matches("[data-typeahead]")) return;
    if (event.key === "ArrowDown" && !open) return ask(event.target);
    // Enter looks first and chooses then; it sends a form only from a field that is settled.
    if (event.key === "Enter" && !open && into(event.target) && event.target.value.trim() && !into(event.target).value) {
      event.preventDefault();
      return ask(event.target);
    }
    if (!open) return;
    var n = open.items.length;
    if (event.key === "ArrowDown" && n) mark((open.at + 1) % n);
    else if (event.key === "ArrowUp" && n) mark((open.at - 1 + n) % n);
    else if (event.key === "Enter" && open.at >= 0) choose(open.at);
    else if (event.key === "Enter" && n) mark(0);
    else if (event.key === "Enter") close();
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  // pointerdown comes before focusout, on a mouse as on a finger.
  document.addEventListener("pointerdown", function (event) {
    if (!open) return;
    var li = event.target.closest(".ta-list [role=option]");
    if (!li) return;
    event.preventDefault();
  });
  document.addEventListener("click", function (event) {
    if (!open) return;
    var li = event.target.closest(".ta-list [role=option]");
    if (li) choose(Array.prototype.indexOf.call(open.list.children, li));
    else if (event.target !== open.input) close();
  });
  document.addEventListener("focusout", function (event) {
    if (open && event.target === open.input) setTimeout(function () {
      if (open && document.activeElement !== open.input) close();
    }, 150);
  });
})();
