// On every page: keeps the worker and the package fresh for whoever is signed in, sends what waits, says where one stands.
import * as device from "./device.js";
import * as pending from "./pending.js";
import * as queue from "./queue.js";
import * as leaving from "./leaving.js";
import * as forms from "./catch.js";
import { alone, askLater, sync } from "./sync.js";
import { make, say } from "./dom.js";

const body = document.body;
const shell = body.dataset.shell || "";
const user = Number(body.dataset.user || 0);

function token() {
  return JSON.parse(body.getAttribute("hx-headers") || "{}")["X-CSRF-Token"] || "";
}

const WHY = "离线记走访没有开启：这个地址不是 https，浏览器不允许网页在没有网络时工作。请管理员按部署文档配好 HTTPS 网关，用 https 地址打开。";

function explain() {
  document.querySelectorAll("[data-offline-why]").forEach((place) => {
    place.textContent = WHY;
    place.hidden = false;
  });
}

async function register() {
  if (!navigator.serviceWorker) return;
  await navigator.serviceWorker.register("/service-worker.js", { scope: "/", type: "module" });
}

function state() {
  const off = !navigator.onLine;
  document.documentElement.classList.toggle("is-offline", off);
  document.querySelectorAll("[data-offline-bar]").forEach((bar) => {
    bar.hidden = !off && !shell;
    bar.querySelector("[data-when-off]").hidden = !off;
    bar.querySelector("[data-when-on]").hidden = off;
  });
}

function told(result) {
  // What was kept here is not only here any more.
  if (result.sent || result.refused) say("", "", "kept");
  for (const [state, words] of new Map((result.notes || []).map((note) => [note[1], note])).values()) say(state, words, words);
  if (result.sent) say("ok", "离线记的" + result.sent + "条走访已发送。", "sent");
  if (result.refused) say("bad", result.refused + "条走访被退回，内容还在。请看原因，修改后再发送。", "refused");
}

async function send(asked) {
  const result = await sync();
  told(result);
  const left = await pending.draw(result.user || user, () => send(true));
  if (result.state === "signin" && left.mine + left.others) {
    say("warn", "登录已过期，走访还在这台设备上。登录后自动发送。", "signin", make("a", { cls: "btn btn-s", text: "登录", attrs: { href: "/login?next=/offline/visits" } }));
  } else say("", "", "signin");
  if (result.state === "offline" && left.mine) {
    await askLater();
    if (asked) say("warn", "还是连不上服务器，走访都在。联网后自动发送。", "later");
  } else say("", "", "later");
  return result;
}

async function here() {
  if (!user) return;
  await device.lockOthers(user);
  if (!("log" in body.dataset)) return;
  const session = { user, post: Number(body.dataset.post || 0) || null, since: Number(body.dataset.since || 0), csrf: token() };
  const person = await alone(() => device.enter(session));
  await register();
  if (person) await device.refresh(person);
}

async function start() {
  state();
  if (!device.supported()) return explain();
  forms.install();
  if (user) leaving.guard(user, () => send(true));
  queue.onChange(() => pending.draw(user, () => send(true)));
  window.addEventListener("online", () => {
    state();
    send(false);
  });
  window.addEventListener("offline", state);
  if (navigator.serviceWorker) navigator.serviceWorker.addEventListener("message", () => send(false));
  await device.purge();
  if (navigator.onLine) await here();
  const count = await pending.draw(user, () => send(true));
  const waiting = user ? count.mine : count.mine + count.others;
  if (waiting && navigator.onLine && (user || shell)) await send(false);
  if (body.classList.contains("login") && waiting) said(waiting);
}

function said(count) {
  document.querySelectorAll("[data-queue-words]").forEach((place) => {
    place.textContent = "这台设备上有" + count + "条走访没有发送。用填写时的账号登录后自动发送。";
    place.hidden = false;
  });
}

start().catch((error) => {
  // A browser that forbids storage works as before, only not without network.
  if (!navigator.onLine) say("warn", "这个浏览器不能离线保存。请联网后再记。", "catch");
  else console.info("offline", error && error.name);
});
