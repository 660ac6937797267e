// Sending what waits: under its own person only, one tab or worker at a time, oldest first, each until the server has said
// that it has it. The server takes an entry by its client id, so one that was sent and not heard of is sent again.
import * as device from "./device.js";
import * as queue from "./queue.js";

// {user, post, may, csrf, since} of whoever is signed in; null without network.
export async function session() {
  try {
    const answer = await fetch("/offline/session", { cache: "no-store", redirect: "manual" });
    if (answer.type === "opaqueredirect") return { user: null };
    return answer.ok ? await answer.json() : null;
  } catch (error) {
    return null;
  }
}

async function bodyOf(person, entry) {
  const body = new FormData();
  body.append("offline_user", String(person.user));
  body.append("offline_post", String(entry.post || ""));
  for (const [name, value] of entry.fields) body.append(name, value);
  for (const file of await queue.filesOf(person, entry)) body.append("file", file);
  return body;
}

async function words(answer) {
  try {
    return await answer.json();
  } catch (error) {
    return {};
  }
}

async function accepted(person, entry, said, notes) {
  // The server had it already, from this device or another, and what it has is not what was sent now: both are kept.
  const changed = !said.created && (!said.same || (entry.tried && entry.tried !== entry.rev));
  if (!changed && (await queue.sent(entry))) {
    for (const each of said.notes || []) notes.push(["info", each]);
    for (const each of said.warnings || []) notes.push(["warn", each]);
    return "sent";
  }
  const message = "这条走访已经保存过，和这里写的不一样，这里写的没有写进去。请看已保存的走访，需要就在那里修改，再丢弃这一条。";
  const now = changed ? entry : await queue.get(person, entry.id);
  await queue.mark(person, now, "refused", { message, errors: [], url: said.url });
  return "refused";
}

const REFUSED = { 403: "当前岗位不能记走访。请切换岗位后再发送。", 413: "照片和文件加起来太大。请去掉一些再发送。" };

// "sent", "refused", "signin" (stop and ask for it), "later" (the network or the server; stop), "skip" (this one only).
// What the server says of a sent one, days that were moved and numbers among the words, is added to `notes`.
async function send(person, entry, csrf, notes) {
  const before = { ...entry };
  await queue.mark(person, entry, "sending");
  let answer;
  try {
    answer = await fetch("/offline/visits", { method: "POST", headers: { "X-CSRF-Token": csrf }, body: await bodyOf(person, entry), redirect: "manual" });
  } catch (error) {
    await queue.mark(person, entry, "waiting");
    return "later";
  }
  if (answer.status === 201) return accepted(person, before, await words(answer), notes);
  if ([409, 422].includes(answer.status) || REFUSED[answer.status]) {
    const said = await words(answer);
    await queue.mark(person, entry, "refused", { message: said.message || REFUSED[answer.status], errors: said.errors || [], alike: said.alike || [] });
    return "refused";
  }
  await queue.mark(person, entry, "waiting");
  if (answer.type === "opaqueredirect" || answer.status === 401) return "signin";
  return answer.status === 400 ? "stale" : answer.status >= 500 ? "skip" : "later";
}

async function sendFresh(person, entry, now, notes) {
  const done = await send(person, entry, now.csrf, notes);
  if (done !== "stale") return done;
  const again = await session();
  if (!again || again.user !== person.user) return again ? "signin" : "later";
  now.csrf = again.csrf;
  const second = await send(person, await queue.get(person, entry.id), now.csrf, notes);
  return second === "stale" ? "later" : second;
}

async function run() {
  const now = await session();
  if (!now) return { state: "offline" };
  if (!now.user) return { state: "signin" };
  if (!now.may) return { state: "idle" };
  const person = await device.enter(now);
  if (!person) return { state: "signin" };
  const result = { state: "done", sent: 0, refused: 0, notes: [], user: person.user };
  for (const entry of await queue.list(person)) {
    if (entry.broken || entry.state === "refused") continue;
    const done = await sendFresh(person, entry, now, result.notes);
    if (done === "signin" || done === "later") return { ...result, state: done === "later" ? "offline" : done };
    if (done === "sent") result.sent += 1;
    if (done === "refused") result.refused += 1;
    if (done === "skip") result.state = "offline";
  }
  return result;
}

// One tab or worker at a time, on this device. Whoever comes second waits, at most for so long.
const LOCK = "crm-offline-sync";

export async function alone(work) {
  return navigator.locks ? navigator.locks.request(LOCK, work) : work();
}

// Runs `work` and keeps the lock until this page is gone: nobody takes the key of one who is just leaving into reach again.
// A sending that hangs is not waited for.
export async function last(work, milliseconds = 5000) {
  if (navigator.locks) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), milliseconds);
    await new Promise((held) => {
      // The promise given to the lock never ends; that it is asked for says that the lock is ours.
      navigator.locks.request(LOCK, { signal: stop.signal }, () => new Promise(held)).catch(held);
    });
    clearTimeout(timer);
  }
  return work();
}

// {state: done | idle | offline | signin, sent, refused, notes: [[mark, sentence]]}. Whoever comes second finds what is left.
export async function sync() {
  return alone(run);
}

// The browser may send by itself later, also when no page is open; where it cannot, the next page does.
export async function askLater() {
  try {
    const ready = await navigator.serviceWorker.ready;
    if (ready.sync) await ready.sync.register("visits");
  } catch (error) {
    // Without background sync the page sends when it is opened or the network returns.
  }
}
