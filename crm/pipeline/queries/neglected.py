"""Projects in progress whose investor nobody has visited for longer than their stage and tier allow (decision 11).

The time on hold does not count. Whether somebody was there is asked of an index for each project, whatever the number of
visits; how long ago it was is read for the rows that are shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    String,
    case,
    cast,
    exists,
    func,
    literal,
    select,
    tuple_,
    type_coerce,
)

from crm.accounts.models import User
from crm.core import paging
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.paging import Page, Window
from crm.core.sqldays import city_day, days_before, days_between
from crm.followups import rules as duties
from crm.notices.models import Told
from crm.notices.rules import Topic
from crm.pipeline.queries.hold_sql import ever_held, held_days
from crm.projects.models import Project
from crm.projects.queries import Filter
from crm.projects.queries.filters import conditions
from crm.projects.rules import Stage, Status, Tier
from crm.settings import queries as settings
from crm.visits import queries as visits
from crm.visits.models import Visit
from crm.zones.models import Zone

SUBJECT = "project"
#: What stands for the last contact of a project that nobody ever visited.
_NEVER = "-"


@dataclass(frozen=True, slots=True)
class NeglectedRow:
    """`last` None: never visited. `days` since then, or since the project is known, without the time on hold."""

    id: int
    code: str
    name: str
    confidential: bool
    zone: str | None
    stage: Stage
    tier: Tier | None
    owner_id: int | None
    owner: str | None
    last: date | None
    since: date
    days: int
    limit: int


def _limit() -> Any:
    """The days that the project's stage and tier allow; an unknown tier is held to the lowest one's."""
    tier = func.coalesce(Project.tier, Tier.BELOW.value)
    lines = []
    for row in settings.value("contact_limits"):
        stages = [stage for stage in Stage if duties.LINE_OF[stage] == row["code"]]
        lines.append(
            (Project.stage.in_(stages), case({each.value: int(row[each.value]) for each in Tier}, value=tier))
        )
    return case(*lines)


def _ranked(today: date, where: Sequence[ColumnElement[bool]]) -> Any:
    """Projects in progress under `where` that nobody visited since their limit: id, limit, last, since, days.

    Each layer names what the next one uses several times: the statement is built anew for every page.
    """
    known = func.coalesce(Project.first_contact_on, city_day(Project.created_at))
    base = (
        select(Project.id.label("id"), known.label("known"), _limit().label("limit"))
        .where(Project.status == Status.ACTIVE, *where)
        .subquery("base")
    )
    cut = days_before(literal(today), base.c.limit)
    with_investor = exists().where(
        Visit.company_id == Project.company_id,
        Visit.zone_id == Project.zone_id,
        Visit.happened_on >= cut,
    )
    # Narrowed by an index before the last contact, which also knows of visits about the project, is read for what is left:
    # free to choose, PostgreSQL reads it for every project in progress first.
    quiet = (
        select(base.c.id, base.c.known, base.c.limit)
        .join(Project, Project.id == base.c.id)
        .where(base.c.known < cut, ~with_investor.correlate(Project, base))
        .cte("quiet")
        .prefix_with("MATERIALIZED")
    )
    last = type_coerce(visits.last_contact_sql(), Date).label("last")
    facts = (
        select(quiet.c.id, quiet.c.known, quiet.c.limit, last, ever_held().label("held"))
        .join(Project, Project.id == quiet.c.id)
        .cte("facts")
        .prefix_with("MATERIALIZED")
    )
    since = type_coerce(func.coalesce(facts.c.last, facts.c.known), Date)
    on_hold = case((facts.c.held, held_days(since, today, facts.c.id)), else_=0)
    days = days_between(literal(today), since) - on_hold
    return select(facts.c.id, facts.c.limit, facts.c.last, since.label("since"), days.label("days")).subquery(
        "ranked"
    )


def _rows_of(late: Any, *more: Any) -> Select[Any]:
    """Names and the like of projects that are `late`."""
    return (
        select(
            Project.id,
            Project.code,
            Project.name,
            Project.confidential,
            Zone.short_name.label("zone"),
            Project.stage,
            Project.tier,
            Project.owner_id,
            User.name.label("owner"),
            late.c.last,
            late.c.since,
            late.c.days,
            late.c.limit,
            *more,
        )
        .select_from(late)
        .join(Project, Project.id == late.c.id)
        .outerjoin(Zone, Zone.id == Project.zone_id)
        .outerjoin(User, User.id == Project.owner_id)
    )


def list_neglected(actor: Actor, wanted: Filter, window: Window, today: date) -> Page[NeglectedRow]:
    """The longest without a visit first. One statement at any size, and one more behind the last page."""
    ranked = _ranked(today, conditions(actor, wanted))
    too_long = ranked.c.days > ranked.c.limit
    late = select(ranked, func.count().over().label("total")).where(too_long).subquery("late")
    shown = select(late)
    if window.after:
        day, number = paging.key_of(window.after, 2)
        at = tuple_(literal(paging.day(day)), literal(paging.number(number)))
        shown = shown.where(tuple_(late.c.since, late.c.id) > at)
    else:
        shown = shown.offset((window.page - 1) * window.per_page)
    # Names are joined to the rows that are shown alone.
    page = shown.order_by(late.c.since, late.c.id).limit(window.per_page + 1).subquery("page")
    found = db.session.execute(_rows_of(page, page.c.total).order_by(page.c.since, page.c.id)).all()
    total = found[0].total if found else 0
    if not found and (window.after or window.page > 1):
        total = db.session.scalar(select(func.count()).select_from(ranked).where(too_long)) or 0
    items = [NeglectedRow(*row[:-1]) for row in found[: window.per_page]]
    following = None
    if len(found) > window.per_page:
        following = paging.token(items[-1].since, items[-1].id)
    return Page(items, total, window, following)


def untold(today: date, most: int) -> Sequence[NeglectedRow]:
    """Those whose owner was not told since the last visit, by owner; of owners whose account is in use. One statement."""
    ranked = _ranked(today, [Project.owner_id.is_not(None)])
    told = exists().where(
        Told.topic == Topic.NEGLECTED,
        Told.subject_type == SUBJECT,
        Told.subject_id == ranked.c.id,
        Told.key == func.coalesce(cast(ranked.c.last, String), _NEVER),
        Told.user_id == Project.owner_id,
    )
    query = _rows_of(ranked).where(ranked.c.days > ranked.c.limit, User.active, ~told)
    query = query.order_by(Project.owner_id, ranked.c.id).limit(most)
    return [NeglectedRow(*row) for row in db.session.execute(query)]


def key_of(row: NeglectedRow) -> str:
    return row.last.isoformat() if row.last else _NEVER
