"""The page of one project: head, stage rail, gate, tabs, what comes next."""

from collections.abc import Sequence
from typing import Any

from flask import render_template, request, url_for
from markupsafe import Markup

from crm.accounts.permissions import PROJECT_SEE
from crm.assignments import queries as assignments
from crm.assignments.rules import ASSIGNMENT_LABELS
from crm.chains.rules import ACTION_LABELS
from crm.core import clock
from crm.core.actor import Actor
from crm.core.paging import Window
from crm.followups import queries as followups
from crm.pipeline import queries as pipeline
from crm.pipeline.queries import AdjustmentFilter
from crm.pipeline.rules import END_LABELS, month_of
from crm.projects import actions, forms, queries
from crm.projects.queries import GrantRow, Record
from crm.projects.rules import (
    ATTACHMENT_LABELS,
    CAPITAL_LABELS,
    CREDIT_LABELS,
    EXCLUSION_LABELS,
    PHASE_KIND_LABELS,
    PROJECT_KIND_LABELS,
    SOURCE_LABELS,
    STATUS_LABELS,
    AttachmentKind,
    Stage,
    Status,
    Tier,
    credits,
)
from crm.projects.rules import files as file_rules
from crm.projects.views import around, bp, facts, filing, phases, quota, standing, transfer
from crm.targeting import queries as targeting
from crm.visits import queries as visits
from crm.visits.rules import MODE_LABELS
from crm.web import guard

TABS = ("overview", "visits", "milestones", "people", "files", "changes")


@bp.get("/projects/<code>")
@guard.requires(PROJECT_SEE)
def show(code: str) -> Any:
    return page(guard.current(), code)


def page(
    actor: Actor,
    code: str,
    *,
    progress: forms.ProgressForm | None = None,
    upload: forms.AttachmentForm | None = None,
) -> str:
    """The page; a refused progress or upload form comes back on it with its errors."""
    record = queries.record(actor, code)
    tab = "files" if upload else request.args.get("tab", "")
    tab = tab if tab in TABS else "overview"
    tiers = {row.code.value: row.label for row in queries.tiers()}
    around_it = _gathered(actor, record, tiers)
    begun = sum(1 for row in around_it["milestones"] if row.state)
    counts = queries.tab_counts(record.project.id)
    return render_template(
        "projects/show.html",
        record=record,
        project=record.project,
        code=record.project.code,
        tier=tiers.get(record.project.tier.value, "") if record.project.tier else "",
        tier_labels={Tier(value): words for value, words in tiers.items()},
        money=facts.head_money(record.project),
        may_submit=record.may_submit,
        tab=tab,
        tabs=_tabs(record, tab, len(around_it["visits"]), begun, counts),
        labels=_LABELS,
        **around_it,
        **_tab(actor, record, tab, tiers, progress, upload),
    )


def _gathered(actor: Actor, record: Record, tiers: dict[str, str]) -> dict[str, Any]:
    """What every tab shows of the features above: rail, gate, light, people, what is owed next, what happened."""
    project, today = record.project, clock.today()
    logged = visits.of_project(actor, project.id)
    stones = pipeline.stones_of(project, disclosed=record.disclosed)
    milestones = stones.own
    moves = pipeline.stage_history(project)
    asked = request.args.get("to", "")
    to = Stage(asked) if asked in set(Stage) else None
    gate = pipeline.gate_of(actor, project, to) if project.status is Status.ACTIVE else None
    assigned = [
        (ASSIGNMENT_LABELS[a.kind], f"{a.name} {a.title}".strip())
        for a in assignments.of_project(project.id, today)
    ]
    return {
        "visits": logged,
        "targets": targeting.of_project(actor, project.id) if record.disclosed else [],
        "milestones": milestones,
        "phase_stones": {row.no: row for row in stones.phases},
        "stages": around.rail(record, milestones, moves, gate),
        "gate": gate,
        "quota_effect": quota.effect(actor, record, gate),
        "light": pipeline.lights_of([project.id], today).get(project.id),
        "duties": followups.of_project(actor, project.id, today, open_only=True, most=12),
        "people": around.people(actor, record, assigned),
        **standing.aside(project),
        "filing": filing.panel(actor, record),
        "moving": transfer.panel(actor, record),
        "timeline": around.timeline(
            record,
            logged,
            moves,
            queries.changes_of(project.id, 12),
            tiers,
            {row.no: row.name for row in stones.phases},
        ),
    }


_LABELS = {
    "attachment": ATTACHMENT_LABELS,
    "capital": CAPITAL_LABELS,
    "kind": PROJECT_KIND_LABELS,
    "source": SOURCE_LABELS,
    "status": STATUS_LABELS,
    "exclusion": EXCLUSION_LABELS,
    "action": ACTION_LABELS,
    "credit": CREDIT_LABELS,
    "mode": MODE_LABELS,
}


def _tabs(
    record: Record, tab: str, visited: int, milestones: int, counts: tuple[int, int]
) -> list[dict[str, Any]]:
    words = ("概况", "走访", "里程碑与证据", "责任", "文件", "变更")
    numbers = (None, visited, milestones, None, counts[0], counts[1])
    return [
        {
            "label": label,
            "url": url_for(
                "projects.show", code=record.project.code, tab=None if name == "overview" else name
            ),
            "count": count,
            "current": name == tab,
        }
        for name, label, count in zip(TABS, words, numbers, strict=True)
    ]


def _tab(
    actor: Actor,
    record: Record,
    tab: str,
    tiers: dict[str, str],
    progress: forms.ProgressForm | None,
    upload: forms.AttachmentForm | None,
) -> dict[str, Any]:
    """What only the open tab needs."""
    project = record.project
    if tab == "overview":
        return {
            **_agreed(record),
            "notes": queries.notes_of(project.id),
            "progress": progress or _progress_form(record),
            "money_facts": facts.money_facts(record),
            "basics_facts": facts.basics_facts(record),
            "investor_facts": facts.investor_facts(
                record, lambda id_: _company_link(id_, record.investor_name)
            ),
            "statistics_facts": facts.statistics_facts(record),
            "privacy_facts": facts.privacy_facts(record),
        }
    if tab == "milestones":
        adjusted = pipeline.adjustments(actor, Window(per_page=5), AdjustmentFilter(project=project))
        return {"adjusted": adjusted, "ended": END_LABELS, **standing.truth(actor, record)}
    if tab == "files":
        files: Sequence[Any] = queries.attachments_of(project.id) if record.disclosed else ()
        return {
            "files": files,
            "held": facts.held(project),
            "upload": upload or forms.AttachmentForm(formdata=None, data=_asked_kind()),
            "accept": file_rules.ACCEPT,
            "limits": actions.limits(),
        }
    if tab == "changes":
        story = around.story(record, queries.story_of(project.id), tiers)
        return {"story": story, **standing.changes(project)}
    return _responsible(record) if tab == "people" else {}


def _responsible(record: Record) -> dict[str, Any]:
    """Who first talked, who was given rights, and how the credit is shared."""
    project = record.project
    rows = queries.credits_of(project.id)
    in_force = credits.in_force(
        [credits.ShareRow(r.effective_on, r.indicator, r.zone_id, r.share) for r in rows], clock.today()
    )
    names = {r.zone_id: r.zone for r in rows}
    return {
        "first_zone": next((z.label for z in queries.all_zones() if z.id == project.first_zone_id), None),
        "grant_rows": [_grant(row) for row in queries.grants_of(project.id, clock.today())],
        "credits": [
            (indicator, [(names[z], share) for z, share in shares.items()])
            for indicator, shares in in_force.items()
        ],
    }


def _agreed(record: Record) -> dict[str, Any]:
    """Phases and increases with their sums, what was invested so far, and who invested before."""
    project, this = record.project, month_of(clock.today())
    known = queries.phases_of(project.id)
    return {
        "phases": known,
        "phase_hint": phases.sums_hint(project, known),
        "phase_kinds": PHASE_KIND_LABELS,
        "invested": pipeline.standings([project.id], this).get(project.id),
        "this_month": this,
        "owners": queries.investor_changes(project.id, disclosed=record.disclosed),
    }


def _asked_kind() -> dict[str, Any]:
    """The kind of file that a gate sent here for."""
    asked = request.args.get("kind", "")
    return {"kind": AttachmentKind(asked)} if asked in set(AttachmentKind) else {}


def _grant(row: GrantRow) -> tuple[str, ...]:
    level = {"read": "查看", "work": "办理"}[row.level.value]
    until = row.ends_on.isoformat() if row.ends_on else "长期"
    return (
        row.user or row.unit or "",
        level,
        _SOURCES.get(row.source, row.source),
        row.starts_on.isoformat(),
        until,
    )


_SOURCES = {
    "assignment": "服务专员",
    "task_force": "专班",
    "first_talk": "首谈",
    "transfer": "流转",
    "opinion": "征求意见",
}


def _company_link(company_id: int, name: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(url_for("companies.show", company_id=company_id), name)


def _progress_form(record: Record) -> forms.ProgressForm:
    """Empty, or filled with the last note when 复制上周 was asked for."""
    values: dict[str, Any] = {"on": clock.today()}
    last = queries.newest_note(record.project.id) if request.args.get("copy") else None
    if last is not None:
        values |= {"done": last.done, "problem": last.problem, "next_step": last.next_step, "copied": "1"}
    return forms.ProgressForm(formdata=None, data=values)
