// The entries that wait, drawn where a page has a place for them (data-pending), and their number in the frame (data-queue).
import * as device from "./device.js";
import * as queue from "./queue.js";
import { STATES, reason, title } from "./rules.js";
import { button, make, mark } from "./dom.js";

const MODES = { outbound: "外出拜访", inbound: "来访接待", phone: "电话", video: "视频", event: "活动", stationed: "驻点" };

function act(entry, row, again) {
  const box = make("span", { cls: "off-do" });
  if (entry.reply && entry.reply.url) box.append(make("a", { cls: "btn btn-s", text: "看已保存的走访", attrs: { href: entry.reply.url } }));
  else if (!entry.broken && entry.state !== "sending") {
    box.append(make("a", { cls: "btn btn-s", text: "修改", attrs: { href: "/offline/visit?entry=" + entry.id } }));
  }
  const ask = button("丢弃", "btn-quiet btn-s", () => {
    const yes = button("丢弃这一条", "btn-bad btn-s", async () => {
      await queue.drop(entry);
      again();
    });
    box.replaceChildren(make("span", { cls: "muted", text: "丢弃后找不回来" }), yes, button("留着", "btn-s", again));
    yes.focus();
  });
  if (entry.state !== "sending") box.append(ask);
  return box;
}

function line(entry, again) {
  const known = title(entry.fields);
  const state = STATES[entry.state] || STATES.waiting;
  const words = reason(entry);
  const row = make("li", { attrs: { "data-entry": entry.id, "data-state": entry.state } });
  const name = entry.broken ? "这一条在这台设备上打不开了" : known.company;
  const about = make("span", { cls: "muted", text: [known.day, MODES[known.mode]].filter(Boolean).join(" ") });
  const files = entry.files.length ? make("span", { cls: "muted", text: entry.files.length + "个文件" }) : "";
  row.append(make("p", { cls: "off-who" }, make("b", { text: name }), about, files));
  row.append(make("p", { cls: "off-state" }, mark(state.mark, state.words + (words ? "：" + words : ""))));
  if (known.summary) row.append(make("p", { cls: "off-sum muted", text: known.summary }));
  row.append(act(entry, row, again));
  return row;
}

function panel(place, entries, others, again, send) {
  const box = make("section", { cls: "panel off-list", attrs: { "aria-label": "还没有发送的走访" } });
  const head = make("header", {}, make("h2", { text: "没有发送的走访" }), make("span", { cls: "c", text: String(entries.length) }));
  if (entries.some((entry) => entry.state !== "refused")) head.append(make("span", { cls: "side" }, button("现在发送", "btn-s btn-sea", send)));
  box.append(head);
  const list = make("ul");
  entries.forEach((entry) => list.append(line(entry, again)));
  if (entries.length) box.append(list);
  if (others) box.append(make("p", { cls: "prose-s muted", text: othersWords(others) }));
  place.replaceChildren(...(entries.length || others ? [box] : []));
}

export function othersWords(count) {
  return "另一位用户有" + count + "条未发送，由本人登录后才能看和发送。";
}

function lockedWords(count) {
  return count + "条走访在这台设备上锁定着，内容没有丢。登录后可以看，并自动发送。";
}

function empty(place, locked) {
  const inside = [make("h2", { text: locked ? "登录后才能看" : "没有待发送的走访" })];
  inside.push(make("p", { text: locked ? lockedWords(locked) : "离线时记的走访会列在这里，联网后自动发送。" }));
  const link = locked ? ["登录", "/login?next=/offline/visits"] : ["记走访", "/visits/new"];
  inside.push(make("div", { cls: "go" }, make("a", { cls: "btn btn-sea", text: link[0], attrs: { href: link[1] } })));
  place.replaceChildren(make("section", { cls: "panel" }, make("div", { cls: "empty" }, ...inside)));
}

// Draws again whatever shows the queue. `who` is the person signed in (or the one whose key is in reach), null for nobody.
export async function draw(user, send) {
  const again = () => draw(user, send);
  const person = await device.current();
  const mine = person && (!user || person.user === user) ? person : null;
  const count = await queue.counts(mine ? mine.user : user || 0);
  const entries = mine ? await queue.list(mine) : [];
  document.querySelectorAll("[data-queue]").forEach((el) => badge(el, count));
  document.querySelectorAll("[data-pending]").forEach((place) => {
    // Where nobody can be read, what is locked is said on the list's own page only.
    const whole = place.dataset.pending === "whole";
    if (entries.length || (count.others && mine)) panel(place, entries, count.others, again, send);
    else if (whole) empty(place, count.mine + (mine || user ? 0 : count.others));
    else place.replaceChildren();
  });
  return count;
}

function badge(el, count) {
  el.hidden = !count.mine;
  el.classList.toggle("is-bad", Boolean(count.refused));
  const words = count.refused ? "被退回" : "待发送";
  el.querySelector(".w").textContent = words;
  el.querySelector(".n").textContent = String(count.refused || count.mine);
}
