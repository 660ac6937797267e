"""What started projects had invested by the cut, as their zones had reported it."""

from crm.core import clock
from crm.pipeline import queries as pipeline
from crm.pipeline.rules import month_of
from crm.weekly.queries.asked import Ask
from crm.weekly.rules import Invested


def of(ask: Ask) -> dict[int, Invested]:
    """Project → its sums up to the month of the cut; two statements for any number of projects."""
    month = month_of(clock.local(ask.known_at).date())
    found = pipeline.standings_where(ask.projects, month, ask.known_at)
    return {
        project_id: Invested(
            s.month.completed,
            s.year.completed,
            s.whole.completed,
            s.progress,
            s.in_statistics,
            s.in_statistics_on,
        )
        for project_id, s in found.items()
    }
