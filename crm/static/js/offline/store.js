// The device's own database: four tables, changed several at once or not at all.
// people: user → his half of the key, when he signed in. packages, entries, files: sealed, see vault.js.
const NAME = "crm-offline";
let opening = null;

function make(db) {
  db.createObjectStore("people", { keyPath: "user" });
  db.createObjectStore("packages", { keyPath: "user" });
  db.createObjectStore("entries", { keyPath: "id" }).createIndex("user", "user");
  db.createObjectStore("files", { keyPath: "id" }).createIndex("entry", "entry");
}

function database() {
  opening = opening || new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => make(asked.result);
    asked.onsuccess = () => {
      // A newer release in another tab wants to change the tables: this one lets go.
      asked.result.onversionchange = () => {
        asked.result.close();
        opening = null;
      };
      resolve(asked.result);
    };
    asked.onerror = () => {
      opening = null;
      reject(asked.error);
    };
  });
  return opening;
}

function answer(asked) {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

export async function one(table, key) {
  return answer((await database()).transaction(table).objectStore(table).get(key));
}

export async function all(table) {
  return answer((await database()).transaction(table).objectStore(table).getAll());
}

export async function by(table, index, key) {
  return answer((await database()).transaction(table).objectStore(table).index(index).getAll(key));
}

// steps: [{ table, put } or { table, drop }]. Resolves when the disk has them: an entry said to be kept must be.
export async function change(steps) {
  const db = await database();
  const tables = Array.from(new Set(steps.map((step) => step.table)));
  if (!tables.length) return;
  await new Promise((resolve, reject) => {
    const work = db.transaction(tables, "readwrite", { durability: "strict" });
    work.oncomplete = resolve;
    work.onerror = work.onabort = () => reject(work.error);
    for (const step of steps) {
      const table = work.objectStore(step.table);
      if ("put" in step) table.put(step.put);
      else table.delete(step.drop);
    }
  });
}

// Reads one row and writes what `turn` makes of it, in one transaction; null leaves it as it is.
export async function revise(table, key, turn) {
  const db = await database();
  return new Promise((resolve, reject) => {
    const work = db.transaction(table, "readwrite", { durability: "strict" });
    let made = null;
    const asked = work.objectStore(table).get(key);
    asked.onsuccess = () => {
      made = asked.result === undefined ? null : turn(asked.result);
      if (made) work.objectStore(table).put(made);
    };
    work.oncomplete = () => resolve(made);
    work.onerror = work.onabort = () => reject(work.error);
  });
}
