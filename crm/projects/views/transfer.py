"""What the page of a project says of its way between zones."""

from dataclasses import dataclass
from datetime import date

from crm.accounts.permissions import ASSIGN_SEE, FILING_WRITE
from crm.core import clock
from crm.core.actor import Actor
from crm.filings import queries
from crm.filings.queries import TransferRow
from crm.projects.queries import Record
from crm.projects.rules import Status


@dataclass(frozen=True, slots=True)
class Panel:
    """Every transfer of the project, the newest first; `may`: whether this reader may propose one now."""

    rows: list[TransferRow]
    may: bool
    today: date


def panel(actor: Actor, record: Record) -> Panel | None:
    """None for whoever is neither of the zones nor above them."""
    if not actor.can(ASSIGN_SEE):
        return None
    rows, project = queries.transfers_of(actor, record.project.id), record.project
    live = project.status in (Status.ACTIVE, Status.ON_HOLD) and project.zone_id is not None
    may = actor.can(FILING_WRITE) and record.may_write and live and not any(row.open for row in rows)
    return Panel(rows, may, clock.today()) if rows or may else None
