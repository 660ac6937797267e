// Who may use what lies on this device. One person at a time has his key in reach: the one who signed in last, for so many
// days. Everybody else's rows stay sealed until he signs in here again, and his half of the key is asked for anew.
import * as draft from "./draft.js";
import * as store from "./store.js";
import * as vault from "./vault.js";
import { expired } from "./rules.js";

const MINUTE = 60 * 1000;

export function supported() {
  return Boolean(self.isSecureContext && self.indexedDB && self.crypto && crypto.subtle);
}

// Takes the key and the package away. The entries stay, sealed: what was never sent is not thrown away by a clock.
async function lock(person) {
  const entries = await store.by("entries", "user", person.user);
  const kept = entries.length ? { table: "people", put: { ...person, key: null } } : { table: "people", drop: person.user };
  await store.change([kept, { table: "packages", drop: person.user }]);
}

// Whatever is past its days is locked. Called by every page and by the worker before anything is read.
export async function purge(now = Date.now()) {
  for (const person of await store.all("people")) {
    if (person.key && expired(person, now)) await lock(person);
    else if (now - (person.seen || 0) > MINUTE) {
      await store.revise("people", person.user, (row) => ({ ...row, seen: Math.max(now, row.seen || 0) }));
    }
  }
}

// The person whose key is in reach, or null.
export async function current() {
  await purge();
  return (await store.all("people")).find((person) => person.key) || null;
}

export async function lockOthers(user) {
  for (const person of await store.all("people")) if (person.key && person.user !== user) await lock(person);
}

// Signed in as `session` {user, post, csrf, since (seconds)}: his key is in reach from now on, everybody else's no longer.
export async function enter(session) {
  await lockOthers(session.user);
  const known = await store.one("people", session.user);
  const since = session.since * 1000;
  if (known && known.key) {
    if (known.since >= since && known.post === session.post) return known;
    return store.revise("people", session.user, (row) => ({ ...row, since: Math.max(row.since, since), post: session.post, seen: Date.now() }));
  }
  const answer = await fetch("/offline/key", { method: "POST", headers: { "X-CSRF-Token": session.csrf }, redirect: "manual" });
  if (!answer.ok) return null;
  const given = await answer.json();
  if (given.user !== session.user) return null;
  const own = known ? known.salt : vault.salt();
  const person = {
    user: session.user, post: session.post, salt: own, since, seen: Date.now(), days: known ? known.days : 7,
    key: await vault.keyFrom(given.key, own, session.user),
  };
  await store.change([{ table: "people", put: person }]);
  return person;
}

// Before leaving: nothing of this person stays readable here, and what was being typed is gone.
export async function leave(user) {
  const person = await store.one("people", user);
  if (person) await lock(person);
  await draft.drop(user);
}

// --- the package: own companies, contacts, projects, the day

export async function keepPackage(person, carried) {
  const sealed = await vault.sealJson(person.key, "package:" + person.user, carried);
  await store.change([{ table: "packages", put: { user: person.user, post: carried.post, at: Date.now(), ...sealed } }]);
  await store.revise("people", person.user, (row) => ({ ...row, days: carried.days }));
}

export async function packageOf(person) {
  const sealed = await store.one("packages", person.user);
  return sealed ? vault.openJson(person.key, "package:" + person.user, sealed) : null;
}

// Fetches a new package when there is none, it is older than half an hour, or it was made for another post.
export async function refresh(person) {
  const kept = await store.one("packages", person.user);
  if (kept && kept.post === person.post && Date.now() - kept.at < 30 * MINUTE) return;
  const answer = await fetch("/offline/package", { cache: "no-store", redirect: "manual" });
  if (!answer.ok) return;
  const carried = await answer.json();
  if (carried.user === person.user) await keepPackage(person, carried);
}
