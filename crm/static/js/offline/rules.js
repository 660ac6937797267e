// What holds without network: ages, states in words, which files may be kept, what a search finds. Pure, no storage, no page.
export const DAY = 24 * 3600 * 1000;

export const STATES = {
  waiting: { mark: "warn", words: "待发送" },
  sending: { mark: "info", words: "发送中" },
  refused: { mark: "bad", words: "被退回" },
  locked: { mark: "off", words: "已锁定" },
};

// A clock that was set back does not make a sign-in young again: `seen` is the latest moment this device has known.
export function expired(person, now) {
  return Math.max(now, person.seen || 0) > person.since + person.days * DAY;
}

export function reason(entry) {
  const reply = entry.reply;
  if (entry.state !== "refused" || !reply) return "";
  const each = (reply.errors || []).map((e) => e.message);
  return each.length ? each.join(" ") : reply.message || "";
}

export function megabytes(size) {
  return (size / 1048576).toFixed(1) + " MB";
}

function ending(name) {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(dot).toLowerCase() : "";
}

const HEADS = {
  ".pdf": "25504446", ".jpg": "ffd8ff", ".jpeg": "ffd8ff", ".png": "89504e47", ".webp": "52494646",
};

// Why this file cannot be kept, "" when it can. `accept` is the list of a file input, `head` its first bytes where they were read.
export function refusedFile(file, accept, mostMb, head) {
  const kind = ending(file.name);
  const allowed = accept.split(",").filter((each) => each.startsWith("."));
  if (!file.size) return "这个文件是空的，请重新选择。";
  if (!allowed.includes(kind)) return "这种文件不能上传，可传照片、PDF 和办公文件。";
  if (file.size > mostMb * 1048576) return megabytes(file.size) + "，超过 " + mostMb + " MB，请压缩后再选。";
  const wanted = HEADS[kind];
  if (head && wanted && !hex(head).startsWith(wanted)) return "文件内容不是 " + kind + "，请用原文件。";
  return "";
}

export function hex(bytes) {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Companies by characters, pinyin, initials or short name: those that begin with it first.
export function lookup(companies, written, most = 10) {
  const q = written.normalize("NFKC").trim().toLowerCase();
  if (!q) return [];
  const rank = (company) => (company.find.split(" ").some((word) => word.startsWith(q)) ? 0 : 1);
  return companies
    .filter((company) => company.find.includes(q))
    .map((company, at) => ({ company, at, rank: rank(company) }))
    .sort((a, b) => a.rank - b.rank || a.at - b.at)
    .slice(0, most)
    .map(({ company }) => company);
}

// How an entry is called in a list: the company, the day, how.
export function title(fields) {
  const of = (name) => (fields.find((field) => field[0] === name) || ["", ""])[1];
  return { company: of("company") || "没有写企业", day: of("happened_on"), mode: of("mode"), summary: of("summary") };
}
