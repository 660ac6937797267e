"""Who answers for what. Leaders are always in the order of their rank."""

from crm.assignments.queries.overview import LoadRow, OverviewFilter, OverviewRow, loads, overview
from crm.assignments.queries.records import (
    AssignmentRow,
    candidates,
    find,
    grant_of,
    holder,
    listed,
    of_project,
    project_code_of,
    same_person,
    seat_of,
)

__all__ = [
    "AssignmentRow",
    "LoadRow",
    "OverviewFilter",
    "OverviewRow",
    "candidates",
    "find",
    "grant_of",
    "holder",
    "listed",
    "loads",
    "of_project",
    "overview",
    "project_code_of",
    "same_person",
    "seat_of",
]
