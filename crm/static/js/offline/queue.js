// What was written down and not yet sent. An entry leaves only when the server has it, or when its person discards it.
// Row: {id (client id), user, post, state, at, rev, tried (the rev that was last sent), iv, data, files: [id]}; sealed in it:
// {fields: [[name, value]], files: [{id, name, type, size}], labels, reply}.
import * as store from "./store.js";
import * as vault from "./vault.js";

const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("crm-offline");

export function tell() {
  if (channel) channel.postMessage("changed");
}

export function onChange(then) {
  if (channel) channel.addEventListener("message", then);
}

function about(row) {
  return "entry:" + row.user + ":" + row.id;
}

function aboutFile(user, entry, id) {
  return "file:" + user + ":" + entry + ":" + id;
}

// {mine, others}: how many entries this person has here, and how many somebody else.
export async function counts(user) {
  const rows = await store.all("entries");
  const mine = rows.filter((row) => row.user === user);
  return { mine: mine.length, refused: mine.filter((row) => row.state === "refused").length, others: rows.length - mine.length };
}

async function opened(person, row) {
  try {
    return { ...row, ...(await vault.openJson(person.key, about(row), row)), fileIds: row.files, data: null, iv: null };
  } catch (error) {
    // Sealed under a key that no longer exists; it is shown as such and never silently dropped.
    return { ...row, broken: true, fields: [], files: [], fileIds: row.files, labels: {}, reply: null };
  }
}

export async function list(person) {
  const rows = await store.by("entries", "user", person.user);
  rows.sort((a, b) => a.at - b.at);
  return Promise.all(rows.map((row) => opened(person, row)));
}

export async function get(person, id) {
  const row = await store.one("entries", id);
  return row && row.user === person.user ? opened(person, row) : null;
}

async function sealedFile(person, entry, file) {
  const id = crypto.randomUUID();
  const sealed = await vault.seal(person.key, aboutFile(person.user, entry, id), await file.arrayBuffer());
  return { row: { id, entry, user: person.user, ...sealed }, known: { id, name: file.name, type: file.type, size: file.size } };
}

export class Changed extends Error {}

// Keeps a new entry, or a changed one (`rev` is then what its page had read; another tab that was quicker wins).
// kept: files of the entry that stay [{id, …}]; added: File objects. Resolves once all of it is on disk.
export async function put(person, { id, post, fields, labels, kept = [], added = [], rev = 0 }) {
  const old = await store.one("entries", id);
  if ((old && (old.user !== person.user || old.rev !== rev)) || (!old && rev)) throw new Changed();
  const files = [];
  for (const file of added) files.push(await sealedFile(person, id, file));
  const inside = { fields, labels, files: [...kept, ...files.map((file) => file.known)], reply: null };
  const row = {
    id, user: person.user, post, state: "waiting", at: old ? old.at : Date.now(), rev: rev + 1, tried: old ? old.tried : 0,
    files: inside.files.map((file) => file.id),
  };
  const sealed = await vault.sealJson(person.key, about(row), inside);
  const gone = (old ? old.files : []).filter((each) => !row.files.includes(each));
  await store.change([
    { table: "entries", put: { ...row, ...sealed } },
    ...files.map((file) => ({ table: "files", put: file.row })),
    ...gone.map((drop) => ({ table: "files", drop })),
  ]);
  if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
  tell();
}

// The files of an entry as they were chosen.
export async function filesOf(person, entry) {
  const made = [];
  for (const known of entry.files) {
    const row = await store.one("files", known.id);
    const data = await vault.open(person.key, aboutFile(person.user, entry.id, known.id), row);
    made.push(new File([data], known.name, { type: known.type }));
  }
  return made;
}

export async function drop(entry) {
  const files = await store.by("files", "entry", entry.id);
  await store.change([{ table: "entries", drop: entry.id }, ...files.map((file) => ({ table: "files", drop: file.id }))]);
  tell();
}

export async function dropAll(user) {
  for (const row of await store.by("entries", "user", user)) await drop(row);
}

// What sending did to an entry: its state, and the server's words sealed beside the fields.
export async function mark(person, entry, state, reply = null) {
  const inside = { fields: entry.fields, labels: entry.labels, files: entry.files, reply };
  const sealed = await vault.sealJson(person.key, about(entry), inside);
  await store.revise("entries", entry.id, (row) => {
    // Changed in another tab meanwhile: that version is newer, and waits for its own turn.
    if (row.rev !== entry.rev) return { ...row, state: "waiting" };
    const tried = state === "sending" ? entry.rev : row.tried;
    return { ...row, ...sealed, state, tried };
  });
  tell();
}

// Sent: gone from here, unless somebody changed it while it was on its way.
export async function sent(entry) {
  const row = await store.one("entries", entry.id);
  if (row && row.rev !== entry.rev) return false;
  await drop(entry);
  return true;
}
