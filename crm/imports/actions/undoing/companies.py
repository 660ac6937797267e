"""A company list taken back, a thousand rows at a time; also the companies, links and contacts that a ledger brought in.

Each function does one chunk of its work in the caller's transaction and is False when there was nothing to do.
"""

from typing import Any

from sqlalchemy import delete, not_, select

from crm.companies import naming
from crm.companies.models import Company, CompanyAlias, CompanyLink, Contact
from crm.core.db import db
from crm.imports import queries
from crm.imports.actions import bulk
from crm.imports.actions.undoing.traces import Undone, references, stored, used
from crm.imports.models import ImportBatch, ImportRow
from crm.imports.queries import matching
from crm.imports.rules import BatchKind, RowAction

_CHUNK = 1000
_companies, _aliases = bulk.table_of(Company), bulk.table_of(CompanyAlias)


def restore(batch: ImportBatch, undone: Undone) -> bool:
    """Gives known companies back what the batch filled in, where nobody has saved them since."""
    chunk = queries.rows(batch.id, actions=(RowAction.UPDATE,), after=undone.row_id, most=_CHUNK)
    if not chunk:
        return False
    undone.row_id = chunk[-1].id
    # A commit that was broken off has not come to the rows behind this one.
    reached = batch.counts.get("so_far", {}).get("row_id", undone.row_id)
    rows = [row for row in chunk if row.id <= reached and "done" not in row.before]
    changed = {row.target_id: row.before for row in rows if row.target_id and row.before}
    undone.restored += sum(1 for row in rows if not row.before)
    facts = db.session.execute(
        select(Company.id, Company.name, Company.version).where(Company.id.in_(changed))
    ).all()
    same = [row for row in facts if row.version == changed[row.id]["version"]]
    undone.leave([row.name for row in facts if row not in same], "更新后有人改过，没有恢复")
    # A short name came with the name to be found by; where there was none, none of that kind was there either.
    named = [row.id for row in same if "short_name" in changed[row.id]["values"]]
    db.session.execute(delete(_aliases).where(_aliases.c.company_id.in_(named), _aliases.c.kind == "short"))
    bulk.change(Company, [(row.id, _company_values(row.id, changed[row.id]["values"])) for row in same])
    bulk.change(ImportRow, [(row.id, {"before": {}}) for row in rows if row.before])
    undone.restored += len(same)
    return True


def remove_contacts(batch: ImportBatch, undone: Undone) -> bool:
    return _remove(batch, Contact)


def remove_links(batch: ImportBatch, undone: Undone) -> bool:
    return _remove(batch, CompanyLink)


def _remove(batch: ImportBatch, model: Any) -> bool:
    """Rows of the batch that nobody has saved since and nothing points at."""
    table = bulk.table_of(model)
    conditions = [table.c.batch_id == batch.id, table.c.version == 1]
    if any(True for _ in references(table)):
        conditions.append(not_(used(table)))
    ids = list(db.session.scalars(select(table.c.id).where(*conditions).order_by(table.c.id).limit(_CHUNK)))
    if ids:
        db.session.execute(delete(table).where(table.c.id.in_(ids)))
    return bool(ids)


def remove_companies(batch: ImportBatch, undone: Undone) -> bool:
    """Entries that nobody has saved since and nothing but their own other names points at."""
    untouched = (
        _companies.c.batch_id == batch.id,
        _companies.c.version == 1,
        not_(used(_companies, [_aliases])),
    )
    query = select(_companies.c.id).where(*untouched).order_by(_companies.c.id).limit(_CHUNK)
    ids = list(db.session.scalars(query))
    if ids:
        db.session.execute(delete(_aliases).where(_aliases.c.company_id.in_(ids)))
        db.session.execute(delete(_companies).where(_companies.c.id.in_(ids)))
        undone.removed += len(ids) if batch.kind is BatchKind.COMPANIES else 0
    return bool(ids)


def name_left(batch: ImportBatch, undone: Undone) -> None:
    """Tells which entries stay because somebody uses them."""
    standing = select(_companies.c.name).where(_companies.c.batch_id == batch.id).order_by(_companies.c.id)
    undone.leave(db.session.scalars(standing), "已有人在用，保留在企业库")


def _company_values(company_id: int, kept: dict[str, Any]) -> dict[str, Any]:
    values = {name: stored(Company, name, value) for name, value in kept.items()}
    now = matching.company_facts([company_id])[company_id].values | values
    others = [alias for alias, _ in matching.aliases_of([company_id])[company_id]]
    tokens, plain = naming.find_by(
        now["name"], now["short_name"], others, now["uscc"], now["old_reg_no"], now["listed_code"]
    )
    return values | naming.keys(now["name"]) | {"search_tokens": tokens, "search_text": plain}
