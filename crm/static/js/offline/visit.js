// The visit's form without network: a new entry, one made from today's list, or one of the queue to be changed.
import * as device from "./device.js";
import * as draft from "./draft.js";
import * as queue from "./queue.js";
import { contents, labelsOf, words, wrongFile } from "./catch.js";
import { reason } from "./rules.js";
import { askLater } from "./sync.js";
import { button, make, say, shape } from "./dom.js";

const form = document.getElementById("offline-visit");
const asked = new URLSearchParams(location.search);
let person = null;
let carried = { companies: [], contacts: [], projects: [], duties: [], owners: [], leaders: [], zones: [], occasions: [], again: [] };
let entry = null;
// What the boxes and lists of an entry or a draft were called when it was written.
let labels = {};
let timer = 0;
let kept = [];

function field(name) {
  return form.elements.namedItem(name);
}

function isoToday() {
  const now = new Date(Date.now() + 8 * 3600 * 1000);
  return now.toISOString().slice(0, 10);
}

function options(select, rows) {
  select.replaceChildren(...rows.map(([value, label]) => make("option", { text: label, attrs: { value: String(value) } })));
}

function ticks(name, legend, rows) {
  const place = form.querySelector('[data-ticks="' + name + '"]');
  const boxes = rows.map(([value, label, on]) => {
    const box = make("input", { cls: "box", attrs: { type: "checkbox", name, value: String(value), id: name + "-" + value } });
    box.checked = Boolean(on);
    return make("label", { attrs: { for: box.id } }, box, make("span", { text: label }));
  });
  const whole = make("fieldset", { cls: "field", attrs: { id: name } }, make("legend", { text: legend }), make("div", { cls: "checks" }, ...boxes));
  place.replaceChildren(...(rows.length ? [whole] : []));
}

// What belongs to the chosen company; entries that are changed keep the boxes they had, also when the package has gone on.
function about(companyId, chosen) {
  const rows = (name, found) => {
    const known = new Map(found.map((row) => [String(row[0]), row]));
    for (const [value, label] of Object.entries((chosen && labels[name]) || {})) if (!known.has(value)) known.set(value, [value, label, false]);
    return Array.from(known.values(), ([value, label, on]) => [value, label, chosen ? chosen[name].includes(String(value)) : on]);
  };
  const of = (list) => carried[list].filter((row) => row.company === companyId);
  const closing = asked.get("followup");
  ticks("projects", "谈的项目", rows("projects", of("projects").map((p) => [p.id, p.name + "，" + p.stage, true])));
  ticks("contacts", "对方联系人", rows("contacts", of("contacts").map((c) => [c.id, (c.name + " " + c.post).trim(), false])));
  const before = carried.again.filter((each) => each[0] === companyId);
  ticks("people_of", "上次的人", rows("people_of", before.map((each) => [each[1], "和上次同样的人：" + each[2], false])));
  ticks("closes", "同时完成", rows("closes", of("duties").map((d) => [d.id, d.due_on.slice(5) + " " + d.what, String(d.id) === closing])));
  field("seen").value = companyId ? String(companyId) : "";
}

function choose(company) {
  if (!company) return;
  field("company").value = company.short || company.name;
  field("company_id").value = String(company.id);
  field("company").classList.add("ta-known");
  about(company.id, null);
}

// The rows that an entry filled are made again before they are filled (theirs-1-name needs a second row).
function grow(name) {
  const box = Array.from(form.querySelectorAll("[data-rows-of]")).find((each) => name.startsWith(each.dataset.rowsOf + "-"));
  if (box && !field(name)) box.querySelector("[data-row-add]").click();
}

// A list that no longer offers what was chosen keeps it, under the name it had.
function keepChoice(list, value) {
  const known = Array.from(list.options).some((each) => each.value === value);
  if (!known) list.append(make("option", { text: (labels[list.name] || {})[value] || "原来选的", attrs: { value } }));
  list.value = value;
}

function fill(fields) {
  const chosen = { projects: [], contacts: [], closes: [], people_of: [] };
  for (const [name, value] of fields) if (chosen[name]) chosen[name].push(value);
  for (const [name, value] of fields) {
    if (chosen[name]) continue;
    grow(name);
    const target = field(name);
    if (target instanceof RadioNodeList) target.value = value;
    else if (target && target.tagName === "SELECT") keepChoice(target, value);
    else if (target && target.type === "checkbox") target.checked = true;
    else if (target) target.value = value;
    // A field that only the page online has goes back to the server as it was.
    else form.append(make("input", { attrs: { type: "hidden", name, value } }));
  }
  about(Number(field("company_id").value) || 0, chosen);
  form.querySelectorAll("[data-date]").forEach((el) => el.dispatchEvent(new Event("input", { bubbles: true })));
}

function showKept() {
  const place = form.querySelector("[data-kept]");
  place.replaceChildren(...kept.map((file) => {
    const drop = make("button", { cls: "btn-link", text: "去掉", attrs: { type: "button", "aria-label": "去掉 " + file.name } });
    drop.addEventListener("click", () => {
      kept = kept.filter((each) => each !== file);
      showKept();
    });
    return make("li", {}, make("span", { cls: "n", text: file.name }), make("span", { cls: "s", text: "已存在设备上" }), drop);
  }));
}

function where(name) {
  const found = document.getElementById(name) || field(name);
  return found instanceof RadioNodeList ? found[0].closest(".field") : found && (found.closest(".field") || found);
}

// Companies of the register that the typed name may mean: one tap takes one of them.
function offerAlike(alike) {
  if (!alike.length) return;
  const place = form.querySelector("[data-alike]");
  const lines = alike.map((company) => {
    const take = make("button", { cls: "hit", text: company.name, attrs: { type: "button" } });
    take.addEventListener("click", () => {
      choose(company);
      place.hidden = true;
      field("new_company").checked = false;
      field("company").focus();
    });
    return make("li", {}, take);
  });
  place.querySelector("ul").replaceChildren(...lines);
  place.hidden = false;
}

// What is to be changed: all of it at the top, each at its field. What was said before goes.
function complain(heading, errors) {
  document.querySelectorAll(".errsum, #offline-visit .err").forEach((old) => old.remove());
  form.querySelectorAll(".field-bad").forEach((old) => old.classList.remove("field-bad"));
  const list = make("ul");
  for (const error of errors) {
    const at = error.field ? where(error.field) : null;
    const text = (error.label ? error.label + "：" : "") + error.message;
    if (!at) list.append(make("li", { text }));
    else {
      at.id = at.id || "at-" + error.field;
      at.classList.add("field-bad");
      at.append(make("p", { cls: "err" }, shape("bad"), error.message));
      list.append(make("li", {}, make("a", { text, attrs: { href: "#" + at.id } })));
    }
    if (error.field === "projects") form.querySelector("[data-closed]").hidden = false;
  }
  const box = make("div", { cls: "errsum", attrs: { role: "alert", tabindex: "-1" } }, make("h2", { text: heading }), list);
  form.before(box);
  return box;
}

// The server's words.
function refused() {
  const errors = (entry.reply && entry.reply.errors) || [];
  offerAlike((entry.reply && entry.reply.alike) || []);
  complain("这条走访被退回，改好后再保存", errors.length ? errors : [{ message: reason(entry) }]);
}

// What the server is sure to send back. Which day it is it knows better than this device.
function lacking() {
  const has = (name) => Boolean(field(name).value.trim());
  const next = has("next_what");
  return [
    ["company", "企业", has("company"), "没有写企业。请补上再保存。"],
    ["happened_on", "日期", has("happened_on"), "没有写日期。请补上再保存。"],
    ["summary", "谈了什么", has("summary"), "没有写谈了什么。请补上再保存。"],
    ["next_what", "做什么", next || has("no_next_step_reason"), "没有写下一步。请写做什么和哪天之前，没有下一步就写原因。"],
    ["next_due", "哪天之前", !next || has("next_due"), "有下一步就要有日期。请填哪天之前。"],
  ].filter((each) => !each[2]).map(([name, label, , message]) => ({ field: name, label, message }));
}

function prefill() {
  field("happened_on").value = isoToday();
  field("happened_on").dispatchEvent(new Event("input", { bubbles: true }));
  const duty = carried.duties.find((each) => String(each.id) === asked.get("followup"));
  const company = Number(asked.get("company") || (duty && duty.company) || 0);
  choose(carried.companies.find((each) => each.id === company));
  if (duty && !field("company_id").value && duty.company_name) field("company").value = duty.company_name;
  const own = carried.owners.find((each) => each[0] === person.user);
  if (own) field("ours-0").value = own[1];
}

// --- what is being typed: kept while one types and when the page goes away, offered again once

async function keepDraft() {
  clearTimeout(timer);
  timer = 0;
  await draft.keep(person, { fields: contents(form).fields, labels: labelsOf(form) });
  form.querySelector("[data-draft-note]").textContent = "草稿已加密存在这台设备上";
}

async function offerDraft() {
  const known = await draft.kept(person);
  if (!known) return;
  const day = new Date(known.at).toLocaleString("zh-CN", { month: "long", day: "numeric", hour: "2-digit", minute: "2-digit" });
  const go = button("接着填", "btn-quiet btn-s", () => {
    labels = known.labels;
    fill(known.fields);
    say("", "", "draft");
  });
  const no = button("不要了", "btn-quiet btn-s", async () => {
    await draft.drop(person.user);
    say("", "", "draft");
  });
  say("info", "上次没有保存的内容还在，填写于" + day + "。", "draft", go, no);
}

async function save() {
  const { fields, files } = contents(form);
  const wrong = await wrongFile(form, files);
  if (wrong) return say("bad", "这个文件存不了。" + wrong, "save");
  const missing = lacking();
  if (missing.length) return complain("还不能保存，有" + missing.length + "处要改", missing).focus();
  const id = entry ? entry.id : field("client_id").value;
  clearTimeout(timer);
  timer = 0;
  await queue.put(person, { id, post: entry ? entry.post : person.post, fields, labels: labelsOf(form), kept, added: files, rev: entry ? entry.rev : 0 });
  if (!entry) await draft.drop(person.user);
  await askLater();
  // Where the network is back, that page sends it and says so.
  location.assign("/offline/visits?kept=" + id);
}

async function start() {
  person = device.supported() ? await device.current() : null;
  if (!person) {
    form.hidden = true;
    document.querySelector("[data-locked]").hidden = false;
    return;
  }
  carried = (await device.packageOf(person)) || carried;
  options(field("next_owner"), carried.owners);
  options(field("zone"), [["", "市级"], ...carried.zones]);
  form.querySelector("[data-zone]").hidden = !carried.zones.length;
  options(field("occasion"), [["", "单独一次"], ...carried.occasions]);
  form.querySelector("[data-occasion]").hidden = !carried.occasions.length;
  field("client_id").value = crypto.randomUUID();
  entry = asked.get("entry") ? await queue.get(person, asked.get("entry")) : null;
  if (!entry) {
    prefill();
    return offerDraft();
  }
  labels = entry.labels || {};
  kept = entry.files;
  fill(entry.fields);
  showKept();
  if (entry.state === "refused") refused();
}

if (form) {
  document.addEventListener("typeahead:chosen", () => choose(carried.companies.find((each) => String(each.id) === field("company_id").value)));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.dataset.busy) return;
    form.dataset.busy = "yes";
    save().catch((error) => say("bad", words(error), "save")).finally(() => delete form.dataset.busy);
  });
  form.addEventListener("input", (event) => {
    if (!event.isTrusted || entry || !person) return;
    clearTimeout(timer);
    timer = setTimeout(keepDraft, 800);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && timer) keepDraft();
  });
  // A file is refused where it is chosen, not after minutes of sending.
  form.addEventListener("change", async (event) => {
    if (event.target.type !== "file") return;
    const wrong = await wrongFile(form, Array.from(event.target.files));
    say(wrong ? "bad" : "", wrong ? "这个文件存不了。" + wrong : "", "save");
  });
  start().catch((error) => say("bad", words(error), "save"));
}
