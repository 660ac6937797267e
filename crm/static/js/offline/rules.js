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

function ending(name) {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(dot).toLowerCase() : "";
}

const HEADS = {
  ".pdf": "25504446", ".jpg": "ffd8ff", ".jpeg": "ffd8ff", ".png": "89504e47", ".webp": "52494646",
};
const PICTURES = [".jpg", ".png", ".webp"].map((kind) => HEADS[kind]);

// Why this file cannot be kept, "" when it can; the words are the server's. `limits` {file, photo} in MB, `head` its first bytes.
export function refusedFile(file, accept, limits, head) {
  const kind = ending(file.name);
  const begins = hex(head);
  const photo = PICTURES.some((each) => begins.startsWith(each));
  const most = photo ? limits.photo : limits.file;
  if (!accept.split(",").filter((each) => each.startsWith(".")).includes(kind)) return "这种文件不能上传。可传照片、PDF 和办公文件。";
  if (!file.size) return "这个文件是空的。请重新选择。";
  if (file.size > most * 1048576) return photo ? "照片超过 " + most + " MB。请压缩后再传。" : "文件超过 " + most + " MB。请压缩或拆分后再传。";
  if (HEADS[kind] && !begins.startsWith(HEADS[kind])) return "文件内容不是 " + kind + "，可能改过扩展名或已损坏。请用原文件再传。";
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
