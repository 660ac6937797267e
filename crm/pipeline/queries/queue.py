"""The recognition queue: everything needed to decide on one screen."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, tuple_

from crm.accounts.models import User
from crm.companies.models import Company
from crm.core import paging, search
from crm.core.actor import Actor
from crm.core.db import UtcMoment, db
from crm.core.errors import RuleBroken
from crm.core.paging import Page, Window
from crm.pipeline import rules
from crm.pipeline.models import Milestone, Recognition
from crm.pipeline.queries.queue_rows import AT, DECIDER, SIGNED, QueueRow, around, columns, rows_of
from crm.pipeline.rules import MilestoneKind, MilestoneState
from crm.projects.models import Phase, Project
from crm.projects.scope import discloses_investor, visible_to
from crm.zones.models import Zone


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """`state` pending also holds what asks to be recognised again; `before` keeps what was submitted no later."""

    state: MilestoneState = MilestoneState.PENDING
    zone_id: int | None = None
    kind: MilestoneKind | None = None
    q: str = ""
    before: datetime | None = None
    id: int | None = None


def queue_of_one(milestone_id: int) -> QueueFilter:
    """One milestone in the state it has."""
    stone = db.session.get(Milestone, milestone_id)
    if stone is None or stone.needs_again:
        return QueueFilter(id=milestone_id)
    return QueueFilter(stone.state, id=milestone_id)


def _awaiting() -> ColumnElement[bool]:
    again = and_(Milestone.state == MilestoneState.RECOGNISED, Milestone.needs_again)
    return or_(Milestone.state == MilestoneState.PENDING, again)


def _of_state(state: MilestoneState) -> ColumnElement[bool]:
    return _awaiting() if state is MilestoneState.PENDING else Milestone.state == state


def _narrowed(actor: Actor, wanted: QueueFilter) -> list[ColumnElement[bool]]:
    found = [visible_to(actor)]
    if wanted.id is not None:
        found.append(Milestone.id == wanted.id)
    if wanted.before is not None:
        found.append(Milestone.submitted_at <= wanted.before)
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
    """Waiting ones oldest first, decided ones newest first. Four statements at any size."""
    condition = and_(*_narrowed(actor, wanted), _of_state(wanted.state))
    total = db.session.scalar(
        select(func.count(Milestone.id)).join(Project, Project.id == Milestone.project_id).where(condition)
    )
    rows = db.session.execute(
        _page_query(actor, wanted, window).where(condition).limit(window.per_page + 1)
    ).all()
    shown = rows[: window.per_page]
    following = paging.token(shown[-1].at.isoformat(), shown[-1].id) if len(rows) > window.per_page else None
    return Page(rows_of(shown), total or 0, window, following)


def _page_query(actor: Actor, wanted: QueueFilter, window: Window) -> Any:
    query = (
        select(*columns(), *around(actor))
        .join(Project, Project.id == Milestone.project_id)
        .outerjoin(Company, Company.id == Project.company_id)
        .outerjoin(Zone, Zone.id == Project.zone_id)
        .outerjoin(User, User.id == Milestone.submitted_by)
        .outerjoin(DECIDER, DECIDER.id == Milestone.decided_by)
        .outerjoin(Phase, Phase.id == Milestone.phase_id)
        .outerjoin(
            Recognition, and_(Recognition.milestone_id == Milestone.id, Recognition.ended_at.is_(None))
        )
        .outerjoin(
            SIGNED,
            and_(
                SIGNED.project_id == Project.id,
                SIGNED.kind == MilestoneKind.SIGNED,
                SIGNED.phase_id.is_(None),
                SIGNED.state.in_(rules.LIVE),
            ),
        )
    )
    oldest_first = wanted.state is MilestoneState.PENDING
    query = (
        query.order_by(AT, Milestone.id) if oldest_first else query.order_by(AT.desc(), Milestone.id.desc())
    )
    if window.after:
        at, last_id = paging.key_of(window.after, 2)
        here, seen = (
            tuple_(AT, Milestone.id),
            tuple_(literal(_moment(at), UtcMoment), paging.number(last_id)),
        )
        return query.where(here > seen if oldest_first else here < seen)
    return query.offset((window.page - 1) * window.per_page)


def _moment(text: str | None) -> datetime:
    try:
        return datetime.fromisoformat(text or "")
    except ValueError as error:
        raise RuleBroken("翻页位置无法识别，请回到第一页。", field="after") from error


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
