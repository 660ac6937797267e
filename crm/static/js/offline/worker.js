// The service worker. Pages come from the network; without it their stand-ins come from the cache of this release, which
// holds nothing of anybody. self.KNOWN {version, shells, standsIn, assets} is written above by the server.
import * as device from "/static/js/offline/device.js";
import { lookup } from "/static/js/offline/rules.js";
import { sync } from "/static/js/offline/sync.js";

const CACHE = "crm-" + self.KNOWN.version;
const PATIENCE = 8000;

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(keep());
});

async function keep() {
  const cache = await caches.open(CACHE);
  const wanted = [...self.KNOWN.assets, ...self.KNOWN.shells];
  // Without cookies: a stand-in is the same for everybody.
  await cache.addAll(wanted.map((path) => new Request(path, { cache: "no-cache", credentials: "omit" })));
}

self.addEventListener("activate", (event) => {
  event.waitUntil(tidy());
});

async function tidy() {
  for (const name of await caches.keys()) if (name.startsWith("crm-") && name !== CACHE) await caches.delete(name);
  await self.clients.claim();
}

async function kept(path) {
  return (await caches.open(CACHE)).match(path);
}

// A network that hangs is no network, where something can stand in for it.
function within(milliseconds, promise) {
  return new Promise((resolve, reject) => {
    setTimeout(reject, milliseconds, new Error("slow"));
    promise.then(resolve, reject);
  });
}

async function page(request, path) {
  const own = self.KNOWN.shells.includes(path) ? path : self.KNOWN.standsIn[path];
  try {
    const answer = await (own ? within(PATIENCE, fetch(request)) : fetch(request));
    if (own && [502, 503, 504].includes(answer.status)) return (await kept(own)) || answer;
    return answer;
  } catch (error) {
    return (await kept(own || "/offline")) || Response.error();
  }
}

async function asset(request, path) {
  const known = await kept(path);
  if (!known) return fetch(request);
  try {
    return await within(PATIENCE / 2, fetch(request));
  } catch (error) {
    return known;
  }
}

function json(rows) {
  return new Response(JSON.stringify(rows), { headers: { "Content-Type": "application/json" } });
}

// What the type-ahead of the offline form asks: answered from this device alone.
async function find(path, q) {
  const person = await device.current();
  const carried = person && (await device.packageOf(person));
  if (!carried) return json([]);
  if (path === "/offline/companies") {
    return json(lookup(carried.companies, q).map((c) => ({ id: c.id, label: c.short || c.name, note: c.short ? c.name : "" })));
  }
  const ours = [...carried.leaders, ...carried.owners.map((owner) => [owner[1], "同事"])];
  const named = ours.filter((person) => q && person[0].includes(q)).slice(0, 10);
  return json(named.map((person) => ({ id: "", label: person[0], note: person[1] })));
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request, url.pathname));
  else if (url.pathname.startsWith("/static/")) event.respondWith(asset(request, url.pathname));
  else if (["/offline/companies", "/offline/ours"].includes(url.pathname)) event.respondWith(find(url.pathname, url.searchParams.get("q") || ""));
});

self.addEventListener("sync", (event) => {
  if (event.tag === "visits") event.waitUntil(later());
});

async function later() {
  // A page that is looked at sends by itself, and says so.
  const open = await self.clients.matchAll({ type: "window" });
  if (open.some((client) => client.visibilityState === "visible")) {
    open.forEach((client) => client.postMessage("sync"));
    return;
  }
  const result = await sync();
  // A broken promise makes the browser try again later.
  if (result.state === "offline") throw new Error("offline");
}
