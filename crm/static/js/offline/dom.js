// Making elements without markup in strings: nothing that was typed is ever read as HTML.
const SVG = "http://www.w3.org/2000/svg";

export function make(tag, { cls = "", text = "", attrs = {} } = {}, ...inside) {
  const el = document.createElement(tag);
  if (cls) el.className = cls;
  if (text) el.textContent = text;
  for (const [name, value] of Object.entries(attrs)) el.setAttribute(name, value);
  el.append(...inside);
  return el;
}

export function shape(state) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "mk mk-" + state);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", "#m-" + state);
  svg.append(use);
  return svg;
}

export function mark(state, words) {
  return make("span", { cls: "st st-" + state }, shape(state), words);
}

export function button(words, kind, act) {
  const made = make("button", { cls: "btn " + kind, text: words, attrs: { type: "button" } });
  made.addEventListener("click", act);
  return made;
}

// Says something where the page says what the last act did; `key` replaces what was said under it before.
export function say(state, words, key, ...more) {
  const place = document.getElementById("flashes");
  if (!place) return;
  const old = place.querySelector('[data-said="' + key + '"]');
  if (old) old.remove();
  if (!words) return;
  const role = state === "bad" ? "alert" : "status";
  const bar = make("div", { cls: "flash flash-" + state, attrs: { role, "data-said": key } }, shape(state), make("div", { text: words }));
  if (more.length) bar.append(make("div", { cls: "go" }, ...more));
  place.prepend(bar);
}
