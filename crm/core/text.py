"""Names, codes and phone numbers as people write them, and the keys they are matched by."""

import re
from dataclasses import dataclass
from operator import mul

from stdnum.cn import uscc as _uscc
from stdnum.exceptions import InvalidChecksum, ValidationError

from crm.core.errors import RuleBroken
from crm.core.folding import is_unknown as is_unknown
from crm.core.folding import nfkc as nfkc
from crm.core.people import Person as Person
from crm.core.people import split_person as split_person
from crm.core.phones import mask_phone as mask_phone
from crm.core.phones import phone as phone
from crm.core.pinyin import pinyin_full as pinyin_full
from crm.core.pinyin import pinyin_initials as pinyin_initials
from crm.core.pinyin import sort_key as sort_key
from crm.core.places import PLACES

# --- names ----------------------------------------------------------------------------------------

_SUFFIXES = ("集团股份有限公司", "有限责任公司", "股份有限公司", "有限公司", "集团", "控股", "公司")
_BRACKETS = re.compile(r"[(\[【〔<《][^()\[\]【】〔〕<>《》]*[)\]】〕>》]")
_NOT_ALNUM = re.compile(r"[\W_]+")
_PLACE = re.compile("|".join(sorted(PLACES, key=len, reverse=True)))
# A brand of one character is no brand: 南京港 stays 南京港, and 江苏银行 is not every 银行.
_SHORTEST_BRAND = 2
_TRADES = "银行 证券 保险 电力 机场 地铁 大学 医院 铁路 港口 自来水 燃气 水务"
_NOT_A_BRAND = frozenset(_TRADES.split())


def company_identity(name: str) -> str:
    """The registered name without blanks, marks and case: equal only for the same legal name as written."""
    folded = nfkc(name).lower()
    return _NOT_ALNUM.sub("", folded) or folded


def company_key(name: str) -> str:
    """A name for finding look-alikes: no legal form, no bracketed words, no leading province or city.

    Different firms may share a key (连云港恒达贸易 and 南通恒达贸易), so it proposes duplicates and decides
    nothing; `company_identity` decides. Never empty unless the name is.
    """
    folded = re.sub(r"\s+", "", nfkc(name)).lower()
    unbracketed = _BRACKETS.sub("", folded)
    key = _NOT_ALNUM.sub("", unbracketed) or company_identity(name)
    key = _without_suffixes(key)
    return _without_places(key)


def _without_suffixes(key: str) -> str:
    while key.endswith(_SUFFIXES) and key not in _SUFFIXES:
        key = key.removesuffix(next(suffix for suffix in _SUFFIXES if key.endswith(suffix)))
    return key


def _without_places(key: str) -> str:
    while found := _PLACE.match(key):
        rest = key[found.end() :]
        if len(rest) < _SHORTEST_BRAND or rest in _NOT_A_BRAND:
            return key
        key = rest
    return key


_CHINESE_DIGITS = {c: str(n) for n, c in enumerate("零一二三四五六七八九十")}
_PHASE = re.compile(r"第?([一二三四五六七八九十]|\d+)期")
_PROJECT_WORD = re.compile(r"(?<=.)项目(?=(?:\d+期)?$)")


def name_key(name: str) -> str:
    """A project's name for matching: no blanks, marks or closing 项目; digits stay (二期 as 2期)."""
    key = _NOT_ALNUM.sub("", nfkc(name).lower())
    key = _PHASE.sub(lambda found: _CHINESE_DIGITS.get(found[1], found[1]) + "期", key)
    return _PROJECT_WORD.sub("", key)


# --- credit codes ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Uscc:
    """`kind` is "uscc" (18 characters, check digit verified) or "old" (a 15-digit registration number)."""

    code: str
    kind: str


_OLD = re.compile(r"\d{15}")
_SHAPE = re.compile(r"[0-9]{8}[0-9A-HJ-NPQRTUWXY]{10}")
_VALUES = {character: value for value, character in enumerate("0123456789ABCDEFGHJKLMNPQRTUWXY")}
#: Powers of three; the check digit makes the weighted sum a multiple of 31.
_WEIGHTS = (*(3**at % 31 for at in range(17)), 1)


def _is_right(code: str) -> bool:
    """A code as it should be, seen in a tenth of the time that finding out what is wrong takes."""
    if not _SHAPE.fullmatch(code):
        return False
    weighted: int = sum(map(mul, map(_VALUES.__getitem__, code), _WEIGHTS))
    return weighted % 31 == 0


def uscc(raw: object) -> Uscc:
    """A 统一社会信用代码 or an old registration number. Raises RuleBroken, saying what is wrong."""
    if isinstance(raw, str) and _is_right(raw):
        return Uscc(raw, "uscc")
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    code = re.sub(r"[\s'\"‘’“”`,\-]+", "", nfkc("" if raw is None else str(raw))).upper()
    if re.fullmatch(r"\d+(\.\d+)?E\+?\d+", code):
        raise RuleBroken("信用代码被表格改成了科学计数，末几位已经丢失。请把该列设为文本格式后重填。")
    if _OLD.fullmatch(code):
        return Uscc(code, "old")
    if len(code) != 18:
        raise RuleBroken(f"信用代码应为 18 位（旧注册号 15 位），现在是 {len(code)} 位，请核对。")
    try:
        return Uscc(_uscc.validate(code), "uscc")
    except InvalidChecksum:
        raise RuleBroken("信用代码的校验位不对，可能抄错了一位，请对照营业执照核对。") from None
    except ValidationError:
        raise RuleBroken(
            "信用代码里有不该出现的字符（代码不用字母 I、O、S、V、Z，第 3 至 8 位为数字），请核对。"
        ) from None
