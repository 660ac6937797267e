"""Every select on duties."""

from crm.followups.queries.cadence import proposal
from crm.followups.queries.calendar import DayDuties, by_day
from crm.followups.queries.day import Bucket, Day, day_of, overdue_count, waiting_for
from crm.followups.queries.feed import FeedRow, actor_of_feed, feed_by_hash, feed_of, feed_rows
from crm.followups.queries.history import Step, history
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
    "Day",
    "DayDuties",
    "FeedRow",
    "Filters",
    "FollowupRow",
    "Step",
    "Untold",
    "actor_of_feed",
    "after_day",
    "by_day",
    "caused_by",
    "closed_by",
    "day_of",
    "feed_by_hash",
    "feed_of",
    "feed_rows",
    "find",
    "history",
    "listing",
    "next_of_projects",
    "next_open",
    "of_company",
    "of_project",
    "overdue_count",
    "owners_for",
    "proposal",
    "reaches",
    "show",
    "untold",
    "waiting_for",
]
