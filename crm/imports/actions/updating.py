"""Known projects: differences carried out, progress appended."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.imports import queries
from crm.imports.actions import bulk, running
from crm.imports.actions.deciding import CONFIRMED_ONLY
from crm.imports.actions.running import Run
from crm.imports.queries import ProjectFacts, matching
from crm.imports.rules import RowAction
from crm.imports.rules.rows import ReadRow
from crm.projects import actions as project_actions
from crm.projects import queries as project_queries
from crm.projects.models import Project, ProjectChange
from crm.projects.rules import promises, tier_of


def update(run: Run, rows: Sequence[ReadRow], staged: dict[str, int]) -> None:
    """Carries out differences: amounts and dates only where confirmed, the rest at once; progress is appended."""
    ids = [row.target_id for row in rows if row.target_id]
    facts = {project.id: project for project in project_facts(run.actor, ids)}
    changes: list[tuple[int, dict[str, Any]]] = []
    history: list[dict[str, Any]] = []
    told: list[tuple[audit.Subject, dict[str, Any]]] = []
    for row in rows:
        target = facts[row.target_id or 0]
        values = _allowed(row, target)
        diff = {name: (target.values.get(name), value) for name, value in values.items()}
        if values:
            values |= _derived(target, values)
            changes.append((target.id, values | {"updated_at": run.now}))
            history += _history(run, target, values)
        told.append((_subject_of(target), diff))
        before = {
            name: _plain(target, name) for name in values if name in target.values or name == "company_id"
        }
        run.written.results.append((staged[row.place], _result(target, before)))
    bulk.change(Project, changes)
    bulk.write(ProjectChange, history)
    _follow(run, rows, facts)
    audit.record_many(run.actor, "project.edited", [(s, d) for s, d in told if d], note=run.batch.filename)
    run.written.updated += len(rows)


def _result(target: ProjectFacts, before: dict[str, Any]) -> dict[str, Any]:
    kept = {"values": before, "version": target.version + 1} if before else {}
    return {"target_id": target.id, "action": RowAction.UPDATE, "before": kept}


def _follow(run: Run, rows: Sequence[ReadRow], facts: dict[int, ProjectFacts]) -> None:
    pairs = [(row.target_id or 0, row) for row in rows]
    there = queries.milestones_of([project_id for project_id, _ in pairs])
    running.milestones(run, pairs, there)
    running.progress(run, [pair for pair in pairs if "progress" in pair[1].changes])
    people = [
        (company_id, facts[project_id].zone_id, person)
        for project_id, row in pairs
        if "contacts" in row.changes and (company_id := facts[project_id].company_id)
        for person in row.people
    ]
    running.people_of(run, people)


def project_facts(actor: Actor, ids: Sequence[int]) -> list[ProjectFacts]:
    return matching.projects_by_id(actor, ids)


def _allowed(row: ReadRow, target: ProjectFacts) -> dict[str, Any]:
    """Differences that may be carried out now, as column values."""
    values: dict[str, Any] = {}
    for name, (before, after) in row.changes.items():
        if name == "company":
            values["company_id"] = row.fields["company"]["id"]
        elif name in target.values and (row.confirmed or before is None or not _asks(name)):
            values[name] = running.typed(name, after)
    return values


def _asks(name: str) -> bool:
    """Whether a difference waits for a person; the words of a date or an amount wait with it."""
    return name in CONFIRMED_ONLY or name.endswith(("_precision", "_text")) or name == "amount_note"


def _derived(target: ProjectFacts, values: dict[str, Any]) -> dict[str, Any]:
    """The tier follows the amounts, keys and search follow the name."""
    now = target.values | values
    derived: dict[str, Any] = {}
    if {"capital", "total_investment", "total_investment_usd"} & set(values):
        derived["tier"] = tier_of(
            now["capital"], now["total_investment"], now["total_investment_usd"], project_queries.tiers()
        )
    if {"name", "statistics_name", "investor_text"} & set(values):
        derived |= project_actions.name_columns(
            target.code, now["name"], now["statistics_name"], now["investor_text"]
        )
    return derived


def _history(run: Run, target: ProjectFacts, values: dict[str, Any]) -> list[dict[str, Any]]:
    told = {
        name: (_told(target.values.get(name)), _told(value))
        for name, value in values.items()
        if name in running.HISTORY and target.values.get(name) != value
    }
    told |= promises.moved(target.values, {**target.values, **values})
    return [
        {
            "project_id": target.id,
            "field": name,
            "before": before,
            "after": after,
            "changed_by": run.actor.user_id,
            "changed_at": run.now,
            "batch_id": run.batch.id,
        }
        for name, (before, after) in told.items()
    ]


def _told(value: Any) -> str | None:
    if value is None:
        return None
    return f"{value:f}"[:200] if isinstance(value, Decimal) else str(value)[:200]


def _plain(target: ProjectFacts, name: str) -> Any:
    """The value a column had, as undo puts it back."""
    value = target.company_id if name == "company_id" else target.values[name]
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


def _subject_of(target: ProjectFacts) -> audit.Subject:
    label = target.code if target.confidential else f"{target.code} {target.name}"
    return audit.Subject(
        "project",
        target.id,
        label,
        target.zone_id,
        target.id,
        None if target.confidential else target.company_id,
    )
