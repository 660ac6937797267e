"""Look-alikes for the rows of a sheet: the register's names are read once, however many rows ask."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rapidfuzz.distance import Levenshtein
from sqlalchemy import select

from crm.accounts import permissions
from crm.companies import naming, phones, scope
from crm.companies.models import Company, Contact
from crm.companies.naming import Wanted
from crm.companies.queries import matches
from crm.companies.queries.matches import Suspect
from crm.core import text
from crm.core.actor import Actor
from crm.core.crypto import keyed_hash
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.core.idsets import among

_CHUNK = 800
#: One wrong character of three is another name; of four and more it is a slip.
_SHORTEST = 4
#: Why a company is shown whose name begins another one's and which has companies under it.
KIN = "像是同一集团"


@dataclass(frozen=True, slots=True)
class Asking:
    """A row that found no company: what it is called, the numbers and other names written beside it, its parent if known."""

    wanted: Wanted
    phones: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    parent_id: int | None = None


@dataclass(frozen=True, slots=True)
class Near:
    """A company of the register that a row may mean, and why."""

    id: int
    name: str
    reason: str
    uscc: str | None = None


Names = tuple[list[int], list[str]]


@dataclass(slots=True)
class Register:
    """Ids and loose keys of the register, each part read when a row first needs it.

    Entries without a code stand apart: a row with a code can mean no other ones, as two different codes are two companies.
    Both parts come from an index alone (`ix_companies_no_code`, `ix_companies_loose_key`), as the rows themselves are wide.
    """

    _bare: Names | None = None
    _every: Names | None = None
    _kin: dict[str, tuple[int, str]] | None = None

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

    def heads(self) -> dict[str, tuple[int, str]]:
        """Key → (id, name) of the companies that have others under them, the first registered of a key."""
        if self._kin is None:
            rows = db.session.execute(_heads().order_by(Company.id.desc()))
            self._kin = {row.loose_key: (row.id, row.name) for row in rows if len(row.loose_key) > 1}
        return self._kin

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
    """Index of the row → the company it may mean: by a contact's number within the actor's reach, by an other name, by how
    it sounds (rows without a code), by one slip in the name, by a piece of the name within its group. The surest reason is
    given; a fixed number of statements per 1,000 rows."""
    reasons = (
        (_by_phone(actor, rows), "联系电话相同"),
        (_by_other_name(rows), "别名、曾用名相同"),
        (_by_sound(rows), "读音相同"),
        (register.slips(rows), "名称只差一个字"),
        (_in_group(rows), "同一集团，名称相近"),
    )
    found: dict[int, tuple[int, str]] = {}
    for hits, why in reasons:
        for index, hit in hits.items():
            found.setdefault(index, (hit, why))
    names = _names({company_id for company_id, _ in found.values()})
    return {
        index: Near(hit, names[hit][0], why, names[hit][1])
        for index, (hit, why) in sorted(found.items())
        if hit in names
    }


def kin(register: Register, names: Sequence[str]) -> dict[int, Near]:
    """Index of the name → the company with others under it whose whole name begins it, the longest such name first."""
    found: dict[int, Near] = {}
    heads = register.heads() if names else {}
    for index, name in enumerate(names):
        key = text.company_key(name)
        begun = (heads[key[:size]] for size in range(len(key), 1, -1) if key[:size] in heads)
        if (head := next(begun, None)) is not None:
            found[index] = Near(*head, KIN)
    return found


def and_group(suspects: list[Suspect], name: str, other_than: int | None = None) -> list[Suspect]:
    """The same list, and last of all the company whose group a name being typed looks like."""
    key = text.company_key(name[:200]) if name.strip() else ""
    begins = [key[:size] for size in range(2, min(len(key), 40) + 1)]
    rows = db.session.execute(_heads().where(Company.loose_key.in_(begins))).all() if begins else []
    head = max(rows, key=lambda row: (len(row[0]), -row[1]), default=None)
    if head is None or head.id in {other_than, *(suspect.id for suspect in suspects)}:
        return suspects
    return [*suspects, Suspect(head.id, head.name, head.uscc, head.region, head.industry, KIN, 60)]


def _heads() -> Any:
    """Companies with others under them: key, id and name first."""
    parents = select(Company.parent_id).where(
        Company.parent_id.is_not(None), Company.merged_into_id.is_(None)
    )
    facts = (Company.uscc, Company.region, Company.industry)
    return select(Company.loose_key, Company.id, Company.name, *facts).where(
        Company.id.in_(parents), Company.merged_into_id.is_(None)
    )


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


def _by_phone(actor: Actor, rows: Sequence[Asking]) -> dict[int, int]:
    """Somebody else's contacts are no way to find out whom another zone talks to."""
    asked = {index: [found for one in row.phones if (found := _hash(one))] for index, row in enumerate(rows)}
    contact = Contact.__table__.c
    held: dict[str, int] = {}
    for chunk in _chunks(found for hashes in asked.values() for found in hashes):
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
    return {
        index: held[next(h for h in hashes if h in held)]
        for index, hashes in asked.items()
        if held.keys() & hashes
    }


def _by_other_name(rows: Sequence[Asking]) -> dict[int, int]:
    """A firm under its new name whose old one is registered: its codes still speak against another company."""
    asked = [(index, replace(row.wanted, name=name)) for index, row in enumerate(rows) for name in row.others]
    hits = matches.match_many([wanted for _, wanted in asked]) if asked else {}
    return {asked[at][0]: company_id for at, company_id in sorted(hits.items(), reverse=True)}


def _in_group(rows: Sequence[Asking]) -> dict[int, int]:
    """Of those under the same parent the first whose name shares half the pairs of characters."""
    parents = sorted({row.parent_id for row in rows if row.parent_id is not None})
    siblings: dict[int, list[tuple[int, str, str | None]]] = {}
    query = select(Company.parent_id, Company.id, Company.loose_key, Company.uscc).where(
        among(Company.parent_id, parents), Company.merged_into_id.is_(None)
    )
    for row in db.session.execute(query.order_by(Company.id)) if parents else ():
        siblings.setdefault(row.parent_id or 0, []).append((row.id, row.loose_key, row.uscc))
    found: dict[int, int] = {}
    for index, asked in enumerate(rows):
        key = text.company_key(asked.wanted.name)
        for company_id, other, uscc in siblings.get(asked.parent_id or 0, ()):
            two_codes = bool(uscc and asked.wanted.uscc)
            if not two_codes and naming.shares_half(key, other):
                found[index] = company_id
                break
    return found


def _by_sound(rows: Sequence[Asking]) -> dict[int, int]:
    keys = {i: text.company_key(row.wanted.name) for i, row in enumerate(rows) if row.wanted.uscc is None}
    sounds = {i: text.pinyin_full(key)[:200] for i, key in keys.items() if len(key) >= _SHORTEST - 1}
    heard: dict[str, int] = {}
    for chunk in _chunks(sounds.values()):
        query = select(Company.sound, Company.id).where(
            Company.sound.in_(chunk), Company.merged_into_id.is_(None)
        )
        for sound, company_id in db.session.execute(query.order_by(Company.id.desc())):
            heard[sound] = company_id
    return {index: heard[sound] for index, sound in sounds.items() if sound in heard}


def _names(ids: set[int]) -> dict[int, tuple[str, str | None]]:
    """Name and credit code by id."""
    found: dict[int, tuple[str, str | None]] = {}
    ordered = sorted(ids)
    for at in range(0, len(ordered), _CHUNK):
        chunk = Company.id.in_(ordered[at : at + _CHUNK])
        rows = db.session.execute(select(Company.id, Company.name, Company.uscc).where(chunk))
        found.update({company_id: (name, uscc) for company_id, name, uscc in rows})
    return found
