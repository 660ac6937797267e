"""Opening an issue: its number is written down the first time it is asked for and never changes again."""

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from crm.core import db as database
from crm.core.calendar import Week
from crm.settings import queries as settings
from crm.weekly import rules
from crm.weekly.models import WeeklyIssue
from crm.weekly.rules import Issue


def open_issue(week: Week) -> Issue:
    """Stores the week's 期号 unless it is there; in a transaction of its own, because a download is a GET."""
    try:
        return _open(week)
    except IntegrityError:
        # Somebody else opened it at the same moment; theirs stands.
        return _open(week)


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
