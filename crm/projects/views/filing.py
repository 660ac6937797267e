"""What the page of a project says of its first report: the filing there is, or what one still lacks."""

from dataclasses import dataclass

from crm.accounts.permissions import FILING_WRITE
from crm.core import clock
from crm.core.actor import Actor
from crm.filings import queries, rules
from crm.filings.queries import FilingRow
from crm.filings.rules import FilingState, Lack
from crm.projects.queries import Record


@dataclass(frozen=True, slots=True)
class Panel:
    """`may`: whether this reader may file it now. `taken` is all he learns of another zone's filing."""

    row: FilingRow | None
    lacks: list[Lack]
    may: bool
    taken: str = ""


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
        taken = rules.taken_words(until) if until else ""
    if row is None and not may:
        return None
    return Panel(row, rules.lacking(facts) if facts else [], may, taken)
