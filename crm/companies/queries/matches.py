"""Finding the company a name or code means: set-based for sheets, look-alikes for a person."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, literal, literal_column, or_, select
from sqlalchemy import column as sql_column
from sqlalchemy import table as sql_table
from sqlalchemy.dialects.postgresql import TSQUERY

from crm.companies import naming
from crm.companies.models import Company, CompanyAlias
from crm.companies.naming import Known, Wanted
from crm.core import search, text
from crm.core.db import db

# Both databases take this many values in one IN list without a plan of their own for each.
_CHUNK = 1000
# Brands shared by more firms than this are no help in finding a look-alike; the best of those read are shown.
_MOST_CANDIDATES = 2000
_SHOWN = 8
_LONGEST_NAME = 200


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


def possible_duplicates(name: str, code: str = "", *, other_than: int | None = None) -> list[Suspect]:
    """Companies a person should look at before registering another: same code, same name or alias, similar name.

    Best first, at most eight. Public facts only: nothing tells which zone holds a company. `code` as written; one
    that cannot be a code is left out here and refused on saving.
    """
    found: dict[int, Suspect] = {}
    # A pasted page is no name: every pair of its characters would be looked up.
    name, code = name[:_LONGEST_NAME], code[:_LONGEST_NAME]
    for suspect in [
        *_same_code(code),
        *_same_name(name),
        *_alike(text.company_key(name) if name.strip() else ""),
    ]:
        if suspect.id != other_than and suspect.id not in found:
            found[suspect.id] = suspect
    return sorted(found.values(), key=lambda s: (-s.score, s.id))[:_SHOWN]


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
