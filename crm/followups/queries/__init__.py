"""Every select on duties."""

from crm.followups.queries.cadence import proposal
from crm.followups.queries.calendar import DayDuties, by_day
from crm.followups.queries.day import Bucket, Day, day_of, overdue_count, waiting_for
from crm.followups.queries.demands import (
    DemandFilters,
    DemandRow,
    company_names,
    demand,
    demands,
    leaders_for,
    life,
    people_of,
    unit_may_read,
    units_for,
)
from crm.followups.queries.digest import Digest, digests, wants_digest
from crm.followups.queries.feed import FeedRow, actor_of_feed, feed_by_hash, feed_of, feed_rows
from crm.followups.queries.history import Step, history
from crm.followups.queries.ladder import (
    Climbed,
    EscalationRow,
    LadderFilters,
    StepRow,
    climbed,
    escalated_count,
    escalations,
    holders,
    steps_of,
)
from crm.followups.queries.listing import Filters, FollowupRow, after_day, find, listing, reaches, show
from crm.followups.queries.records import (
    caused_by,
    closed_by,
    next_of_projects,
    next_open,
    of_company,
    of_project,
    owners_for,
)
from crm.followups.queries.reminders import Untold, untold

__all__ = [
    "Bucket",
    "Climbed",
    "Day",
    "DayDuties",
    "DemandFilters",
    "DemandRow",
    "Digest",
    "EscalationRow",
    "FeedRow",
    "Filters",
    "FollowupRow",
    "LadderFilters",
    "Step",
    "StepRow",
    "Untold",
    "actor_of_feed",
    "after_day",
    "by_day",
    "caused_by",
    "climbed",
    "closed_by",
    "company_names",
    "day_of",
    "demand",
    "demands",
    "digests",
    "escalated_count",
    "escalations",
    "feed_by_hash",
    "feed_of",
    "feed_rows",
    "find",
    "history",
    "holders",
    "leaders_for",
    "life",
    "listing",
    "next_of_projects",
    "next_open",
    "of_company",
    "of_project",
    "overdue_count",
    "owners_for",
    "people_of",
    "proposal",
    "reaches",
    "show",
    "steps_of",
    "unit_may_read",
    "units_for",
    "untold",
    "waiting_for",
    "wants_digest",
]
