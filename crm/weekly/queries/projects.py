"""Projects as they stood at a moment, in a fixed number of statements."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, func, or_, select

from crm.accounts.models import User
from crm.assignments.models import Assignment
from crm.chains.models import ChainNode
from crm.companies.models import Company
from crm.core import clock, dates
from crm.core.db import db
from crm.pipeline.models import Milestone, Recognition
from crm.pipeline.rules import LIVE, Made, MilestoneKind, counts_at
from crm.projects.models import Phase, ProgressNote, Project, ProjectChange
from crm.projects.rules import PhaseKind, Stage, Status
from crm.projects.scope import HIDDEN_INVESTOR, discloses_investor, visible_to
from crm.settings import queries as settings
from crm.targeting.queries.rows import direction
from crm.units.models import Leader
from crm.weekly.queries import invested, then
from crm.weekly.queries.asked import Ask
from crm.weekly.rules import Invested, ProjectRow, Reached
from crm.zones.models import Zone

HIDDEN_NAME = "保密项目"
UNPLACED = "未定板块"
_AMOUNTS = ("total_investment", "total_investment_usd", "fixed_investment")


def _columns(ask: Ask) -> tuple[Any, ...]:
    return (
        Project.id,
        Project.code,
        Project.name,
        Project.zone_id,
        Zone.short_name.label("zone"),
        Company.name.label("company"),
        Project.investor_text,
        Company.business,
        Project.content,
        Project.total_investment,
        Project.total_investment_usd,
        Project.fixed_investment,
        Project.fx_rate,
        Project.land_mu,
        Project.industry,
        Project.first_contact_on,
        Project.first_contact_precision,
        then.stage(ask).label("stage_then"),
        then.status(ask).label("status_then"),
        Project.expected_sign_on,
        Project.expected_sign_precision,
        Project.expected_start_on,
        func.coalesce(Project.chain_action, direction()).label("action"),
        ChainNode.chain_id,
        User.name.label("owner"),
        Project.created_at,
        case((discloses_investor(ask.actor), 1), else_=0).label("told"),
        case((visible_to(ask.actor), 1), else_=0).label("visible"),
    )


def _select(ask: Ask) -> Any:
    return (
        select(*_columns(ask))
        .outerjoin(Zone, Zone.id == Project.zone_id)
        .outerjoin(Company, Company.id == Project.company_id)
        .outerjoin(ChainNode, ChainNode.id == Project.node_id)
        .outerjoin(User, User.id == Project.owner_id)
        .where(ask.projects, Project.created_at <= ask.known_at)
        .order_by(Zone.order_no.nulls_last(), Project.total_investment.desc().nulls_last(), Project.id)
    )


def rows(
    ask: Ask, wanted: ColumnElement[bool] | None = None, most: int | None = None
) -> tuple[ProjectRow, ...]:
    """Projects of the reach by zone and size, all or the first `most` of those `wanted`; confidential ones masked."""
    statement = _select(ask)
    if wanted is not None:
        statement = statement.where(wanted)
    found = db.session.execute(statement.limit(most)).all()
    if most is not None:
        ask = replace(ask, ids=tuple(row.id for row in found))
    reached, leaders, amounts, notes = _reached(ask), _leaders(ask), _amounts_then(ask), _notes(ask)
    rate: Decimal = settings.value("fx_rate")
    money = invested.of(ask)
    return tuple(
        _row(r, reached.get(r.id, {}), leaders.get(r.id, ""), amounts, rate, notes.get(r.id), money.get(r.id))
        for r in found
    )


def staged(ask: Ask, least: Stage, most: Stage) -> ColumnElement[bool]:
    """In stock, between two stages."""
    stages = [stage for stage in Stage if least.order <= stage.order <= most.order]
    return and_(then.stage(ask).in_(stages), then.status(ask).in_((Status.ACTIVE, Status.ON_HOLD)))


def without_note(ask: Ask) -> ColumnElement[bool]:
    """Under way, not finished, and without a note of the week: `rules.ProjectRow.owes_note` as a condition."""
    stages = [stage for stage in Stage if stage.order < Stage.COMPLETED.order]
    written = select(ProgressNote.project_id).where(
        ProgressNote.week == ask.week, ProgressNote.created_at <= ask.known_at
    )
    return and_(then.stage(ask).in_(stages), then.status(ask) == Status.ACTIVE, Project.id.not_in(written))


def _notes(ask: Ask) -> dict[int, Any]:
    """Project → its last note of the week. Read apart: joined, SQLite goes through all notes for every project."""
    columns = (ProgressNote.project_id, ProgressNote.done, ProgressNote.problem, ProgressNote.next_step)
    found = db.session.execute(
        select(*columns)
        .join(Project, Project.id == ProgressNote.project_id)
        .where(
            ask.projects,
            ProgressNote.week == ask.week,
            ProgressNote.created_at <= ask.known_at,
        )
        .order_by(ProgressNote.id)
    )
    return {row.project_id: row for row in found}


def _row(
    row: Row[Any],
    reached: Mapping[MilestoneKind, Reached],
    leaders: str,
    amounts: Mapping[tuple[int, str], Decimal | None],
    rate: Decimal,
    note: Any,
    made: Invested | None,
) -> ProjectRow:
    total, usd, fixed = (amounts.get((row.id, name), getattr(row, name)) for name in _AMOUNTS)
    # One rate a year, frozen on the record at signing, serves sums only (decision 2).
    converted = total is None and usd is not None
    amount = usd * (row.fx_rate or rate) if total is None and usd is not None else total
    return ProjectRow(
        id=row.id,
        code=row.code,
        zone_id=row.zone_id,
        zone=row.zone or UNPLACED,
        amount=amount,
        fixed=fixed,
        usd=usd,
        converted=converted,
        land_mu=row.land_mu,
        industry=row.industry,
        first_contact=_fuzzy(row.first_contact_on, row.first_contact_precision),
        stage=Stage(row.stage_then),
        status=Status(row.status_then),
        expected_sign=_fuzzy(row.expected_sign_on, row.expected_sign_precision),
        expected_start_on=row.expected_start_on,
        has_note=note is not None,
        owner=row.owner or "",
        leaders=leaders,
        created_at=row.created_at,
        visible=bool(row.visible),
        chain_id=row.chain_id,
        action=row.action,
        reached=reached,
        invested=made,
        **_words(row, note),
    )


def _words(row: Row[Any], note: Any) -> dict[str, str]:
    """What could tell who the investor is; empty or masked where the reader may not know."""
    if not row.told:
        hidden = {"name": f"{HIDDEN_NAME} {row.code}", "investor": HIDDEN_INVESTOR}
        return hidden | dict.fromkeys(("profile", "content", "done", "problem", "next_step"), "")
    return {
        "name": row.name,
        "investor": row.company or row.investor_text,
        "profile": row.business or "",
        "content": row.content,
        "done": note.done if note else "",
        "problem": note.problem if note else "",
        "next_step": note.next_step if note else "",
    }


def _fuzzy(on: Any, precision: Any) -> str:
    return "" if on is None else dates.show_span(on, precision or dates.Precision.DAY)


def _reached(ask: Ask) -> dict[int, dict[MilestoneKind, Reached]]:
    """Project → its milestones submitted with evidence by the moment, with the recognition then in force."""
    stones = db.session.execute(
        select(Milestone.project_id, Milestone.kind, Milestone.happened_on)
        .join(Project, Project.id == Milestone.project_id)
        .where(
            ask.projects,
            Milestone.phase_id.is_(None),
            Milestone.submitted_at <= ask.known_at,
            or_(Milestone.state.in_(LIVE), Milestone.decided_at > ask.known_at)
            if ask.past
            else Milestone.state.in_(LIVE),
        )
    )
    found: dict[int, dict[MilestoneKind, Reached]] = {}
    for project_id, kind, happened_on in stones:
        found.setdefault(project_id, {})[kind] = Reached(happened_on)
    for row in _recognitions(ask):
        made = Made(row.statistical_on, row.recognised_at, row.ended_at, row.ended_on, row.restored_at)
        if counts_at(made, clock.local(ask.known_at).date(), ask.known_at):
            reached = Reached(row.happened_on, row.statistical_on, row.recognised_at)
            kinds = found.setdefault(row.project_id, {})
            # The first phase to begin is the project's beginning; its own milestone goes before.
            if row.phase_id is None or row.kind not in kinds:
                kinds[row.kind] = reached
    return found


def _recognitions(ask: Ask) -> Iterable[Row[Any]]:
    columns = (
        Recognition.project_id,
        Recognition.kind,
        Recognition.happened_on,
        Recognition.statistical_on,
        Recognition.recognised_at,
        Recognition.ended_at,
        Recognition.ended_on,
        Recognition.restored_at,
        Recognition.phase_id,
    )
    return db.session.execute(
        select(*columns)
        .join(Project, Project.id == Recognition.project_id)
        .outerjoin(Phase, Phase.id == Recognition.phase_id)
        .where(
            ask.projects,
            Recognition.recognised_at <= ask.known_at,
            # An increase is no second signing; of a phase only its start says something of the whole.
            or_(
                Recognition.phase_id.is_(None),
                and_(Phase.kind == PhaseKind.PHASE, Recognition.kind == MilestoneKind.STARTED),
            ),
        )
        .order_by(Recognition.id)
    )


def _leaders(ask: Ask) -> dict[int, str]:
    """Project → its leaders in force, by rank and never by the alphabet."""
    day = clock.local(ask.known_at).date()
    found: dict[int, str] = {}
    rows = db.session.execute(
        select(Assignment.project_id, Leader.name)
        .join(Leader, Leader.id == Assignment.leader_id)
        .join(Project, Project.id == Assignment.project_id)
        .where(
            ask.projects,
            Assignment.starts_on <= day,
            or_(Assignment.ends_on.is_(None), Assignment.ends_on >= day),
        )
        .order_by(Assignment.project_id, Leader.rank_no, Leader.id)
    )
    for project_id, name in rows:
        found[project_id] = f"{found[project_id]}、{name}" if project_id in found else name
    return found


def _amounts_then(ask: Ask) -> dict[tuple[int, str], Decimal | None]:
    """Amounts that have changed since: what stood before the first change after the moment."""
    if not ask.past:
        return {}
    rows = db.session.execute(
        select(ProjectChange.project_id, ProjectChange.field, ProjectChange.before)
        .join(Project, Project.id == ProjectChange.project_id)
        .where(
            ask.projects,
            ProjectChange.field.in_(_AMOUNTS),
            ProjectChange.changed_at > ask.known_at,
        )
        .order_by(ProjectChange.id.desc())
    )
    return {(project_id, field): _decimal(before) for project_id, field, before in rows}


def _decimal(text: str | None) -> Decimal | None:
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation:
        return None
