"""The time a project was on hold, as SQL expressions over the project in the enclosing select's FROM."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Subquery, case, func, select
from sqlalchemy.orm import aliased

from crm.core.sqldays import days_between, earlier_of, later_of
from crm.pipeline.models import StatusChange
from crm.projects.models import Project
from crm.projects.rules import Status

_project_id = Project.__table__.c.id


def _all_pauses() -> Subquery:
    """(project_id, since, until) of every time on hold, `until` NULL while it lasts: `rules.pauses_of`."""
    hold, before, after = aliased(StatusChange), aliased(StatusChange), aliased(StatusChange)
    came_from = (
        select(before.after)
        .where(before.project_id == hold.project_id, before.approved.is_(True), before.id < hold.id)
        .order_by(before.id.desc())
        .limit(1)
        .correlate(hold)
        .scalar_subquery()
    )
    until = (
        select(after.effective_on)
        .where(
            after.project_id == hold.project_id,
            after.approved.is_(True),
            after.id > hold.id,
            after.after != Status.ON_HOLD,
        )
        .order_by(after.id)
        .limit(1)
        .correlate(hold)
        .scalar_subquery()
    )
    return (
        select(hold.project_id, hold.effective_on.label("since"), until.label("until"))
        .where(
            hold.approved.is_(True),
            hold.after == Status.ON_HOLD,
            func.coalesce(came_from, "") != Status.ON_HOLD.value,
        )
        .subquery("pauses")
    )


#: Put together once: what many pages ask for is the same whoever asks and whenever.
_PAUSES = _all_pauses()
_HELD = select(StatusChange.project_id).where(
    StatusChange.approved.is_(True), StatusChange.after == Status.ON_HOLD
)
_EVER_HELD = Project.id.in_(_HELD)


def ever_held() -> ColumnElement[bool]:
    """A set read once, however many projects are looked at; hardly any project is in it."""
    return _EVER_HELD


def held_days(since: Any, today: date, project_id: ColumnElement[int] = _project_id) -> Any:
    """Days on hold after `since`: the sum of `rules.running_days`.

    `project_id` is the project's column in the enclosing select.
    """
    until = earlier_of(func.coalesce(_PAUSES.c.until, today), today)
    days = days_between(until, later_of(_PAUSES.c.since, since))
    total = (
        select(func.sum(case((days > 0, days), else_=0)))
        .where(_PAUSES.c.project_id == project_id)
        .correlate_except(_PAUSES)
        .scalar_subquery()
    )
    return func.coalesce(total, 0)


def review_on() -> Any:
    """The review date of the hold a project is in: of its last change of status."""
    return (
        select(case((StatusChange.after == Status.ON_HOLD, StatusChange.review_on)))
        .where(StatusChange.project_id == Project.id, StatusChange.approved.is_(True))
        .order_by(StatusChange.id.desc())
        .limit(1)
        .correlate(Project)
        .scalar_subquery()
    )
