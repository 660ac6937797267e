"""Rows that hang on one entry brought over to another, so that each can be told and brought back."""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Column, delete, insert, select, tuple_, update

from crm.companies import queries, rules
from crm.companies.models import Company, CompanyLink, Contact, LinkNode
from crm.core.db import db

_CHUNK = 500

#: Table → (how rows of the merged entry that meet one of the kept entry are taken in, told as JSON; how that is undone:
#: False where somebody has saved the kept row since). Told by features above for tables that no two rows may share.
Fold = Callable[[Company, Company], list[dict[str, Any]]]
Unfold = Callable[[dict[str, Any]], bool]
_folds: dict[str, tuple[Fold, Unfold]] = {}


def fold_by(table: str, fold: Fold, unfold: Unfold) -> None:
    _folds[table] = (fold, unfold)


def fold_others(kept: Company, gone: Company) -> dict[str, list[dict[str, Any]]]:
    """Table → what was taken in, for every table that has told how."""
    return {table: told for table, (fold, _) in sorted(_folds.items()) if (told := fold(kept, gone))}


def unfold_others(folded: dict[str, list[dict[str, Any]]]) -> dict[str, tuple[int, int]]:
    """Table → (brought back, left)."""
    found = {}
    for table, records in folded.items():
        if table in _folds:
            back = sum(_folds[table][1](record) for record in records)
            found[table] = (back, len(records) - back)
    return found


def bring(column: Column[Any], from_id: int, to_id: int) -> list[list[Any]]:
    """Points the rows at `to_id`; those a unique constraint keeps back stay. Returns [identity…, version or None] of each.

    Neither version nor moment of a row changes: nobody saved it, and what is open in a browser may still be saved.
    """
    ids = queries.identity(column)
    version = column.table.c.get("version")
    shown = [*ids, version] if version is not None else ids
    stay = queries.colliding(column, from_id, to_id)
    rows = [list(row) for row in db.session.execute(select(*shown).where(column == from_id))] if ids else []
    going = [row for row in rows if tuple(row[: len(ids)]) not in stay]
    _point(column, from_id, to_id, [row[: len(ids)] for row in going])
    return going if version is not None else [[*row, None] for row in going]


def _point(column: Column[Any], from_id: int, to_id: int, rows: list[list[Any]]) -> None:
    ids = queries.identity(column)
    moment = column.table.c.get("updated_at")
    values: dict[Any, Any] = {column: to_id} | ({moment: moment} if moment is not None else {})
    for at in range(0, len(rows), _CHUNK):
        chunk = rows[at : at + _CHUNK]
        one = ids[0].in_([row[0] for row in chunk]) if len(ids) == 1 else tuple_(*ids).in_(chunk)
        db.session.execute(
            update(column.table).where(column == from_id, one).values(values),
            execution_options={"synchronize_session": False},
        )


def bring_back(column: Column[Any], from_id: int, to_id: int, rows: Iterable[list[Any]]) -> tuple[int, int]:
    """(brought back, left): left are rows that were saved, moved on or taken away since."""
    ids = queries.identity(column)
    version = column.table.c.get("version")
    wanted = {tuple(row[:-1]): row[-1] for row in rows}
    shown = [*ids, version] if version is not None else ids
    same: list[list[Any]] = []
    keys = list(wanted)
    for at in range(0, len(keys), _CHUNK):
        chunk = keys[at : at + _CHUNK]
        one = ids[0].in_([key[0] for key in chunk]) if len(ids) == 1 else tuple_(*ids).in_(chunk)
        for row in db.session.execute(select(*shown).where(column == from_id, one)):
            key = tuple(row[: len(ids)])
            if version is None or row[-1] == wanted[key]:
                same.append(list(key))
    blocked = queries.colliding(column, from_id, to_id) if same else set()
    same = [row for row in same if tuple(row) not in blocked]
    _point(column, from_id, to_id, same)
    return len(same), len(wanted) - len(same)


# --- links of one zone to both ----------------------------------------------------------------------


def fold_links(kept: Company, gone: Company) -> list[dict[str, Any]]:
    """Where a zone has a link to both, the kept one takes in the other, which stays as it was on the merged entry."""
    mine = {link.zone_id: link for link in _links(kept.id)}
    return [_fold(mine[link.zone_id], link, gone.name) for link in _links(gone.id) if link.zone_id in mine]


def _links(company_id: int) -> list[CompanyLink]:
    return list(
        db.session.scalars(
            select(CompanyLink).where(CompanyLink.company_id == company_id).order_by(CompanyLink.id)
        )
    )


def _fold(mine: CompanyLink, theirs: CompanyLink, name: str) -> dict[str, Any]:
    before = {field: getattr(mine, field) for field in ("owner_id", "notes", "source")}
    before["progress"] = mine.progress.value
    mine.progress = rules.further(mine.progress, theirs.progress)
    mine.owner_id = mine.owner_id or theirs.owner_id
    mine.source = mine.source or theirs.source
    if theirs.notes and theirs.notes not in mine.notes:
        mine.notes = "\n".join(filter(None, (mine.notes, f"（原“{name}”的备注）{theirs.notes}")))
    known = _nodes(mine.id)
    added = sorted(_nodes(theirs.id) - known)
    if added:
        db.session.execute(insert(LinkNode), [{"link_id": mine.id, "node_id": node} for node in added])
    rows = {
        str(column): found
        for column in queries.columns_to("company_links")
        if column.table.name != "link_nodes" and (found := bring(column, theirs.id, mine.id))
    }
    db.session.flush()
    return {
        "kept": mine.id,
        "merged": theirs.id,
        "version": mine.version,
        "before": before,
        "nodes": added,
        "rows": rows,
    }


def _nodes(link_id: int) -> set[int]:
    return set(db.session.scalars(select(LinkNode.node_id).where(LinkNode.link_id == link_id)))


def unfold(record: dict[str, Any]) -> bool:
    """Gives a kept link back what it was; False where somebody has saved it since."""
    link = db.session.get(CompanyLink, record["kept"])
    for column in queries.columns_to("company_links"):
        if rows := record["rows"].get(str(column)):
            bring_back(column, record["kept"], record["merged"], rows)
    if link is None or link.version != record["version"]:
        return False
    before = dict(record["before"])
    link.progress = rules.LinkProgress(before.pop("progress"))
    for field, value in before.items():
        setattr(link, field, value)
    if record["nodes"]:
        db.session.execute(
            delete(LinkNode).where(LinkNode.link_id == link.id, LinkNode.node_id.in_(record["nodes"]))
        )
    db.session.flush()
    return True


def step_back(kept: Company, gone: Company) -> list[list[int]]:
    """One main contact a zone: where both entries have one, that of the merged entry steps back. [id, version] of each."""
    there = set(
        db.session.scalars(
            select(Contact.zone_id).where(Contact.company_id == kept.id, Contact.main.is_(True))
        )
    )
    found = db.session.scalars(select(Contact).where(Contact.company_id == gone.id, Contact.main.is_(True)))
    rows = [contact for contact in found if contact.zone_id in there]
    for contact in rows:
        contact.main = False
    db.session.flush()
    return [[contact.id, contact.version] for contact in rows]
