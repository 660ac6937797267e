"""What the page of a project says of its first report: the filing there is, or what one still lacks."""

from dataclasses import dataclass

from crm.accounts.permissions import FILING_WRITE
from crm.core import clock
from crm.core.actor import Actor
from crm.filings import actions, queries, rules
from crm.filings.queries import FilingRow
from crm.filings.rules import FilingState, Lack
from crm.filings.rules.checks import CheckVia
from crm.projects.models import Project
from crm.projects.queries import Record


@dataclass(frozen=True, slots=True)
class Panel:
    """`may`: whether this reader may file it now, and so may ask whether the investor is taken. `taken` is all he learns of
    another zone's filing; `uncounted` says that the first talk is not counted, and why."""

    row: FilingRow | None
    lacks: list[Lack]
    may: bool
    taken: str = ""
    uncounted: str = ""


def taken_on_saving(actor: Actor, project: Project) -> str:
    """Asked by itself as a lead is saved; "" where the investor is free, or the hour's questions are used up."""
    if project.company_id is None:
        return ""
    now = clock.now()
    until = actions.taken(actor, [project.company_id], now, CheckVia.SAVED).get(project.company_id)
    return f"{rules.taken_words(until, clock.local(now).date())}。" if until else ""


def panel(actor: Actor, record: Record) -> Panel | None:
    """None where there is nothing to say: a hidden investor, a signed project that was never filed."""
    if not record.disclosed:
        return None
    today = clock.today()
    row = next(iter(queries.of_project(actor, record.project.id, today)), None)
    facts = queries.facts_of(record.project) if row is None or row.state not in rules.LIVE else None
    may = bool(facts and facts.talking and facts.active and actor.can(FILING_WRITE) and record.may_write)
    taken = ""
    if row is not None and row.state is FilingState.SUSPECT:
        until = queries.taken_until(row.id, today)
        taken = rules.taken_words(until, today) if until else ""
    if row is None and not may:
        return None
    held = queries.sanctions_on(actor, record.project.id) if row is not None else []
    uncounted = next((f"{one.offence.label}，{one.effects.words}" for one in held), "")
    return Panel(row, rules.lacking(facts) if facts else [], may, taken, uncounted)
