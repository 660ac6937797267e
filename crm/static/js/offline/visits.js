// After saving: says where the entry lies now. The list itself is drawn by page.js.
import * as device from "./device.js";
import * as queue from "./queue.js";
import { say } from "./dom.js";

async function start() {
  if (!new URLSearchParams(location.search).get("kept")) return;
  history.replaceState(null, "", "/offline/visits");
  const person = device.supported() ? await device.current() : null;
  if (person && (await queue.counts(person.user)).mine) say("ok", "走访已存在这台设备上，加密保存，联网后自动发送。", "kept");
}

start();
