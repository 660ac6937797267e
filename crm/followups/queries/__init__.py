"""Every select on duties."""

from crm.followups.queries.day import Bucket, Day, day_of, overdue_count, waiting_for
from crm.followups.queries.listing import Filters, FollowupRow, after_day, find, listing, reaches, show
from crm.followups.queries.records import (
    caused_by,
    closed_by,
    next_of_projects,
    of_company,
    of_project,
    owners_for,
)

__all__ = [
    "Bucket",
    "Day",
    "Filters",
    "FollowupRow",
    "after_day",
    "caused_by",
    "closed_by",
    "day_of",
    "find",
    "listing",
    "next_of_projects",
    "of_company",
    "of_project",
    "overdue_count",
    "owners_for",
    "reaches",
    "show",
    "waiting_for",
]
