"""One phone number: read, kept as digits, shown masked."""

import re
from collections.abc import Iterator

from crm.core.errors import RuleBroken
from crm.core.folding import is_unknown, nfkc

_MOBILE = r"1[3-9]\d{9}"
# Two-digit area codes after the 0 belong to the largest cities, all others have three.
_AREA = r"0(?:10|2\d|[3-9]\d{2})"
_LANDLINE = re.compile(rf"({_AREA})([2-9]\d{{6,7}})(?:-(\d{{1,6}}))?")


def phone(raw: object) -> str:
    """Digits of one number: 13800001234, 0518-85123456-801, 4001234567, +85212345678; "" for blanks.

    Raises RuleBroken for what is no phone number.
    """
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    written = nfkc("" if raw is None else str(raw))
    if is_unknown(written):
        return ""
    if re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", written):
        raise RuleBroken("电话被表格改成了科学计数，末几位已经丢失。请把该列设为文本格式后重填。")
    digits = _phone_digits(written)
    if digits is None:
        raise RuleBroken(f"“{written[:20]}”不是电话号码，手机号为 11 位，座机请带区号，如 0518-85123456。")
    return digits


def _phone_digits(written: str) -> str | None:
    compact = re.sub(r"[\s()'\".·]+", "", re.sub(r"转|ext\.?|分机", "-", written.lower()))
    compact = re.sub(r"[—–―]", "-", compact)
    abroad = re.fullmatch(r"(?:\+|00)(?!86)([1-9][\d-]{5,17})", compact)
    if abroad:
        return "+" + abroad[1].replace("-", "")
    compact = re.sub(r"^(?:\+?86|0086)-?(?=1[3-9]\d|0\d{2,3}-?\d{7})", "", compact)
    # Abroad the area code is written without its 0.
    compact = re.sub(r"^(?:\+|00)86-?(?=\d{2,3}-?\d{7})", "0", compact)
    digits = compact.replace("-", "")
    if re.fullmatch(rf"{_MOBILE}|[48]00\d{{7}}", digits):
        return digits
    landline = _LANDLINE.fullmatch(re.sub(rf"^({_AREA})-?(\d{{3,4}})-?(\d{{4}})(?!\d)", r"\1\2\3", compact))
    if landline:
        return "-".join(part for part in landline.groups() if part)
    return digits if re.fullmatch(r"[2-9]\d{6,7}", digits) else None


def mask_phone(number: str | None) -> str:
    """ "13800001234" → "138****1234"; a landline keeps its area code; "" for none."""
    if not number:
        return ""
    if "-" in number:
        area, _, rest = number.partition("-")
        return f"{area}-****{rest.partition('-')[0][-4:]}"
    if len(number) < 9:
        return f"****{number[-4:]}" if len(number) > 6 else "****"
    return f"{number[:3]}****{number[-4:]}"


#: Days as people write them.
_DAY = r"(?:19|20)\d{2}(?:[-./]\d{1,2}[-./]\d{1,2}|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?!\d)"
_MOBILE_THERE = r"(?<!\d)1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}(?!\d)"
#: Runs of at least seven digits that may be a telephone number, or several of them.
_RUNS = re.compile(rf"{_DAY}|{_MOBILE_THERE}|\+?\d[\d\s()-]{{5,}}\d")
_PARTS = re.compile(rf"{_DAY}|{_MOBILE_THERE}|\S+")
#: Digits as a Chinese keyboard writes them; each stays one character.
_HALF = str.maketrans("０１２３４５６７８９＋", "0123456789+")
#: What stands behind an amount or an area.
_UNITS = tuple("万亿元亩平吨")

WARNING = "文字里写了电话号码，看得到这条的人都能看到。请把电话改记在对方人员或联系人里，那里会隐去中间几位。"


def _number(text: str, start: int, end: int) -> str:
    """The number that stands there; "" for a day, an amount, part of a code, and whatever else is none."""
    written, after = text[start:end], text[end : end + 9].lstrip()
    if after.startswith(_UNITS) or re.fullmatch(_DAY, written):
        return ""
    try:
        number = phone(written)
    except RuleBroken:
        return ""
    # Seven or eight digits are as often part of a code (ETDZ-2026-0001, 91320700MA…, 12345678号) as a local number.
    local = len(number) < 9
    coded = re.search(r"[A-Za-z]-?$", text[max(0, start - 2) : start]) or re.match(r"[A-Za-z号]", after)
    return "" if local and coded else number


def _numbers(written: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, number) of every telephone number in a text; crm/static/js/offline/numbers.js does the same on a device."""
    text = written.translate(_HALF)
    for run in _RUNS.finditer(text):
        if whole := _number(text, *run.span()):
            yield *run.span(), whole
            continue
        for part in _PARTS.finditer(text, *run.span()):
            if number := _number(text, *part.span()):
                yield *part.span(), number


def mask_within(text: str) -> str:
    """The text with every telephone number in it masked."""
    made, at = [], 0
    for start, end, number in _numbers(text):
        made += [text[at:start], mask_phone(number)]
        at = end
    return "".join([*made, text[at:]])


def warnings(*written: str | None) -> list[str]:
    """What to say of words that are shown as they were written: one sentence where a telephone number stands in them."""
    return [WARNING] if any(next(_numbers(words), None) for words in written if words) else []
