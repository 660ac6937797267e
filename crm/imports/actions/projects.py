"""A ledger into projects: investors, projects with their first stage, drafts of milestones, the week's progress, contacts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from crm.audit import actions as audit
from crm.companies import actions as companies
from crm.core import text
from crm.imports import queries
from crm.imports.actions import bulk, running, updating
from crm.imports.actions.companies import Written
from crm.imports.actions.deciding import ProjectDecider
from crm.imports.actions.preparing import draft_of
from crm.imports.actions.running import Run
from crm.imports.actions.staging import opened_many
from crm.imports.models import ImportRow
from crm.imports.rules import RowAction
from crm.imports.rules.rows import ReadRow
from crm.pipeline.models import StageChange
from crm.projects import actions as project_actions
from crm.projects import queries as project_queries
from crm.projects.models import Project
from crm.projects.rules import Capital, ProjectKind, Stage, Status, tier_of


def write(run: Run) -> Written:
    """One transaction's work; every row is decided anew, so what changed since the preview is seen."""
    decider = ProjectDecider(run.actor, run.names, run.today)
    wanted = (RowAction.NEW, RowAction.UPDATE, RowAction.DUPLICATE)
    for chunk in queries.staged(run.batch.id, wanted):
        rows = opened_many(chunk)
        decider.decide(rows)
        ids = {row.place: staged.id for staged, row in zip(chunk, rows, strict=True)}
        _register(run, [row for row in rows if row.action is RowAction.NEW or "company" in row.changes])
        _insert(run, [row for row in rows if row.action is RowAction.NEW], decider, ids)
        updating.update(run, [row for row in rows if row.action is RowAction.UPDATE], ids)
        run.written.duplicates += sum(row.action is RowAction.DUPLICATE for row in rows)
        results = [(staged_id, values) for staged_id, values in run.written.results]
        bulk.change(ImportRow, results)
        run.written.results.clear()
    return run.written


# --- investors ------------------------------------------------------------------------------------


def _register(run: Run, rows: Sequence[ReadRow]) -> None:
    """Gives every row's investor an id: known ones have it, the others are registered once each."""
    unknown: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        company = row.fields.get("company")
        if company and "id" not in company:
            unknown[company.get("uscc") or text.company_identity(company["name"])].append(company)
    drafts = [draft_of(group[0]) for group in unknown.values()]
    made = companies.insert_many(run.actor, drafts, batch_id=run.batch.id)
    for company_id, group in zip(made, unknown.values(), strict=True):
        for company in group:
            company["id"] = company_id
    _link(run, rows)


def _link(run: Run, rows: Sequence[ReadRow]) -> None:
    """Each zone gets its link to the investors of its rows."""
    zones: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        zone = run.names.by_code(row.fields.get("zone"))
        if zone is not None and "company" in row.fields:
            zones[zone.id].append(row.fields["company"]["id"])
    for zone_id, ids in zones.items():
        companies.link_many(run.actor, zone_id, ids, batch_id=run.batch.id)


# --- new projects ---------------------------------------------------------------------------------


def _insert(run: Run, rows: Sequence[ReadRow], decider: ProjectDecider, staged: dict[str, int]) -> None:
    if not rows:
        return
    pairs = list(zip(bulk.reserve(Project, len(rows)), rows, strict=True))
    values = _values(run, pairs, decider)
    bulk.write(Project, values)
    bulk.write(StageChange, [_first_stage(run, number, row) for number, row in pairs])
    running.milestones(run, pairs, set())
    running.progress(run, pairs)
    people = [
        (row.fields["company"]["id"], value["zone_id"], person)
        for value, row in zip(values, rows, strict=True)
        if "company" in row.fields
        for person in row.people
    ]
    running.people_of(run, people)
    made: list[tuple[audit.Subject, Mapping[str, Any]]] = [
        (_subject(value), {"name": (None, value["name"])}) for value in values
    ]
    audit.record_many(run.actor, "project.created", made, note=run.batch.filename)
    for number, row in pairs:
        run.written.results.append((staged[row.place], {"target_id": number, "action": RowAction.NEW}))
    run.written.new += len(rows)


def _values(run: Run, pairs: Sequence[tuple[int, ReadRow]], decider: ProjectDecider) -> list[dict[str, Any]]:
    """Every column of the new projects: codes, tiers, owners and what they are found by included."""
    codes = _codes(run, [row for _, row in pairs])
    tiers = project_queries.tiers()
    values = []
    for number, row in pairs:
        zone = run.names.by_code(row.fields.get("zone"))
        zone_id = zone.id if zone else None
        columns = _columns(row)
        owner = row.fields.get("owner", "")
        owner_id = decider.owners.get((zone_id, owner))
        if owner and owner_id is None:
            # The ledger's own word is kept until somebody of that name has an account.
            said = (columns["source_note"], f"台账责任人 {owner}")
            columns["source_note"] = "；".join(filter(None, said))[:200]
        place = {"id": number, "zone_id": zone_id, "first_zone_id": zone_id, "owner_id": owner_id}
        amounts = (columns["total_investment"], columns["total_investment_usd"])
        tier = tier_of(columns["capital"], *amounts, tiers)
        code = codes[row.place]
        values.append(columns | place | {"code": code, "tier": tier} | _common(run) | _names(columns, code))
    return values


def _codes(run: Run, rows: Sequence[ReadRow]) -> dict[str, str]:
    groups: dict[str | None, list[str]] = defaultdict(list)
    for row in rows:
        groups[row.fields.get("zone")].append(row.place)
    codes: dict[str, str] = {}
    for zone, places in groups.items():
        numbered = project_actions.next_codes(zone, run.today.year, len(places))
        codes |= dict(zip(places, numbered, strict=True))
    return codes


def _columns(row: ReadRow) -> dict[str, Any]:
    fields = row.fields
    columns: dict[str, Any] = {
        name: running.typed(name, fields.get(name)) for name in (*running.AMOUNTS, *running.DATES)
    }
    columns |= {name: fields.get(name, "") for name in running.WORDS}
    columns |= {
        name: running.typed(name, fields.get(name))
        for name in ("source", "first_contact_precision", "expected_sign_precision")
    }
    return columns | {
        "name": fields["name"],
        "company_id": fields.get("company", {}).get("id"),
        "capital": running.typed("capital", fields.get("capital")) or Capital.DOMESTIC,
        "kind": running.typed("kind", fields.get("kind")) or ProjectKind.NEW,
        "source_note": fields.get("source_note", "")[:200],
        "stage": Stage(fields.get("stage", "lead")),
        "confidential": bool(fields.get("confidential")),
    }


def _common(run: Run) -> dict[str, Any]:
    return {
        "stage_since": run.today,
        "status": Status.ACTIVE,
        "status_since": run.today,
        "status_reason": "",
        "chain_action_reason": "",
        "batch_id": run.batch.id,
        "is_demo": False,
        "created_by": run.actor.user_id,
        "created_at": run.now,
        "updated_at": run.now,
        "version": 1,
    }


def _names(columns: dict[str, Any], code: str) -> dict[str, str]:
    return project_actions.name_columns(
        code, columns["name"], columns["statistics_name"], columns["investor_text"]
    )


def _subject(values: dict[str, Any]) -> audit.Subject:
    """The audit's name for a project: the code alone where it is confidential."""
    hidden = values["confidential"]
    label = values["code"] if hidden else f"{values['code']} {values['name']}"
    company_id = None if hidden else values["company_id"]
    return audit.Subject("project", values["id"], label, values["zone_id"], values["id"], company_id)


def _first_stage(run: Run, project_id: int, row: ReadRow) -> dict[str, Any]:
    stage = Stage(row.fields.get("stage", "lead"))
    return {
        "project_id": project_id,
        "before": None,
        "after": stage,
        "cause": run.cause,
        "note": "导入时的阶段",
        "changed_by": run.actor.user_id,
        "at": run.now,
    }
