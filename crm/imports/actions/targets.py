"""Rows of a list of target companies: the companies first, then the targets and their signals, in few statements a chunk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select

from crm.companies import queries as companies
from crm.companies.models import CompanyLink, LinkNode
from crm.companies.rules import LinkProgress
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.imports.actions import bulk
from crm.imports.actions import companies as register
from crm.imports.actions.companies import Written
from crm.imports.actions.deciding.companies import wanted
from crm.imports.actions.preparing import Ready
from crm.imports.models import ImportBatch, ImportRow
from crm.imports.queries import StagedRow, targets
from crm.imports.rules import RowAction
from crm.targeting import actions as targeting
from crm.targeting.models import Target, TargetSignal, TargetStep
from crm.targeting.rules.targets import EntryKind, TargetSource, first_progress, of_link

_GIVEN_UP = "导入的清单写明放弃"


@dataclass(frozen=True, slots=True)
class _Row:
    """A row whose company is known by now: what it says, what it adds."""

    company_id: int
    said: dict[str, Any]
    change: dict[str, Any]
    staged_id: int = 0


def write(
    actor: Actor, batch: ImportBatch, rows: Sequence[Ready], staged: Sequence[StagedRow], now: datetime
) -> Written:
    """A row that names a company of an earlier row at another link finds it once that row is in the register."""
    later = [r for r in rows if r.action is RowAction.UPDATE and r.target_id is None]
    written = register.write(actor, batch, [r for r in rows if r not in later], now)
    written.updated += len(later)
    fields = {row.id: row.fields for row in staged}
    known = companies.match_many([wanted(fields[row.staged_id]) for row in later])
    for index, row in enumerate(later):
        row.target_id = known.get(index)
    found = [
        _Row(
            row.target_id,
            fields[row.staged_id].get("target", {}),
            row.changes.get("target", {}),
            row.staged_id,
        )
        for row in rows
        if row.target_id and (row.action is RowAction.NEW or "target" in row.changes)
    ]
    _list(actor, batch, found, now)
    _renew(actor, [row for row in found if row.change.get("differs")], clock.local(now).date())
    return written


def _renew(actor: Actor, rows: Sequence[_Row], today: date) -> None:
    """Targets that are there already say what the list says; what somebody has changed since the check is left to him."""
    there = {
        t.id: t
        for t in db.session.scalars(select(Target).where(Target.id.in_([r.change["id"] for r in rows])))
    }
    kept: dict[int, dict[str, Any]] = {}
    for row in rows:
        target = there[row.change["id"]]
        wanted = {
            name: typed(name, new)
            for name, (old, new) in row.change["differs"].items()
            if (getattr(target, name) or None) == old
        }
        if wanted:
            before = targeting.carry(actor, target, wanted, today)
            kept[row.staged_id] = {"id": target.id, "version": target.version, "values": before}
    known = db.session.execute(select(ImportRow.id, ImportRow.before).where(ImportRow.id.in_(kept)))
    bulk.change(ImportRow, [(id_, {"before": {**before, "target": kept[id_]}}) for id_, before in known])


def typed(name: str, written: Any) -> Any:
    """A field of a target as its column takes it, from JSON."""
    reads = {"progress": LinkProgress, "entry_kind": EntryKind}
    return reads[name](written) if name in reads and written is not None else written


def _list(actor: Actor, batch: ImportBatch, rows: Sequence[_Row], now: datetime) -> None:
    """Targets that are not there yet, and signals of all."""
    ids = [row.company_id for row in rows]
    links = _links(actor, batch, ids, now)
    there = targets.targets_of(batch.zone_id, ids)
    fresh: list[_Row] = []
    for row in rows:
        mine = there.setdefault(row.company_id, {})
        if row.change.get("id") is None and row.change.get("node_id") not in mine:
            mine[row.change.get("node_id")] = 0
            fresh.append(row)
    numbers = bulk.reserve(Target, len(fresh))
    today = clock.local(now).date()
    values = [
        _target(actor, batch, row, links[row.company_id], number, now, today)
        for row, number in zip(fresh, numbers, strict=True)
    ]
    bulk.write(Target, values)
    bulk.write(TargetStep, [_step(actor, value, today, now) for value in values])
    for row, number in zip(fresh, numbers, strict=True):
        there[row.company_id][row.change.get("node_id")] = number
    _nodes(values, links)
    _settle(values, links)
    _signals(actor, batch, rows, there, now, today)


def _links(actor: Actor, batch: ImportBatch, ids: Sequence[int], now: datetime) -> dict[int, CompanyLink]:
    """The city's own links are not made by a company list, but a target needs one."""
    links = targets.links_of(batch.zone_id, ids)
    lacking = sorted(set(ids) - links.keys())
    if lacking:
        common = {
            "zone_id": batch.zone_id, "owner_id": None, "progress": LinkProgress.UNTOUCHED, "source": "导入",
            "notes": "", "batch_id": batch.id, "created_by": actor.user_id, "created_at": now, "updated_at": now,
            "version": 1,
        }  # fmt: skip
        bulk.write(CompanyLink, [{"company_id": company_id, **common} for company_id in lacking])
        links = targets.links_of(batch.zone_id, ids)
    return links


def _target(
    actor: Actor, batch: ImportBatch, row: _Row, link: CompanyLink, number: int, now: datetime, today: date
) -> dict[str, Any]:
    said, node_id = row.said, row.change.get("node_id")
    progress = LinkProgress(said["progress"]) if "progress" in said else first_progress(link.progress, [])
    return {
        "id": number, "company_id": row.company_id, "node_id": node_id, "zone_id": batch.zone_id,
        "progress": progress, "progress_on": today,
        "entry_kind": EntryKind(said["entry_kind"]) if said.get("entry_kind") else None,
        "entry_note": said.get("entry_note", ""), "standing": said.get("standing", ""),
        "owner_id": row.change.get("owner_id"),
        "given_up_reason": _GIVEN_UP if progress is LinkProgress.GIVEN_UP else "",
        "source": TargetSource.IMPORTED if node_id else TargetSource.PROPOSED, "batch_id": batch.id,
        "is_demo": False, "created_by": actor.user_id, "created_at": now, "updated_at": now, "version": 1,
    }  # fmt: skip


def _step(actor: Actor, value: dict[str, Any], today: date, now: datetime) -> dict[str, Any]:
    return {
        "target_id": value["id"], "before": None, "after": value["progress"], "on": today, "note": "清单导入",
        "made_by": actor.user_id, "made_at": now,
    }  # fmt: skip


def _nodes(values: Sequence[dict[str, Any]], links: dict[int, CompanyLink]) -> None:
    wanted_nodes = {(links[v["company_id"]].id, v["node_id"]) for v in values if v["node_id"]}
    link_ids = sorted({link_id for link_id, _ in wanted_nodes})
    there = {
        (link_id, node_id)
        for link_id, node_id in db.session.execute(
            select(LinkNode.link_id, LinkNode.node_id).where(LinkNode.link_id.in_(link_ids))
        )
    }
    rows = [{"link_id": link_id, "node_id": node_id} for link_id, node_id in sorted(wanted_nodes - there)]
    if rows:
        db.session.execute(insert(LinkNode), rows)


def _settle(values: Sequence[dict[str, Any]], links: dict[int, CompanyLink]) -> None:
    """Links go along with the targets that came; their versions stay, so that an undo still finds them untouched."""
    table = bulk.table_of(CompanyLink)
    by_company: dict[int, list[LinkProgress]] = {}
    for value in values:
        by_company.setdefault(value["company_id"], []).append(value["progress"])
    for company_id, each in by_company.items():
        link = links[company_id]
        progress = of_link([*each, link.progress], link.progress)
        if progress is not link.progress:
            db.session.execute(table.update().where(table.c.id == link.id).values(progress=progress))


def _signals(
    actor: Actor,
    batch: ImportBatch,
    rows: Sequence[_Row],
    there: dict[int, dict[int | None, int]],
    now: datetime,
    today: date,
) -> None:
    """One that is there already is not told twice."""
    told = []
    for row in rows:
        target_id = row.change.get("id") or there[row.company_id].get(row.change.get("node_id"))
        if target_id and (what := row.said.get("signal")):
            on = date.fromisoformat(row.said["signal_on"]) if row.said.get("signal_on") else today
            source = row.said.get("signal_source") or f"清单“{batch.filename}”"[:120]
            told.append({
                "target_id": target_id, "happened_on": on, "what": what, "source": source, "url": "",
                "batch_id": batch.id, "created_by": actor.user_id, "created_at": now,
            })  # fmt: skip
    known = {
        tuple(pair)
        for pair in db.session.execute(
            select(TargetSignal.target_id, TargetSignal.what).where(
                TargetSignal.target_id.in_({signal["target_id"] for signal in told})
            )
        )
    }
    bulk.write(TargetSignal, [s for s in told if (s["target_id"], s["what"]) not in known])
