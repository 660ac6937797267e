"""The recognition queue: everything needed to decide on one screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, tuple_
from sqlalchemy.orm import aliased

from crm.accounts.models import User
from crm.companies.models import Company
from crm.core import paging, search
from crm.core.actor import Actor
from crm.core.db import UtcMoment, db
from crm.core.errors import RuleBroken
from crm.core.paging import Page, Window
from crm.pipeline import rules
from crm.pipeline.models import Milestone, Recognition
from crm.pipeline.queries.history import FileRow, files_of
from crm.pipeline.rules import MilestoneKind, MilestoneState
from crm.projects.models import Project
from crm.projects.rules import Capital, Tier
from crm.projects.scope import HIDDEN_INVESTOR, discloses_investor, visible_to
from crm.zones.models import Zone


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """`state` pending also holds what asks to be recognised again."""

    state: MilestoneState = MilestoneState.PENDING
    zone_id: int | None = None
    kind: MilestoneKind | None = None
    q: str = ""


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A submitted milestone with its project, its agreement and what has been counted so far."""

    id: int
    version: int
    kind: MilestoneKind
    state: MilestoneState
    needs_again: bool
    happened_on: date | None
    submitted_at: datetime | None
    submitted_by_id: int | None
    submitted_by: str
    decided_at: datetime | None
    decided_by: str
    decision_reason: str
    order_reason: str
    note: str
    parties: str
    agreement_total: Decimal | None
    agreement_total_usd: Decimal | None
    agreement_fixed: Decimal | None
    review_by: str
    review_on: date | None
    review_conclusion: str
    project_id: int
    code: str
    project: str
    investor: str
    zone: str | None
    capital: Capital
    project_total: Decimal | None
    project_total_usd: Decimal | None
    exclusion: str
    counted_amount: Decimal | None
    counted_amount_usd: Decimal | None
    counted_tier: Tier | None
    statistical_on: date | None
    tier: Tier | None
    files: tuple[FileRow, ...] = ()


def _columns() -> tuple[Any, ...]:
    """What a milestone itself says."""
    decider = _DECIDER
    return (
        Milestone.id,
        Milestone.version,
        Milestone.kind,
        Milestone.state,
        Milestone.needs_again,
        Milestone.happened_on,
        Milestone.submitted_at,
        Milestone.submitted_by.label("submitted_by_id"),
        func.coalesce(User.name, "系统").label("submitted_by"),
        Milestone.decided_at,
        func.coalesce(decider.name, "").label("decided_by"),
        Milestone.decision_reason,
        Milestone.order_reason,
        Milestone.note,
        Milestone.agreement_parties.label("parties"),
        Milestone.agreement_total,
        Milestone.agreement_total_usd,
        Milestone.agreement_fixed,
        Milestone.review_by,
        Milestone.review_on,
        Milestone.review_conclusion,
    )


def _around(actor: Actor) -> tuple[Any, ...]:
    """The project of a milestone, its names, and what has been counted so far."""
    return (
        Project.id.label("project_id"),
        Project.code,
        Project.name.label("project"),
        func.coalesce(Company.name, Project.investor_text).label("investor"),
        Zone.short_name.label("zone"),
        Project.capital,
        Project.total_investment.label("project_total"),
        Project.total_investment_usd.label("project_total_usd"),
        Project.exclusion,
        Recognition.amount.label("counted_amount"),
        Recognition.amount_usd.label("counted_amount_usd"),
        Recognition.tier.label("counted_tier"),
        Recognition.statistical_on,
        Project.tier,
        _SIGNED.agreement_total.label("signed_total"),
        _SIGNED.agreement_total_usd.label("signed_total_usd"),
        _AT.label("at"),
        discloses_investor(actor).label("disclosed"),
    )


_DECIDER = aliased(User)
_SIGNED = aliased(Milestone)
_AT = func.coalesce(Milestone.submitted_at, Milestone.created_at)


def _awaiting() -> ColumnElement[bool]:
    again = and_(Milestone.state == MilestoneState.RECOGNISED, Milestone.needs_again)
    return or_(Milestone.state == MilestoneState.PENDING, again)


def _of_state(state: MilestoneState) -> ColumnElement[bool]:
    return _awaiting() if state is MilestoneState.PENDING else Milestone.state == state


def _narrowed(actor: Actor, wanted: QueueFilter) -> list[ColumnElement[bool]]:
    found = [visible_to(actor), Milestone.phase_id.is_(None)]
    if wanted.zone_id is not None:
        found.append(Project.__table__.c.zone_id == wanted.zone_id)
    if wanted.kind is not None:
        found.append(Milestone.kind == wanted.kind)
    if search.words(wanted.q):
        found.append(
            search.matches(
                "projects",
                Project.id,
                Project.search_tokens,
                Project.search_text,
                wanted.q,
                db.engine.dialect.name,
            )
        )
        # Searching by an investor's name must not tell which project is his.
        found.append(discloses_investor(actor))
    return found


def queue(actor: Actor, wanted: QueueFilter, window: Window) -> Page[QueueRow]:
    """Waiting ones oldest first, decided ones newest first. Three statements at any size."""
    condition = and_(*_narrowed(actor, wanted), _of_state(wanted.state))
    total = db.session.scalar(
        select(func.count(Milestone.id)).join(Project, Project.id == Milestone.project_id).where(condition)
    )
    rows = db.session.execute(
        _page_query(actor, wanted, window).where(condition).limit(window.per_page + 1)
    ).all()
    shown = rows[: window.per_page]
    files = files_of([r.id for r in shown])
    following = paging.token(shown[-1].at.isoformat(), shown[-1].id) if len(rows) > window.per_page else None
    return Page([_row(r, files.get(r.id, ())) for r in shown], total or 0, window, following)


def _page_query(actor: Actor, wanted: QueueFilter, window: Window) -> Any:
    query = (
        select(*_columns(), *_around(actor))
        .join(Project, Project.id == Milestone.project_id)
        .outerjoin(Company, Company.id == Project.company_id)
        .outerjoin(Zone, Zone.id == Project.zone_id)
        .outerjoin(User, User.id == Milestone.submitted_by)
        .outerjoin(_DECIDER, _DECIDER.id == Milestone.decided_by)
        .outerjoin(
            Recognition, and_(Recognition.milestone_id == Milestone.id, Recognition.ended_at.is_(None))
        )
        .outerjoin(
            _SIGNED,
            and_(
                _SIGNED.project_id == Project.id,
                _SIGNED.kind == MilestoneKind.SIGNED,
                _SIGNED.phase_id.is_(None),
                _SIGNED.state.in_(rules.LIVE),
            ),
        )
    )
    oldest_first = wanted.state is MilestoneState.PENDING
    query = (
        query.order_by(_AT, Milestone.id) if oldest_first else query.order_by(_AT.desc(), Milestone.id.desc())
    )
    if window.after:
        at, last_id = paging.key_of(window.after, 2)
        here, seen = (
            tuple_(_AT, Milestone.id),
            tuple_(literal(_moment(at), UtcMoment), paging.number(last_id)),
        )
        return query.where(here > seen if oldest_first else here < seen)
    return query.offset((window.page - 1) * window.per_page)


def _moment(text: str | None) -> datetime:
    try:
        return datetime.fromisoformat(text or "")
    except ValueError as error:
        raise RuleBroken("翻页位置无法识别，请回到第一页。", field="after") from error


def _row(r: Any, files: Sequence[FileRow]) -> QueueRow:
    values = {
        name: getattr(r, name) for name in QueueRow.__dataclass_fields__ if name not in ("files", "exclusion")
    }
    if not r.disclosed:
        values |= {"investor": HIDDEN_INVESTOR, "parties": ""}
        files = [f.closed() for f in files]
    if r.kind is not MilestoneKind.SIGNED:
        # Later milestones are counted with the figures of the signed agreement.
        values |= {"agreement_total": r.signed_total, "agreement_total_usd": r.signed_total_usd}
    return QueueRow(**values, exclusion=r.exclusion.value if r.exclusion else "", files=tuple(files))


def state_counts(actor: Actor, wanted: QueueFilter) -> dict[MilestoneState, int]:
    """How many stand in each state behind the other filters; one statement."""
    rows = db.session.execute(
        select(Milestone.state, func.count(Milestone.id))
        .join(Project, Project.id == Milestone.project_id)
        .where(*_narrowed(actor, wanted))
        .group_by(Milestone.state)
    )
    found = {state: count for state, count in rows}
    again = db.session.scalar(
        select(func.count(Milestone.id))
        .join(Project, Project.id == Milestone.project_id)
        .where(*_narrowed(actor, wanted), Milestone.state == MilestoneState.RECOGNISED, Milestone.needs_again)
    )
    return found | {MilestoneState.PENDING: found.get(MilestoneState.PENDING, 0) + (again or 0)}
