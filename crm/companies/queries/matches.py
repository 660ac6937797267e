"""Finding the company a name or code means: set-based for sheets, look-alikes for a person."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, literal, literal_column, or_, select
from sqlalchemy import column as sql_column
from sqlalchemy import table as sql_table
from sqlalchemy.dialects.postgresql import TSQUERY

from crm.accounts import permissions
from crm.companies import naming, phones, scope
from crm.companies.models import Company, CompanyAlias, Contact
from crm.companies.naming import Known, Wanted
from crm.companies.queries import alike
from crm.companies.rules import listed_code
from crm.core import search, text
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import RuleBroken

# Both databases take this many values in one IN list without a plan of their own for each.
_CHUNK = 1000
# Brands shared by more firms than this are no help in finding a look-alike; the best of those read are shown.
_MOST_CANDIDATES = 2000
_SHOWN = 8
_LONGEST_NAME = 200
_MOST_OTHER_NAMES = 5


@dataclass(frozen=True, slots=True)
class Suspect:
    """A company that may be the one meant: public facts and why; `score` 0 to 100."""

    id: int
    name: str
    uscc: str | None
    region: str
    industry: str
    reason: str
    score: int


def _known(condition: ColumnElement[bool]) -> Any:
    columns = (Company.id, Company.name, Company.uscc, Company.old_reg_no, Company.listed_code)
    return select(*columns, Company.key, Company.loose_key).where(condition, Company.merged_into_id.is_(None))


def match_many(rows: Sequence[Wanted]) -> dict[int, int]:
    """Index of the row → company id, for rows whose company is known (see naming.choose). A few statements per 1,000 rows."""
    found: dict[int, int] = {}
    for at in range(0, len(rows), _CHUNK):
        chunk = rows[at : at + _CHUNK]
        by_code = {name: _by_code(name, chunk) for name in ("uscc", "old_reg_no", "listed_code")}
        keys = [_keys(row.name) for row in chunk]
        named = _by_name(set().union(*keys))
        for index, row in enumerate(chunk, at):
            candidates = [known for key in keys[index - at] for known in named.get(key, ())]
            for name, known in by_code.items():
                candidates += known.get(getattr(row, name) or "", ())
            company_id = naming.choose(row, candidates) if candidates else None
            if company_id is not None:
                found[index] = company_id
    return found


def _keys(name: str) -> set[str]:
    return {text.company_identity(name), text.company_key(name)} - {""}


def _by_code(name: str, rows: Sequence[Wanted]) -> dict[str, list[Known]]:
    values = {getattr(row, name) for row in rows} - {None, ""}
    found: dict[str, list[Known]] = defaultdict(list)
    if values:
        for row in db.session.execute(_known(getattr(Company, name).in_(values))):
            found[getattr(row, name)].append(Known(*row[:5]))
    return found


def _by_name(keys: set[str]) -> dict[str, list[Known]]:
    """Companies under the keys of their own name and of each alias."""
    found: dict[str, list[Known]] = defaultdict(list)
    if not keys:
        return found
    for column in (Company.key, Company.loose_key):
        for row in db.session.execute(_known(column.in_(keys))):
            found[getattr(row, column.key)].append(Known(*row[:5]))
    aliases = (
        select(
            Company.id,
            CompanyAlias.alias,
            Company.uscc,
            Company.old_reg_no,
            Company.listed_code,
            CompanyAlias.key,
        )
        .join(Company, Company.id == CompanyAlias.company_id)
        .where(CompanyAlias.key.in_(keys), Company.merged_into_id.is_(None))
    )
    for row in db.session.execute(aliases):
        found[row.key].append(Known(*row[:5]))
    return found


# --- look-alikes ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of a company about to be registered, all as written; `other_names` are its short name, its former and
    other ones, `other_than` is the entry being changed."""

    name: str = ""
    code: str = ""
    listed_code: str = ""
    phone: str = ""
    other_names: tuple[str, ...] = ()
    parent_id: int | None = None
    other_than: int | None = None


def possible_duplicates(
    name: str, code: str = "", *, other_than: int | None = None, actor: Actor | None = None, **more: Any
) -> list[Suspect]:
    """Companies a person should look at before registering another, best first, at most eight; `more` as in Asked.

    Same code, same name or alias, same other name, same number of a contact, name that sounds or looks the same, same group. Public
    facts only: nothing tells which zone holds a company; numbers are compared with contacts within `actor`'s reach.
    A code that cannot be one is left out here and refused on saving.
    """
    found: dict[int, Suspect] = {}
    # A pasted page is no name: every pair of its characters would be looked up.
    asked = Asked(name[:_LONGEST_NAME], code[:_LONGEST_NAME], other_than=other_than, **more)
    key = text.company_key(asked.name) if asked.name.strip() else ""
    for suspect in [
        *_same_code(asked.code),
        *_same_listing(asked.listed_code),
        *_same_name(asked.name),
        *_same_other_name(asked.other_names),
        *_same_phone(actor, asked.phone),
        *_same_sound(key),
        *_alike(key),
    ]:
        if suspect.id != other_than and suspect.id not in found:
            found[suspect.id] = suspect
    for suspect in _same_group(key, asked.parent_id):
        if suspect.id in found:
            known = found[suspect.id]
            found[suspect.id] = replace(known, reason=f"{known.reason}，同一集团")
        elif suspect.id != other_than:
            found[suspect.id] = suspect
    if other_than is not None and found:
        for other in alike.not_same_as(other_than, found):
            del found[other]
    return sorted(found.values(), key=lambda s: (-s.score, s.id))[:_SHOWN]


def _same_listing(written: str) -> Iterator[Suspect]:
    try:
        code = listed_code(written[:40])
    except RuleBroken:
        return
    if code:
        query = select(*_FACTS).where(Company.listed_code == code, Company.merged_into_id.is_(None))
        yield from (Suspect(*row, "股票代码相同", 99) for row in db.session.execute(query.limit(_SHOWN)))


def _same_phone(actor: Actor | None, written: str) -> Iterator[Suspect]:
    """Somebody else's contacts are no way to find out whom another zone talks to."""
    asked = phones.asked(written[:40]) if actor is not None and written.strip() else None
    if actor is None or asked is None or asked[0] != "phone":
        return
    contact = Contact.__table__.c
    query = (
        select(*_FACTS)
        .join(Contact, Contact.company_id == Company.id)
        .where(
            Contact.phone_hash == asked[1],
            Company.merged_into_id.is_(None),
            scope.reach(actor, permissions.PROJECT_SEE, contact.company_id, contact.zone_id),
        )
        .distinct()
        .limit(_SHOWN)
    )
    yield from (Suspect(*row, "联系电话相同", 97) for row in db.session.execute(query))


def _same_sound(key: str) -> Iterator[Suspect]:
    """Another character of the same reading is the commonest slip of all who type by pinyin."""
    sound = text.pinyin_full(key)[:_LONGEST_NAME]
    if len(key) < 2 or not sound:
        return
    query = select(*_FACTS).where(Company.sound == sound, Company.merged_into_id.is_(None)).limit(_SHOWN)
    yield from (Suspect(*row, "读音相同", 96) for row in db.session.execute(query))


def _same_group(key: str, parent_id: int | None) -> Iterator[Suspect]:
    """Companies under the same parent whose names share a piece: of a group's many, those one may have meant."""
    if parent_id is None or len(key) < 2:
        return
    query = select(*_FACTS, Company.loose_key).where(
        Company.parent_id == parent_id, Company.merged_into_id.is_(None)
    )
    for row in db.session.execute(query.order_by(Company.id).limit(_MOST_CANDIDATES)):
        if naming.shares_half(key, row.loose_key):
            yield Suspect(*row[:5], "同一集团，名称相近", 80)


_FACTS = (Company.id, Company.name, Company.uscc, Company.region, Company.industry)


def _same_code(code: str) -> Iterator[Suspect]:
    written = text.nfkc(code).upper().replace(" ", "")
    if len(written) in (15, 18):
        column = Company.uscc if len(written) == 18 else Company.old_reg_no
        query = select(*_FACTS).where(column == written, Company.merged_into_id.is_(None))
        yield from (Suspect(*row, "信用代码相同", 100) for row in db.session.execute(query))


def _same_name(name: str) -> Iterator[Suspect]:
    keys = _keys(name)
    if not keys:
        return
    same = or_(Company.key.in_(keys), Company.loose_key.in_(keys))
    own = select(*_FACTS).where(same, Company.merged_into_id.is_(None)).limit(_SHOWN)
    yield from (Suspect(*row, "名称相同", 99) for row in db.session.execute(own))
    other = (
        select(*_FACTS)
        .join(CompanyAlias, CompanyAlias.company_id == Company.id)
        .where(CompanyAlias.key.in_(keys), Company.merged_into_id.is_(None))
        .limit(_SHOWN)
    )
    yield from (Suspect(*row, "别名相同", 98) for row in db.session.execute(other))


def _same_other_name(names: Sequence[str]) -> Iterator[Suspect]:
    """A former name by which the register still has the company; a bare short name of one or two characters tells nothing."""
    for name in names[:_MOST_OTHER_NAMES]:
        if len(text.company_key(name[:_LONGEST_NAME])) > 1:
            for suspect in _same_name(name[:_LONGEST_NAME]):
                yield replace(suspect, reason="别名、曾用名相同", score=98)


def _alike(key: str) -> Iterator[Suspect]:
    """By the search index: names with the same brand (its first pairs of characters) or the same rest."""
    pairs = naming.pairs(search.normal(key))
    if not pairs:
        return
    near = (
        select(Company.id, Company.loose_key)
        .where(_shares(pairs), Company.merged_into_id.is_(None))
        .limit(_MOST_CANDIDATES)
    )
    scored = [(naming.likeness(key, other), company_id) for company_id, other in db.session.execute(near)]
    best = dict((company_id, score) for score, company_id in sorted(scored, reverse=True)[:_SHOWN] if score)
    if best:
        rows = db.session.execute(select(*_FACTS).where(Company.id.in_(best)))
        yield from (Suspect(*row, "名称相近", min(97, round(best[row.id]))) for row in rows)


def _shares(pairs: Sequence[str]) -> ColumnElement[bool]:
    rest = pairs[2:]
    if db.session.get_bind().dialect.name == "sqlite":
        words = [f'"{pair}"' for pair in pairs[:2]]
        words += [f"({' AND '.join(f'{chr(34)}{pair}{chr(34)}' for pair in rest)})"] if rest else []
        fts = sql_table("companies_fts", sql_column("rowid"), sql_column("companies_fts", Text))
        hits = select(fts.c.rowid).where(fts.c.companies_fts.op("MATCH")(" OR ".join(words)))
        return Company.id.in_(hits.limit(_MOST_CANDIDATES))
    # Pairs hold letters and digits only, so there is nothing to quote in them.
    lexemes = [f"'{pair}'" for pair in pairs[:2]]
    lexemes += ["(" + " & ".join(f"'{pair}'" for pair in rest) + ")"] if rest else []
    vector = func.array_to_tsvector(func.string_to_array(Company.search_tokens, literal_column("' '")))
    return vector.op("@@", is_comparison=True)(cast(literal(" | ".join(lexemes), Text), TSQUERY))
