"""Opening an issue: its number is written down the first time it is asked for and never changes again. Its workbook."""

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from crm.accounts import permissions
from crm.audit import actions as audit
from crm.core import db as database
from crm.core.actor import Actor
from crm.core.calendar import Week
from crm.settings import queries as settings
from crm.tasks import actions as tasks
from crm.tasks.models import Task
from crm.weekly import rules
from crm.weekly.models import WeeklyIssue
from crm.weekly.rules import Issue, Report


def open_issue(week: Week) -> Issue:
    """Stores the week's 期号 unless it is there; in a transaction of its own, because a download is a GET."""
    try:
        return _open(week)
    except IntegrityError:
        # Somebody else opened it at the same moment; theirs stands.
        return _open(week)


def subject(report: Report) -> audit.Subject:
    """The workbook in the audit."""
    return audit.Subject("weekly", None, f"{report.scope} {report.issue.week.label}")


def in_background(actor: Actor, label: str, zone: str | None) -> Task:
    """Has the workbook of a week made by the worker."""
    actor.require(permissions.EXPORT)
    return tasks.enqueue(actor, "weekly.make", {"week": label, "zone": zone}, title=f"生成{label}周报")


def _open(week: Week) -> Issue:
    # Read before the write begins: the session and the own transaction are two connections.
    counted = rules.issue_of(week, settings.calendar())
    with database.own_transaction() as connection:
        stored = _stored(connection, week.label)
        if stored is not None:
            return Issue(week, *stored)
        values = {
            "starts_after": week.starts_after,
            "cut_at": week.cut,
            "year": counted.year,
            "number": counted.number,
        }
        connection.execute(insert(WeeklyIssue).values(week=week.label, **values))
        return counted


def _stored(connection: Connection, label: str) -> tuple[int, int] | None:
    row = connection.execute(
        select(WeeklyIssue.year, WeeklyIssue.number).where(WeeklyIssue.week == label)
    ).first()
    return None if row is None else (row.year, row.number)
