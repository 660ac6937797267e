// After saving: says where the entry lies now, and what to mind of its words. The list itself is drawn by page.js.
import * as device from "./device.js";
import * as queue from "./queue.js";
import { make, say } from "./dom.js";
import { numbered } from "./numbers.js";

async function start() {
  const kept = new URLSearchParams(location.search).get("kept");
  if (!kept) return;
  history.replaceState(null, "", "/offline/visits");
  const person = device.supported() ? await device.current() : null;
  const entry = person && (await queue.get(person, kept));
  // Sent already: then the server has said it.
  if (!entry) return;
  const { numberWarning } = document.querySelector("[data-number-warning]").dataset;
  const change = make("a", { cls: "btn btn-s", text: "修改", attrs: { href: "/offline/visit?entry=" + entry.id } });
  if (numbered(entry.fields)) say("warn", numberWarning, numberWarning, change);
  say("ok", "走访已存在这台设备上，加密保存，联网后自动发送。", "kept");
}

start();
