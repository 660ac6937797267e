// The day without network: what the package knew of it, each company's line leading to the form.
import * as device from "./device.js";
import { make, shape } from "./dom.js";

const PARTS = [["late", "逾期"], ["today", "今天"], ["week", "本周"]];

function when(duty) {
  return duty.part === "today" ? duty.due_at || "今天" : duty.due_on.slice(5);
}

function row(duty) {
  const link = make("a", { cls: "btn btn-quiet btn-s", text: "记走访", attrs: { href: "/offline/visit?followup=" + duty.id } });
  return make("li", { cls: "row" },
    make("span", { cls: "when", text: when(duty) }),
    make("span", { cls: "what" }, make("b", { text: duty.company_name || duty.kind }), make("span", { text: duty.what })),
    make("span", { cls: "proj" }), make("span", { cls: "do" }, link));
}

function part(name, words, duties) {
  const head = make("div", { cls: "gh" }, ...(name === "late" ? [shape("bad")] : []), make("h2", { text: words }), make("span", { cls: "c", text: String(duties.length) }));
  return make("section", { cls: name === "late" ? "late" : "" }, head, make("ul", {}, ...duties.map(row)));
}

function companies(carried) {
  return carried.companies.slice(0, 60).map((company) => {
    const people = carried.contacts.filter((contact) => contact.company === company.id).slice(0, 3);
    const who = people.map((each) => (each.name + " " + each.post).trim()).join("，");
    const link = make("a", { text: company.short || company.name, attrs: { href: "/offline/visit?company=" + company.id } });
    return make("li", {}, make("span", { cls: "t" }, link, make("span", { cls: "muted off-with", text: who })), make("span", { cls: "e", text: company.last_on ? company.last_on.slice(5) : "—" }));
  });
}

async function start() {
  const place = document.querySelector("[data-day]");
  const person = device.supported() ? await device.current() : null;
  const carried = person && (await device.packageOf(person));
  if (!carried) {
    document.querySelector("[data-locked]").hidden = false;
    return;
  }
  const parts = PARTS.map(([name, words]) => [name, words, carried.duties.filter((duty) => duty.part === name)]).filter((each) => each[2].length);
  if (parts.length) place.replaceChildren(...parts.map((each) => part(...each)));
  else place.querySelector(".empty").hidden = false;
  document.querySelector("[data-as-of]").textContent = "截至" + carried.today + "联网时";
  const own = companies(carried);
  document.querySelector("[data-companies]").replaceChildren(...own);
  document.querySelector("[data-own]").hidden = !own.length;
  document.querySelector("[data-count]").textContent = carried.companies.length + "家";
}

start();
