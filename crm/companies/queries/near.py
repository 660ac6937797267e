"""Look-alikes for the rows of a sheet: the register's names are read once, however many rows ask."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import Levenshtein
from sqlalchemy import select

from crm.accounts import permissions
from crm.companies import phones, scope
from crm.companies.models import Company, Contact
from crm.companies.naming import Wanted
from crm.core import text
from crm.core.actor import Actor
from crm.core.crypto import keyed_hash
from crm.core.db import db
from crm.core.errors import RuleBroken

_CHUNK = 800
#: One wrong character of three is another name; of four and more it is a slip.
_SHORTEST = 4


@dataclass(frozen=True, slots=True)
class Asking:
    """A row that found no company: what it is called, and the numbers written beside it."""

    wanted: Wanted
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Near:
    """A company of the register that a row may mean, and why."""

    id: int
    name: str
    reason: str


Names = tuple[list[int], list[str]]


@dataclass(slots=True)
class Register:
    """Ids and loose keys of the register, each part read when a row first needs it.

    Entries without a code stand apart: a row with a code can mean no other ones, as two different codes are two companies.
    Both parts come from an index alone (`ix_companies_no_code`, `ix_companies_loose_key`), as the rows themselves are wide.
    """

    _bare: Names | None = None
    _every: Names | None = None

    def bare(self) -> Names:
        if self._bare is None:
            conditions = (Company.uscc.is_(None), Company.merged_into_id.is_(None))
            self._bare = _listed(select(Company.id, Company.loose_key).where(*conditions), set())
        return self._bare

    def every(self) -> Names:
        if self._every is None:
            gone = set(db.session.scalars(select(Company.id).where(Company.merged_into_id.is_not(None))))
            self._every = _listed(select(Company.id, Company.loose_key), gone)
        return self._every

    def slips(self, rows: Sequence[Asking]) -> dict[int, int]:
        """Index of the row → the company whose key is the same or one character away, the first registered one."""
        keys = {index: text.company_key(row.wanted.name) for index, row in enumerate(rows)}
        asked = {index: key for index, key in keys.items() if len(key) >= _SHORTEST}
        coded = {index: key for index, key in asked.items() if rows[index].wanted.uscc is not None}
        free = {index: key for index, key in asked.items() if index not in coded}
        found = one_slip(coded, *self.bare()) if coded else {}
        return found | one_slip(free, *self.every()) if free else found


def _listed(query: Any, gone: set[int]) -> Names:
    rows = [row for row in db.session.execute(query) if row[0] not in gone]
    return [row[0] for row in rows], [row[1] for row in rows]


def one_slip(asked: Mapping[int, str], ids: Sequence[int], keys: Sequence[str]) -> dict[int, int]:
    """Row → the lowest of `ids` whose key is at most one character away.

    Of two names one slip apart, one half of the register's stays whole and stands at the same end of the other: only names
    that share a half with some row are compared.
    """
    begins, ends = _halves(asked)
    found: dict[int, int] = {}
    for company_id, key in zip(ids, keys, strict=True):
        size = len(key)
        if size not in begins:
            continue
        middle = size // 2
        near = (*begins[size].get(key[:middle], ()), *ends[size].get(key[middle:], ()))
        for index in near:
            first = found.get(index, company_id)
            if first >= company_id and Levenshtein.distance(asked[index], key, score_cutoff=1) <= 1:
                found[index] = company_id
    return found


Halves = dict[int, dict[str, list[int]]]


def _halves(asked: Mapping[int, str]) -> tuple[Halves, Halves]:
    """Size of a register's key → its first (second) half → rows that may be one slip away from it."""
    begins: Halves = {}
    ends: Halves = {}
    for index, key in asked.items():
        for size in (len(key) - 1, len(key), len(key) + 1):
            middle = size // 2
            begins.setdefault(size, {}).setdefault(key[:middle], []).append(index)
            ends.setdefault(size, {}).setdefault(key[len(key) - (size - middle) :], []).append(index)
    return begins, ends


def near(actor: Actor, register: Register, rows: Sequence[Asking]) -> dict[int, Near]:
    """Index of the row → the company it may mean: by a contact's number within the actor's reach, by how it sounds (rows
    without a code), by one slip in the name. A fixed number of statements per 1,000 rows."""
    found: dict[int, tuple[int, str]] = {}
    by_phone, by_sound, slips = _by_phone(actor, rows), _by_sound(rows), register.slips(rows)
    for index, row in enumerate(rows):
        key = text.company_key(row.wanted.name)
        number = next(
            (hit for one in row.phones if (hit := by_phone.get(_hash(one) or "")) is not None), None
        )
        if number is not None:
            found[index] = (number, "联系电话相同")
        elif row.wanted.uscc is None and (same := by_sound.get(text.pinyin_full(key)[:200])) is not None:
            found[index] = (same, "读音相同")
        elif (slip := slips.get(index)) is not None:
            found[index] = (slip, "名称只差一个字")
    names = _names({company_id for company_id, _ in found.values()})
    return {index: Near(hit, names[hit], why) for index, (hit, why) in found.items() if hit in names}


def _chunks(values: Iterable[str]) -> Iterator[list[str]]:
    ordered = sorted(set(values))
    for at in range(0, len(ordered), _CHUNK):
        yield ordered[at : at + _CHUNK]


def _hash(written: str) -> str | None:
    try:
        number = phones.read(written).number
    except RuleBroken:
        return None
    return keyed_hash(number) if number else None


def _by_phone(actor: Actor, rows: Sequence[Asking]) -> dict[str, int]:
    """Somebody else's contacts are no way to find out whom another zone talks to."""
    hashes = [found for row in rows for one in row.phones if (found := _hash(one))]
    contact, held = Contact.__table__.c, {}
    for chunk in _chunks(hashes):
        query: Any = (
            select(Contact.phone_hash, Contact.company_id)
            .join(Company, Company.id == Contact.company_id)
            .where(
                Contact.phone_hash.in_(chunk),
                Company.merged_into_id.is_(None),
                scope.reach(actor, permissions.PROJECT_SEE, contact.company_id, contact.zone_id),
            )
        )
        held.update({found: company_id for found, company_id in db.session.execute(query)})
    return held


def _by_sound(rows: Sequence[Asking]) -> dict[str, int]:
    keys = [text.company_key(row.wanted.name) for row in rows if row.wanted.uscc is None]
    sounds = [text.pinyin_full(key)[:200] for key in keys if len(key) >= _SHORTEST - 1]
    heard: dict[str, int] = {}
    for chunk in _chunks(sounds):
        query = select(Company.sound, Company.id).where(
            Company.sound.in_(chunk), Company.merged_into_id.is_(None)
        )
        for sound, company_id in db.session.execute(query.order_by(Company.id.desc())):
            heard[sound] = company_id
    return heard


def _names(ids: set[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    ordered = sorted(ids)
    for at in range(0, len(ordered), _CHUNK):
        query = select(Company.id, Company.name).where(Company.id.in_(ordered[at : at + _CHUNK]))
        found.update({company_id: name for company_id, name in db.session.execute(query)})
    return found
