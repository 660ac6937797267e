"""One phone number: read, kept as digits, shown masked."""

import re

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


#: Days as people write them, and runs of at least seven digits that may be a telephone number.
_RUNS = re.compile(
    r"(?P<day>(?:19|20)\d{2}[-.]\d{1,2}[-.]\d{1,2}(?!\d))|\+?\d(?:[\d\s()-]{5,20})\d", re.ASCII
)
#: What stands behind an amount or an area.
_UNITS = tuple("万亿元亩平吨")


def _masked(found: re.Match[str]) -> str:
    """A telephone number as pages show it; a day, an amount and whatever else is none stay as they are."""
    if found["day"] or found.string[found.end() :].lstrip().startswith(_UNITS):
        return found[0]
    try:
        return mask_phone(phone(found[0]))
    except RuleBroken:
        return found[0]


def mask_within(text: str) -> str:
    """The text with every telephone number in it masked."""
    return _RUNS.sub(_masked, text)
