// A telephone number among words, told on the device as crm/core/phones.py tells it: one table of tests holds the two together.

const DAY_THERE = "(?:19|20)\\d{2}(?:[-./]\\d{1,2}[-./]\\d{1,2}|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01]))(?!\\d)";
const MOBILE_THERE = "(?<!\\d)1[3-9]\\d[\\s-]?\\d{4}[\\s-]?\\d{4}(?!\\d)";
const RUNS = new RegExp(DAY_THERE + "|" + MOBILE_THERE + "|\\+?\\d[\\d\\s()-]{5,}\\d", "g");
const PARTS = new RegExp(DAY_THERE + "|" + MOBILE_THERE + "|\\S+", "g");
const A_DAY = new RegExp("^(?:" + DAY_THERE + ")$");
const AREA = "0(?:10|2\\d|[3-9]\\d{2})";
const JOINED = new RegExp("^(" + AREA + ")-?(\\d{3,4})-?(\\d{4})(?!\\d)");
const WITH_AREA = new RegExp("^" + AREA + "[2-9]\\d{6,7}(?:-\\d{1,6})?$");

// What a run of digits is: "whole" a number, "local" one without an area code, "" none.
function numberKind(written) {
  let compact = written.replace(/[\s()]/g, "");
  const abroad = compact.match(/^(?:\+|00)(?!86)([1-9][\d-]{5,17})$/);
  if (abroad) return abroad[1].replace(/-/g, "").length < 8 ? "local" : "whole";
  compact = compact.replace(/^(?:\+?86|0086)-?(?=1[3-9]\d|0\d{2,3}-?\d{7})/, "");
  compact = compact.replace(/^(?:\+|00)86-?(?=\d{2,3}-?\d{7})/, "0");
  const digits = compact.replace(/-/g, "");
  if (/^(?:1[3-9]\d{9}|[48]00\d{7})$/.test(digits)) return "whole";
  if (WITH_AREA.test(compact.replace(JOINED, "$1$2$3"))) return "whole";
  return /^[2-9]\d{6,7}$/.test(digits) ? "local" : "";
}

function isNumber(text, start, written) {
  const after = text.slice(start + written.length, start + written.length + 9).trimStart();
  if (/^[万亿元亩平吨]/.test(after) || A_DAY.test(written)) return false;
  const kind = numberKind(written);
  const coded = /[A-Za-z]-?$/.test(text.slice(Math.max(0, start - 2), start)) || /^[A-Za-z号]/.test(after);
  return kind === "whole" || (kind === "local" && !coded);
}

export function hasNumber(words) {
  const text = words.replace(/[０-９＋]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0));
  for (const run of text.matchAll(RUNS)) {
    if (isNumber(text, run.index, run[0])) return true;
    for (const part of run[0].matchAll(PARTS)) if (isNumber(text, run.index + part.index, part[0])) return true;
  }
  return false;
}

// The fields of an entry that are shown as they were written (Draft.words of the server).
const WORDS = /^(?:place|summary|agreed|intent_field|next_what|no_next_step_reason|demands-\d+)$/;

export function numbered(fields) {
  return fields.some(([name, value]) => WORDS.test(name) && hasNumber(value));
}
