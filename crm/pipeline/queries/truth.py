"""The open questions of the truth checks, those that wait for the zone, and the answers."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import aliased

from crm.accounts.models import User
from crm.accounts.permissions import MILESTONE_SUBMIT, RECOGNISE
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.paging import Page, Window, key_of, number, token
from crm.pipeline.models import TruthAnswer, TruthFile
from crm.pipeline.queries import truth_checks as checks
from crm.pipeline.queries import truth_twins as twins
from crm.pipeline.rules import truth as rules
from crm.pipeline.rules.truth import CHECKS, Question
from crm.projects import queries as projects
from crm.projects.models import Attachment, Project
from crm.projects.scope import discloses_investor, visible_to
from crm.settings import queries as settings
from crm.zones.models import Zone

#: One statement each.
_FINDERS: Mapping[str, Callable[[checks.Asked], checks.Found]] = {
    "same_file": twins.same_file,
    "same_site": twins.same_site,
    "raised": checks.raised,
    "tier_jump": checks.tier_jump,
    "just_over": checks.just_over,
    "no_visit": twins.no_visit,
    "thin_capital": checks.thin_capital,
    "slow_money": checks.slow_money,
    "two_zones": twins.two_zones,
}
_AT_ONCE = 10_000


def questions(
    today: date,
    where: Sequence[ColumnElement[bool]] = (),
    only: Collection[str] = (),
    ids: Sequence[int] | None = None,
) -> list[Question]:
    """What nobody has asked of the zone or answered yet, by weight; `where` and `ids` (of a few) narrow the projects,
    `only` the checks.

    A fixed number of statements: one a check, one for what was asked and answered.
    """
    named = None if ids is None else tuple(ids)
    asked = checks.Asked(today, settings.values(), projects.tiers(), tuple(where), named)
    found = {
        (question.project_id, code, question.fingerprint): question
        for code, finder in _FINDERS.items()
        if not only or code in only
        for question in (Question(id_, CHECKS[code], facts) for id_, facts in finder(asked))
    }
    quiet = _quiet(where, named) if found else frozenset()
    left = [question for key, question in found.items() if key not in quiet]
    return sorted(left, key=lambda q: (q.weight, -q.project_id))


def _quiet(
    where: Sequence[ColumnElement[bool]], ids: Sequence[int] | None
) -> frozenset[tuple[int, str, str]]:
    statement = select(TruthAnswer.project_id, TruthAnswer.question, TruthAnswer.fingerprint)
    if ids is not None:
        statement = statement.where(TruthAnswer.project_id.in_(ids))
    if where:
        statement = statement.join(Project, Project.id == TruthAnswer.project_id).where(*where)
    return frozenset((id_, code, seen) for id_, code, seen in db.session.execute(statement))


def open_for(project_ids: Sequence[int], today: date | None = None) -> dict[int, list[Question]]:
    """Open questions of some projects, by project, for who recognises; projects without any are left out."""
    found: dict[int, list[Question]] = {}
    if not project_ids:
        return found
    for question in questions(today or clock.today(), ids=project_ids):
        found.setdefault(question.project_id, []).append(question)
    return found


def open_of(project: Project, code: str, fingerprint: str, today: date) -> Question | None:
    """The open question as the reader saw it; None when its facts have changed since or it is quiet."""
    found = questions(today, only=[code], ids=[project.id])
    return next((q for q in found if q.fingerprint == fingerprint), None)


def answers_of(project: Project, code: str, fingerprint: str) -> Sequence[TruthAnswer]:
    """What was asked and answered on the same facts, newest first, as it stands now."""
    return db.session.scalars(
        select(TruthAnswer)
        .where(
            TruthAnswer.project_id == project.id,
            TruthAnswer.question == code,
            TruthAnswer.fingerprint == fingerprint,
        )
        .order_by(TruthAnswer.id.desc())
        .execution_options(populate_existing=True)
    ).all()


# --- lists ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProjectLine:
    """The project of a question as a list shows it."""

    id: int
    code: str
    name: str
    zone: str | None
    owner_id: int | None
    owner: str | None


def lines_of(project_ids: Sequence[int]) -> dict[int, ProjectLine]:
    """One statement for every ten thousand."""
    found: dict[int, ProjectLine] = {}
    for start in range(0, len(project_ids), _AT_ONCE):
        rows = db.session.execute(
            select(Project.id, Project.code, Project.name, Zone.short_name, Project.owner_id, User.name)
            .outerjoin(Zone, Zone.id == Project.zone_id)
            .outerjoin(User, User.id == Project.owner_id)
            .where(Project.id.in_(project_ids[start : start + _AT_ONCE]))
        )
        found |= {row[0]: ProjectLine(*row) for row in rows}
    return found


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """A question that was asked of the zone or answered; `files` are (id, name)."""

    id: int
    code: str
    project: str
    zone: str | None
    question: str
    fingerprint: str
    facts: dict[str, Any]
    asked_of: str | None
    asked_by: str | None
    asked_note: str
    asked_at: datetime | None
    answer: str
    answered_by: str | None
    answered_at: datetime | None
    files: tuple[tuple[int, str], ...] = ()

    @property
    def check(self) -> rules.Check:
        return CHECKS[self.question]


def _answers() -> Select[Any]:
    asker, told, writer = aliased(User), aliased(User), aliased(User)
    return (
        select(
            TruthAnswer.id,
            Project.code,
            Project.name,
            Zone.short_name,
            TruthAnswer.question,
            TruthAnswer.fingerprint,
            TruthAnswer.facts,
            told.name,
            asker.name,
            TruthAnswer.asked_note,
            TruthAnswer.asked_at,
            TruthAnswer.answer,
            writer.name,
            TruthAnswer.answered_at,
        )
        .join(Project, Project.id == TruthAnswer.project_id)
        .outerjoin(Zone, Zone.id == Project.zone_id)
        .outerjoin(told, told.id == TruthAnswer.asked_of)
        .outerjoin(asker, asker.id == TruthAnswer.asked_by)
        .outerjoin(writer, writer.id == TruthAnswer.answered_by)
        .where(TruthAnswer.question.in_(tuple(CHECKS)))
    )


def _within(actor: Actor) -> list[ColumnElement[bool]]:
    """A zone reads what it was asked, of projects whose investor it may know; the bureau reads all."""
    if actor.can(RECOGNISE):
        return [visible_to(actor, RECOGNISE)]
    return [visible_to(actor, MILESTONE_SUBMIT), discloses_investor(actor), TruthAnswer.asked_at.is_not(None)]


def answers(
    actor: Actor, waiting: bool, where: Sequence[ColumnElement[bool]], only: str, window: Window
) -> Page[AnswerRow]:
    """What waits for the zone, else what was answered; newest first. Three statements."""
    state = TruthAnswer.answered_at.is_(None) if waiting else TruthAnswer.answered_at.is_not(None)
    conditions = [state, *_within(actor), *where]
    if only:
        conditions.append(TruthAnswer.question == only)
    statement = _answers().where(*conditions)
    total = db.session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    skipped = (window.page - 1) * window.per_page
    if window.after:
        skipped = 0
        statement = statement.where(TruthAnswer.id < number(key_of(window.after, 1)[0]))
    page = statement.order_by(TruthAnswer.id.desc()).limit(window.per_page + 1)
    rows = _read(page.offset(skipped))
    following = None
    if len(rows) > window.per_page:
        rows = rows[:-1]
        following = token(rows[-1].id)
    return Page(rows, total, window, following)


def of_project(actor: Actor, project: Project) -> list[AnswerRow]:
    """Everything asked and answered of one project within the reader's reach, newest first."""
    return _read(
        _answers()
        .where(TruthAnswer.project_id == project.id, *_within(actor))
        .order_by(TruthAnswer.id.desc())
    )


def _read(statement: Select[Any]) -> list[AnswerRow]:
    rows = db.session.execute(statement).all()
    files: dict[int, list[tuple[int, str]]] = {}
    if rows:
        kept = db.session.execute(
            select(TruthFile.answer_id, Attachment.id, Attachment.filename)
            .join(Attachment, Attachment.id == TruthFile.attachment_id)
            .where(TruthFile.answer_id.in_([row[0] for row in rows]), Attachment.deleted_at.is_(None))
            .order_by(Attachment.id)
        )
        for answer_id, attachment_id, filename in kept:
            files.setdefault(answer_id, []).append((attachment_id, filename))
    return [replace(AnswerRow(*row), files=tuple(files.get(row[0], ()))) for row in rows]


def waiting_count(actor: Actor) -> Any:
    """A scalar subquery: how many questions wait for the actor's zone."""
    return (
        select(func.count(TruthAnswer.id))
        .join(Project, Project.id == TruthAnswer.project_id)
        .where(TruthAnswer.answered_at.is_(None), *_within(actor))
        .scalar_subquery()
    )


def matching(zone_id: int | None, q: str) -> list[ColumnElement[bool]]:
    """A list narrowed to a zone and to words of the project's name or code."""
    found: list[ColumnElement[bool]] = []
    if zone_id is not None:
        found.append(Project.__table__.c.zone_id == zone_id)
    for word in q.split():
        found.append(
            or_(
                Project.name.contains(word, autoescape=True),
                Project.code.contains(word.upper(), autoescape=True),
            )
        )
    return found
