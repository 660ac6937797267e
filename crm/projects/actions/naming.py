"""Codes and names: the running number, and what a name is matched, ordered and found by."""

from crm.audit.actions import Subject
from crm.core import search, text
from crm.core.db import db, upsert
from crm.projects.models import CodeCounter, Project

CITY_PREFIX = "LYG"


def next_codes(zone_code: str | None, year: int, count: int = 1) -> list[str]:
    """The next project codes of a zone (ETDZ-2026-0001, …), or of the city for a lead without a zone.

    One upsert that returns the new value: the row stays locked until the commit, so two sessions never share a number.
    """
    prefix = (zone_code or CITY_PREFIX).removeprefix("LYG-")
    statement = upsert(CodeCounter).values(prefix=prefix, year=year, last=count)
    statement = statement.on_conflict_do_update(
        index_elements=["prefix", "year"], set_={"last": CodeCounter.last + count}
    ).returning(CodeCounter.last)
    last: int = db.session.execute(statement).scalar_one()
    return [f"{prefix}-{year}-{number:04d}" for number in range(last - count + 1, last + 1)]


def name_columns(code: str, name: str, statistics_name: str = "", investor_text: str = "") -> dict[str, str]:
    """The columns derived from a project's own words; the registered investor is found through the register."""
    tokens, searched = search.columns(name, code, statistics_name, investor_text)
    return {
        "key": text.name_key(name),
        "sort_key": text.sort_key(name)[:80],
        "search_tokens": tokens,
        "search_text": searched,
    }


def subject(project: Project, kind: str = "project", id_: int | None = None, label: str = "") -> Subject:
    """What the audit calls a project: code and name, the code alone where it is confidential."""
    own = project.code if project.confidential else f"{project.code} {project.name}"
    return Subject(
        kind,
        project.id if kind == "project" else id_,
        f"{own} {label}".strip(),
        zone_id=project.zone_id,
        project_id=project.id,
        company_id=None if project.confidential else project.company_id,
    )
