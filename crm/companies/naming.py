"""When two names mean one company. A person decides on look-alikes; rows are matched only where nothing speaks against it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from crm.companies.rules import CompanyDraft, listed_code
from crm.core import search, text
from crm.core.errors import RuleBroken


@dataclass(frozen=True, slots=True)
class Wanted:
    """A row looking for its company; codes already read (upper case, check digit verified), None where the row gives none."""

    name: str
    uscc: str | None = None
    old_reg_no: str | None = None
    listed_code: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A company of the register under its name or one of its aliases."""

    id: int
    name: str
    uscc: str | None = None
    old_reg_no: str | None = None
    listed_code: str | None = None


def codes(written: str) -> tuple[str | None, str | None]:
    """(credit code, old registration number) of what was typed as one code; raises RuleBroken on field `uscc`."""
    if text.is_unknown(written):
        return None, None
    try:
        code = text.uscc(written)
    except RuleBroken as broken:
        raise RuleBroken(broken.message, "uscc") from broken
    return (code.code, None) if code.kind == "uscc" else (None, code.code)


def wanted(draft: CompanyDraft) -> Wanted:
    return Wanted(draft.name, *codes(draft.code), listed_code(draft.listed_code))


def named(written: str) -> Wanted:
    """The company that a field or a cell names: by a code, else by its name or another one."""
    try:
        return Wanted("", *codes(written))
    except RuleBroken:
        return Wanted(written)


def _contradicts(row: Wanted, known: Known) -> bool:
    """Two different credit codes are two companies, whatever the names say."""
    if row.uscc and known.uscc:
        return row.uscc != known.uscc
    return bool(row.old_reg_no and known.old_reg_no and row.old_reg_no != known.old_reg_no)


def choose(row: Wanted, candidates: Iterable[Known]) -> int | None:
    """The company a row means: by code, by the whole name, or by a short name that fits one company only.

    A short name (盛虹石化, 盛虹集团) carries no legal form; it fits a longer one (江苏盛虹石化有限公司) where the
    places do not differ. Of several companies with the very same name the first registered is taken.
    """
    known = [k for k in candidates if not _contradicts(row, k)]
    for code in ("uscc", "old_reg_no", "listed_code"):
        value = getattr(row, code)
        if value and (same := [k.id for k in known if getattr(k, code) == value]):
            return min(same)
    whole = text.company_identity(row.name)
    if same := [k.id for k in known if _one_form(text.company_identity(k.name)) == _one_form(whole)]:
        return min(same)
    fitting = {k.id for k in known if fits(row.name, k.name)}
    return fitting.pop() if len(fitting) == 1 else None


def _one_form(identity: str) -> str:
    return identity.replace("有限责任公司", "有限公司")


def fits(one: str, other: str) -> bool:
    """Whether one name can be the short form of the other."""
    if text.company_key(one) != text.company_key(other):
        return False
    (place, form), (other_place, other_form) = _around(one), _around(other)
    places, forms = sorted((place, other_place), key=len), sorted((form, other_form), key=len)
    if "公司" in forms[0] or not forms[1].startswith(forms[0]):
        return False
    return places[1].startswith(places[0])


def _around(name: str) -> tuple[str, str]:
    """What stands before and after the key: the place without 省市区县, and the legal form."""
    before, found, after = text.company_identity(name).partition(text.company_key(name))
    if not found:
        return "", "?"
    return before.translate(str.maketrans("", "", "省市区县")), after


# --- look-alikes ------------------------------------------------------------------------------------


#: Below this ratio (0 to 100) of two keys nobody takes one name for the other; one wrong character of four gives 75.
LIKE_ENOUGH = 72.0


def likeness(key: str, other_key: str) -> float:
    """0 to 100; 0 where it stays below LIKE_ENOUGH."""
    return fuzz.ratio(key, other_key, score_cutoff=LIKE_ENOUGH)


def pairs(text: str) -> list[str]:
    """The overlapping pairs of characters of a text in the form of the search index."""
    return [text[at : at + 2] for at in range(len(text) - 1)]


def shares_half(key: str, other_key: str) -> bool:
    """Whether the other name has half of this one's pairs of characters: enough within one group, nowhere else."""
    own = set(pairs(key))
    return bool(own) and len(own & set(pairs(other_key))) * 2 >= len(own)


def keys(name: str) -> dict[str, str]:
    """The columns that follow from a company's name: `key`, `loose_key`, `sound`, `sort_key`."""
    loose = text.company_key(name)[:200]
    return {
        "key": text.company_identity(name)[:200],
        "loose_key": loose,
        "sound": text.pinyin_full(loose)[:200],
        "sort_key": text.sort_key(name)[:80],
    }


def alias_key(alias: str) -> str:
    """`key` of another name; two spellings of one alias share it."""
    return text.company_identity(alias)[:200]


def find_by(name: str, short_name: str, aliases: Sequence[str], *numbers: str | None) -> tuple[str, str]:
    """(search_tokens, search_text) of a company: everything it is looked for by."""
    return search.columns(name, short_name, *aliases, *numbers)
