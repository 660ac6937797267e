// The visit that is being typed without network, sealed as entries are and kept until it is saved, for a week at most. Files are
// not in it: they are sealed when the visit is saved.
import * as store from "./store.js";
import * as vault from "./vault.js";
import { DAY } from "./rules.js";

const WEEK = 7 * DAY;

function name(user) {
  return "draft:" + user;
}

export async function keep(person, inside) {
  const sealed = await vault.sealJson(person.key, name(person.user), inside);
  await store.change([{ table: "packages", put: { user: name(person.user), at: Date.now(), ...sealed } }]);
}

export async function drop(user) {
  await store.change([{ table: "packages", drop: name(user) }]);
}

// {at, fields, labels}, or null. One that cannot be opened any more, or is too old, is gone.
export async function kept(person) {
  const row = await store.one("packages", name(person.user));
  if (!row) return null;
  try {
    if (Date.now() - row.at < WEEK) return { at: row.at, ...(await vault.openJson(person.key, name(person.user), row)) };
  } catch (error) {
    // Sealed under a key that no longer exists.
  }
  await drop(person.user);
  return null;
}
