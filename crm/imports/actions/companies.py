"""Rows of a company list into the register, with everything that hangs on them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from crm.companies import actions as companies
from crm.companies import naming, phones
from crm.companies.models import Company, CompanyAlias, CompanyLink, Contact
from crm.companies.rules import CompanyKind, LinkProgress
from crm.core.actor import Actor
from crm.imports import queries
from crm.imports.actions import bulk
from crm.imports.actions.deciding import new_people
from crm.imports.actions.preparing import Ready
from crm.imports.models import ImportBatch, ImportRow
from crm.imports.queries import matching
from crm.imports.rules import RowAction
from crm.imports.rules.rows import ReadRow


@dataclass(slots=True)
class Written:
    """What a commit has done, by kind, for the counts and for undo."""

    new: int = 0
    updated: int = 0
    duplicates: int = 0
    results: list[tuple[int, dict[str, Any]]] = field(default_factory=list)


def write(actor: Actor, batch: ImportBatch, rows: Sequence[Ready], now: datetime) -> Written:
    """Companies, other names, links and contacts of some rows, in a fixed number of statements a thousand."""
    written = Written()
    _late(rows)
    _insert(actor, batch, [row for row in rows if row.action is RowAction.NEW], written, now)
    _update(actor, batch, [row for row in rows if row.action is RowAction.UPDATE], written, now)
    written.duplicates += sum(row.action is RowAction.DUPLICATE for row in rows)
    bulk.change(ImportRow, written.results)
    return written


def _late(chunk: Sequence[Ready]) -> None:
    """Codes that somebody registered since the row was decided: the row repeats what is there now."""
    codes = [row.columns["uscc"] for row in chunk if row.columns.get("uscc")]
    taken = matching.codes_taken(codes) if codes else set()
    for row in chunk:
        if row.action is RowAction.NEW and row.columns["uscc"] in taken:
            row.action = RowAction.DUPLICATE


def _insert(actor: Actor, batch: ImportBatch, rows: list[Ready], written: Written, now: datetime) -> None:
    if not rows:
        return
    common = {
        "batch_id": batch.id,
        "is_demo": False,
        "created_by": actor.user_id,
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }
    ids = bulk.reserve(Company, len(rows))
    bulk.write(
        Company, [{"id": number, **row.columns, **common} for number, row in zip(ids, rows, strict=True)]
    )
    aliases = [
        {"company_id": number, **alias}
        for number, row in zip(ids, rows, strict=True)
        for alias in row.aliases
    ]
    bulk.write(CompanyAlias, aliases)
    for number, row in zip(ids, rows, strict=True):
        row.target_id = number
    written.new += len(rows)
    if batch.zone_id is not None:
        _link(actor, batch, rows, now)
    _contacts(actor, batch, rows, now)


def _link(actor: Actor, batch: ImportBatch, rows: Sequence[Ready], now: datetime) -> None:
    """Links of new companies; nobody else can have linked them yet."""
    links = [
        {
            "company_id": row.target_id,
            "zone_id": batch.zone_id,
            "owner_id": None,
            "progress": LinkProgress.UNTOUCHED,
            "source": "导入",
            "notes": row.notes,
            "batch_id": batch.id,
            "created_by": actor.user_id,
            "created_at": now,
            "updated_at": now,
            "version": 1,
        }
        for row in rows
    ]
    bulk.write(CompanyLink, links)


def _contacts(actor: Actor, batch: ImportBatch, rows: Sequence[Ready], now: datetime) -> None:
    pairs = [(row.target_id, person) for row in rows for person in row.people]
    write_contacts(
        actor, batch, [(company_id, batch.zone_id, person) for company_id, person in pairs if company_id], now
    )


def write_contacts(
    actor: Actor, batch: ImportBatch, people: Sequence[tuple[int, int | None, Any]], now: datetime
) -> None:
    """(company, zone, person) rows; numbers are sealed on their way in."""
    values = []
    for company_id, zone_id, person in people:
        number = phones.read(person.phone)
        values.append(
            {
                "company_id": company_id,
                "zone_id": zone_id,
                "name": person.name,
                "post": person.post,
                "phone": number.number,
                "phone_mask": number.mask,
                "phone_hash": number.hash,
                "phone_tail_hash": number.tail_hash,
                "note": "",
                "main": False,
                "active": True,
                "batch_id": batch.id,
                "created_by": actor.user_id,
                "created_at": now,
                "updated_at": now,
                "version": 1,
            }
        )
    bulk.write(Contact, values)


def _update(actor: Actor, batch: ImportBatch, rows: list[Ready], written: Written, now: datetime) -> None:
    """Fills what the register lacked, adds the zone's link and its contacts."""
    if not rows:
        return
    ids = [row.target_id for row in rows if row.target_id]
    facts = queries.company_facts(ids)
    others = matching.aliases_of(ids)
    changes: list[tuple[int, dict[str, Any]]] = []
    aliases: list[dict[str, Any]] = []
    for row in rows:
        target = facts[row.target_id or 0]
        values = {name: _typed(name, pair[1]) for name, pair in row.changes.items() if name in target.values}
        before = {name: pair[0] for name, pair in row.changes.items() if name in target.values}
        result: dict[str, Any] = {"target_id": target.id, "action": RowAction.UPDATE}
        if values:
            more = _other_names(target.id, target.values | values, others[target.id])
            aliases += more
            known_as = [alias for alias, _ in others[target.id]] + [alias["alias"] for alias in more]
            values |= _found_by(target.values | values, values, known_as)
            changes.append((target.id, values | {"updated_at": now}))
            result["before"] = {"values": before, "version": target.version + 1}
        written.results.append((row.staged_id, result))
    bulk.change(Company, changes)
    bulk.write(CompanyAlias, aliases)
    written.updated += len(rows)
    known = queries.contacts_of(ids)
    if batch.zone_id is not None:
        companies.link_many(actor, batch.zone_id, ids, batch_id=batch.id)
    fresh = [
        (row.target_id, batch.zone_id, person)
        for row in rows
        if row.target_id
        for person in _fresh(row, batch, known)
    ]
    write_contacts(actor, batch, fresh, now)


def _fresh(row: Ready, batch: ImportBatch, known: set[tuple[int, int | None, str, str | None]]) -> list[Any]:
    if "contacts" not in row.changes or row.target_id is None:
        return []
    like = ReadRow("", 0, RowAction.UPDATE, [], people=row.people)
    return new_people(like, row.target_id, batch.zone_id, known)


def _typed(name: str, written: Any) -> Any:
    if name == "founded_on":
        return date.fromisoformat(written)
    if name == "registered_capital":
        return Decimal(written)
    return CompanyKind(written) if name == "kind" else written


def _other_names(
    company_id: int, values: dict[str, Any], there: list[tuple[str, str]]
) -> list[dict[str, Any]]:
    """The short name as one more name to be found by, where it is not known yet."""
    short = values["short_name"] or ""
    key = naming.alias_key(short) if short and short != values["name"] else ""
    if not key or key in {known for _, known in there}:
        return []
    return [{"company_id": company_id, "alias": short, "key": key, "kind": "short"}]


def _found_by(values: dict[str, Any], changed: dict[str, Any], aliases: Sequence[str]) -> dict[str, Any]:
    """Keys and search entries anew where a name or a code has come in."""
    if not {"name", "short_name", "uscc", "old_reg_no", "listed_code"} & set(changed):
        return {}
    name, short = values["name"], values["short_name"] or ""
    rest = [alias for alias in aliases if alias != short]
    tokens, plain = naming.find_by(
        name, short, rest, values["uscc"], values["old_reg_no"], values["listed_code"]
    )
    return {**naming.keys(name), "search_tokens": tokens, "search_text": plain}
