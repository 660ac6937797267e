// Sealing with AES-GCM under a key that no script can read: half of it comes from the server for this person, half is this
// device's own. `about` names what is sealed, so that one row cannot be passed off as another.
const words = new TextEncoder();

function bytes(hex) {
  return Uint8Array.from(hex.match(/../g) || [], (pair) => parseInt(pair, 16));
}

export function salt() {
  return crypto.getRandomValues(new Uint8Array(32));
}

export async function keyFrom(secret, own, user) {
  const half = await crypto.subtle.importKey("raw", bytes(secret), "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: own, info: words.encode("crm-offline:" + user) };
  return crypto.subtle.deriveKey(how, half, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

export async function seal(key, about, data) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const how = { name: "AES-GCM", iv, additionalData: words.encode(about) };
  return { iv, data: await crypto.subtle.encrypt(how, key, data) };
}

export async function open(key, about, sealed) {
  const how = { name: "AES-GCM", iv: sealed.iv, additionalData: words.encode(about) };
  return crypto.subtle.decrypt(how, key, sealed.data);
}

export async function sealJson(key, about, value) {
  return seal(key, about, words.encode(JSON.stringify(value)));
}

export async function openJson(key, about, sealed) {
  return JSON.parse(new TextDecoder().decode(await open(key, about, sealed)));
}
