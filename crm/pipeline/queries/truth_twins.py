"""Checks that hold a project against others, or against its visits."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import aliased

from crm.core import clock
from crm.core.db import db
from crm.core.sqldays import city_day, days_between
from crm.pipeline.models import Milestone, MilestoneFile, StageChange
from crm.pipeline.queries.truth_checks import ALIVE, BACK, Asked, Found, moment
from crm.pipeline.rules import LIVE
from crm.pipeline.rules import truth as rules
from crm.projects.models import Attachment, Project
from crm.projects.rules import Stage
from crm.visits.models import Visit, VisitProject
from crm.zones.models import Zone

#: More than this many others are not named in a question.
_MOST = 5
#: A shorter address (开发区内) names no site.
_SHORTEST = 4
_ORDER = {stage.value: stage.order for stage in Stage}


def no_visit(asked: Asked) -> Found:
    """The last jump over stages before which nobody was met, of each project."""
    least, days = asked.of("jump_stages"), asked.of("visit_days")
    if not least:
        return
    jump = case(_ORDER, value=StageChange.after) - case(_ORDER, value=StageChange.before)
    rows: Any = db.session.execute(
        select(Project.id, StageChange.before, StageChange.after, StageChange.at)
        .join(StageChange, StageChange.project_id == Project.id)
        .where(
            StageChange.at >= moment(asked.today - BACK),
            StageChange.before.is_not(None),
            jump >= least,
            ~_met(days),
            *asked.alive,
        )
        .order_by(StageChange.id)
    )
    last: dict[int, rules.Facts] = {}
    for project_id, before, after, at in rows:
        facts = rules.no_visit(clock.local(at).date(), before, after, days, least)
        if facts:
            last[project_id] = facts
    yield from last.items()


def _met(days: int) -> ColumnElement[bool]:
    """Whether the zone met the investor, or anybody about the project, in the days before the move."""
    age = days_between(city_day(StageChange.at), Visit.happened_on)
    near = and_(age >= 0, age <= days)
    with_investor = (
        select(Visit.id)
        .where(Visit.company_id == Project.company_id, Visit.zone_id == Project.zone_id, near)
        .correlate(Project, StageChange)
    )
    about = (
        select(Visit.id)
        .join(VisitProject, VisitProject.visit_id == Visit.id)
        .where(VisitProject.project_id == Project.id, near)
        .correlate(Project, StageChange)
    )
    return or_(exists(with_investor), exists(about))


def same_file(asked: Asked) -> Found:
    """Evidence whose content is evidence of another project too; content that very many share is a common form."""
    most = asked.of("file_projects")
    if not most:
        return
    rows = db.session.execute(
        select(Project.id, Milestone.kind, Attachment.filename, Attachment.sha256)
        .join(Milestone, Milestone.project_id == Project.id)
        .join(MilestoneFile, MilestoneFile.milestone_id == Milestone.id)
        .join(Attachment, Attachment.id == MilestoneFile.attachment_id)
        .where(_shared(asked, most), Milestone.state.in_(LIVE), Attachment.deleted_at.is_(None), *asked.alive)
        .order_by(Project.id, Attachment.id)
    ).all()
    holders = _holders({row.sha256 for row in rows})
    seen: dict[int, dict[str, Any]] = {}
    for project_id, kind, filename, content in rows:
        others = [code for holder, code in holders.get(content, ()) if holder != project_id]
        if not others:
            continue
        facts = seen.setdefault(project_id, {"milestone": kind.value, "file": filename, "others": []})
        if facts["file"] == filename:
            facts["others"] = list(dict.fromkeys(facts["others"] + others))[:_MOST]
    yield from seen.items()


def _holders(contents: Collection[str]) -> dict[str, list[tuple[int, str]]]:
    """Live projects, by code, of which these contents are evidence. Paired here: PostgreSQL joined every file with every other."""
    found: dict[str, list[tuple[int, str]]] = {}
    rows = db.session.execute(
        select(Attachment.sha256, Project.id, Project.code)
        .join(MilestoneFile, MilestoneFile.attachment_id == Attachment.id)
        .join(Project, Project.id == Attachment.project_id)
        .where(Attachment.sha256.in_(contents), Attachment.deleted_at.is_(None), Project.status.in_(ALIVE))
        .distinct()
        .order_by(Project.code)
    )
    for content, project_id, code in rows:
        found.setdefault(content, []).append((project_id, code))
    return found


def _shared(asked: Asked, most: int) -> ColumnElement[bool]:
    """Content that lies in two projects and in no more than `most`."""
    twin = aliased(Attachment)
    if asked.ids is None:
        # Read apart: as a part of the statement, PostgreSQL pairs every file with every other of a common form first.
        all_of_them = (
            select(twin.sha256)
            .where(twin.deleted_at.is_(None), twin.project_id.is_not(None))
            .group_by(twin.sha256)
            .having(func.count(twin.project_id.distinct()).between(2, most))
        )
        return Attachment.sha256.in_(db.session.scalars(all_of_them).all())
    some = (
        select(twin.project_id)
        .where(twin.sha256 == Attachment.sha256, twin.deleted_at.is_(None), twin.project_id.is_not(None))
        .distinct()
        .limit(most + 1)
        .correlate(Attachment)
        .subquery()
    )
    number: ColumnElement[int] = select(func.count()).select_from(some).scalar_subquery()
    return number.between(2, most)


def same_site(asked: Asked) -> Found:
    other = aliased(Project)
    same = and_(other.address == Project.address, other.zone_id != Project.zone_id, other.status.in_(ALIVE))
    named = func.length(Project.address) >= _SHORTEST
    statement: Any = select(Project.id, other.code, Zone.short_name, Project.address).join(other, same)
    yield from _others(statement, other, [named, *_twins(asked, "address", named), *asked.alive]).items()


def two_zones(asked: Asked) -> Found:
    other = aliased(Project)
    same = and_(
        other.company_id == Project.company_id, other.zone_id != Project.zone_id, other.status.in_(ALIVE)
    )
    statement: Any = select(Project.id, other.code, Zone.short_name, literal("")).join(other, same)
    for project_id, facts in _others(statement, other, [*_twins(asked, "company_id"), *asked.alive]).items():
        yield project_id, {"others": facts["others"], "zones": facts["zones"]}


def _twins(asked: Asked, name: str, *named: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    """What occurs in two zones, found first where all projects are looked at."""
    if asked.ids is not None:
        return []
    project = Project.__table__.c
    column = project[name]
    twins = (
        select(column)
        .where(column.is_not(None), project.zone_id.is_not(None), project.status.in_(ALIVE), *named)
        .group_by(column)
        .having(func.count(project.zone_id.distinct()) > 1)
    )
    return [column.in_(twins)]


def _others(
    statement: Select[Any], other: Any, where: Sequence[ColumnElement[bool]]
) -> dict[int, dict[str, Any]]:
    """The twins of each project by code, with their zones."""
    rows = db.session.execute(
        statement.join(Zone, Zone.id == other.zone_id).where(*where).order_by(Project.id, other.code)
    )
    found: dict[int, dict[str, Any]] = {}
    for project_id, code, zone, address in rows:
        facts = found.setdefault(project_id, {"others": [], "zones": [], "address": address})
        if len(facts["others"]) < _MOST:
            facts["others"].append(code)
            if zone not in facts["zones"]:
                facts["zones"].append(zone)
    return found
