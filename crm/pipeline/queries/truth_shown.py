"""Questions of the truth checks as pages show them: in words for this reader, with their evidence and their address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from crm.accounts import permissions as p
from crm.core.actor import Actor
from crm.core.paging import Page, Window, key_of, number, token
from crm.pipeline.queries import truth
from crm.pipeline.queries.truth import AnswerRow, ProjectLine
from crm.pipeline.rules import truth as rules
from crm.projects import queries as projects
from crm.projects.models import Project
from crm.projects.rules import Tier

#: State of a question → its name. A zone sees the last two.
STATES = {"open": "待核对", "asked": "等板块说明", "answered": "已说明"}


@dataclass(frozen=True, slots=True)
class Shown:
    """`line` is the project where the list is of many; `row` what was asked and answered, None while it is open."""

    code: str
    check: rules.Check
    fingerprint: str
    words: str
    links: Sequence[tuple[str, str]]
    row: AnswerRow | None = None
    line: ProjectLine | None = None

    @property
    def url(self) -> str:
        return rules.path(self.code, self.check, self.fingerprint)

    @property
    def state(self) -> str:
        if self.row is None:
            return "open"
        return "asked" if self.row.answered_at is None else "answered"


def tier_names() -> dict[Tier, str]:
    return {row.code: row.label for row in projects.tiers()}


def of_question(code: str, question: rules.Question, names: Mapping[Tier, str]) -> Shown:
    """An open question, which only the bureau sees."""
    check, facts = question.check, question.facts
    words, found = rules.words(check, facts, names), rules.links(code, check, facts)
    return Shown(code, check, question.fingerprint, words, found)


def of_row(actor: Actor, row: AnswerRow, names: Mapping[Tier, str]) -> Shown:
    of_zone = not actor.can(p.RECOGNISE)
    words = rules.words(row.check, row.facts, names, of_zone=of_zone)
    found = rules.links(row.code, row.check, row.facts, of_zone=of_zone)
    return Shown(row.code, row.check, row.fingerprint, words, found, row)


def of_project(actor: Actor, project: Project, today: date) -> list[Shown]:
    """Everything asked about one project within the reader's reach: what is open to the bureau first, then the newest."""
    if not actor.can(p.RECOGNISE) and not actor.can(p.MILESTONE_SUBMIT):
        return []
    names = tier_names()
    fresh = truth.open_for([project.id], today).get(project.id, []) if actor.can(p.RECOGNISE) else []
    return [
        *(of_question(project.code, question, names) for question in fresh),
        *(of_row(actor, row, names) for row in truth.of_project(actor, project)),
    ]


@dataclass(frozen=True, slots=True)
class Wanted:
    """`state` is one of STATES, `only` one check; what is empty does not narrow."""

    state: str
    zone_id: int | None = None
    q: str = ""
    only: str = ""


def listed(actor: Actor, wanted: Wanted, window: Window, today: date) -> Page[Shown]:
    """One page of one state, the open ones by weight, the others newest first. A fixed number of statements."""
    where, names, only = truth.matching(wanted.zone_id, wanted.q), tier_names(), wanted.only
    if wanted.state != "open":
        page = truth.answers(actor, wanted.state == "asked", where, only, window)
        rows = [of_row(actor, row, names) for row in page.items]
        return Page(rows, page.total, window, page.next_token)
    if not actor.can(p.RECOGNISE):
        return Page([], 0, window)
    found = truth.questions(today, where, [only] if only else ())
    left = _after(found, window)
    part = left[: window.per_page]
    lines = truth.lines_of([question.project_id for question in part])
    items = [_with_line(lines[question.project_id], question, names) for question in part]
    more = token(part[-1].weight, part[-1].project_id) if len(left) > len(part) else None
    return Page(items, len(found), window, more)


def _after(found: Sequence[rules.Question], window: Window) -> Sequence[rules.Question]:
    """What follows the last question seen, else what follows the pages before."""
    if not window.after:
        return found[(window.page - 1) * window.per_page :]
    weight, project_id = (number(part) for part in key_of(window.after, 2))
    return [q for q in found if (q.weight, -q.project_id) > (weight, -project_id)]


def _with_line(line: ProjectLine, question: rules.Question, names: Mapping[Tier, str]) -> Shown:
    one = of_question(line.code, question, names)
    return Shown(one.code, one.check, one.fingerprint, one.words, one.links, None, line)
