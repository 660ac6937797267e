// Forms that are sent while the network is away. The visit's form is kept in the queue; every other one says that it needs the
// network, with what was typed left in place.
import * as device from "./device.js";
import * as queue from "./queue.js";
import { refusedFile } from "./rules.js";
import { say } from "./dom.js";
import { askLater } from "./sync.js";

const SKIP = new Set(["csrf_token", "confidential"]);

// Asks the server itself: a browser may still say "offline" for a while after the network is back.
export async function reaches(milliseconds = 4000) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), milliseconds);
  try {
    const answer = await fetch("/healthz", { cache: "no-store", signal: stop.signal });
    return answer.ok;
  } catch (error) {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

// The form as the server would get it: names and texts, and the files apart.
export function contents(form) {
  const fields = [];
  const files = [];
  for (const [name, value] of new FormData(form)) {
    if (value instanceof File) {
      if (value.name) files.push(value);
    } else if (!SKIP.has(name)) fields.push([name, value]);
  }
  return { fields, files };
}

// Why one of the files cannot be kept, "" when all can; what may be chosen is written at the form's own file input.
export async function wrongFile(form, files) {
  const { accept, dataset } = form.querySelector("input[type=file][data-most-mb]");
  const limits = { file: Number(dataset.mostMb), photo: Number(dataset.photoMb) };
  for (const file of files) {
    const why = refusedFile(file, accept, limits, await file.slice(0, 16).arrayBuffer());
    if (why) return file.name + "：" + why;
  }
  return "";
}

// What the boxes of a form are called, so that an entry can be read and changed when the package has gone on.
export function labelsOf(form) {
  const labels = {};
  for (const name of ["projects", "contacts", "closes", "people_of"]) {
    labels[name] = {};
    form.querySelectorAll('input[name="' + name + '"]').forEach((box) => {
      labels[name][box.value] = box.closest("label").textContent.trim();
    });
  }
  // What is chosen in a list of the device's own may be gone from it when the entry is opened again.
  form.querySelectorAll("select").forEach((list) => {
    if (list.value) labels[list.name] = { [list.value]: list.selectedOptions[0].textContent };
  });
  return labels;
}

async function keep(form, person) {
  const { fields, files } = contents(form);
  if (form.querySelector("[data-no-draft]:checked")) {
    say("warn", "现在连不上服务器。涉密的走访不在设备上保存，请联网后再保存，填写的内容还在。", "catch");
    return;
  }
  const wrong = await wrongFile(form, files);
  if (wrong) {
    say("bad", "现在连不上服务器，这个文件也不能先存在设备上。" + wrong, "catch");
    return;
  }
  const id = form.elements.namedItem("client_id").value.toLowerCase();
  const old = await queue.get(person, id);
  await queue.put(person, { id, post: person.post, fields, labels: labelsOf(form), added: files, rev: old ? old.rev : 0 });
  await askLater();
  sessionStorage.setItem("draft-sent", "draft:" + (document.body.dataset.me || "") + ":" + (form.dataset.draft || ""));
  location.assign("/offline/visits?kept=" + id);
}

export function words(error) {
  if (error instanceof queue.Changed) return "这条走访刚在另一个窗口里改过。请到待发送里打开最新的再改。";
  const full = error && error.name === "QuotaExceededError";
  return full ? "设备的存储空间不够，没有存下。请去掉照片或清理设备后再保存。" : "没有存下来，请再保存一次。填写的内容还在。";
}

function submit(form, submitter) {
  form.dataset.online = "yes";
  form.requestSubmit(submitter || undefined);
  delete form.dataset.online;
}

async function decide(form, submitter) {
  const own = form.dataset.offline === "visit";
  const person = own ? await device.current() : null;
  // Nothing can be kept for nobody: the browser then says itself what is wrong.
  if ((own && !person) || (await reaches())) submit(form, submitter);
  else if (own) await keep(form, person);
  else say("warn", "现在没有网络，这一步要联网才能办。填写的内容还在。", "catch");
}

export function install() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const post = (form.getAttribute("method") || "").toLowerCase() === "post" || form.hasAttribute("hx-post");
    if (!post || form.dataset.online || form.dataset.offline === "own") return;
    const own = form.dataset.offline === "visit";
    if (!own && navigator.onLine) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (form.dataset.deciding) return;
    form.dataset.deciding = "yes";
    decide(form, event.submitter).catch((error) => say("bad", words(error), "catch")).finally(() => delete form.dataset.deciding);
  }, true);
}
