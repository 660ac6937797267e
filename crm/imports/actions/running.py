"""One commit of a ledger, and what hangs on its projects: drafts of milestones, progress, contacts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from crm.core import calendar
from crm.core.actor import Actor
from crm.core.dates import Precision
from crm.imports import queries
from crm.imports.actions import bulk
from crm.imports.actions.companies import Written, write_contacts
from crm.imports.actions.deciding import new_people
from crm.imports.models import ImportBatch
from crm.imports.rules import RowAction
from crm.imports.rules.rows import ReadRow
from crm.imports.rules.zone_names import ZoneNames
from crm.pipeline.models import Milestone
from crm.pipeline.rules import AgreementKind, MilestoneKind, MilestoneState
from crm.projects.models import ProgressNote
from crm.projects.rules import Capital, ProjectKind, Source
from crm.settings import queries as settings

AMOUNTS = (
    "total_investment",
    "total_investment_usd",
    "fixed_investment",
    "fixed_investment_usd",
    "registered_capital",
    "registered_capital_usd",
    "statistics_amount",
    "equipment_investment",
    "land_mu",
)
DATES = ("first_contact_on", "expected_sign_on", "expected_start_on")
WORDS = (
    "statistics_name",
    "amount_note",
    "content",
    "industry",
    "address",
    "investor_text",
    "first_contact_text",
    "expected_sign_text",
)
#: What decides a tier or a date is kept in the project's history.
HISTORY = frozenset({*AMOUNTS[:7], *DATES, "tier", "owner_id", "name"})


@dataclass(slots=True)
class Run:
    """One commit of a ledger: who, when, and what has been decided."""

    actor: Actor
    batch: ImportBatch
    names: ZoneNames
    now: datetime
    today: date
    written: Written = field(default_factory=Written)

    @property
    def cause(self) -> str:
        return f"import:{self.batch.id}"


def typed(name: str, written: Any) -> Any:
    """A value of the draft as its column takes it."""
    if written is None:
        return None
    if name in AMOUNTS:
        return Decimal(written)
    if name in DATES:
        return date.fromisoformat(written)
    kinds: dict[str, Any] = {
        "capital": Capital,
        "kind": ProjectKind,
        "source": Source,
        "first_contact_precision": Precision,
        "expected_sign_precision": Precision,
    }
    return kinds[name](written) if name in kinds else written


def milestones(run: Run, pairs: Sequence[tuple[int, ReadRow]], there: set[tuple[int, str]]) -> None:
    """Milestones of a ledger carry no evidence: they are kept as 未报. A date less exact than a day stays in the note."""
    values = []
    for project_id, row in pairs:
        for said in row.fields.get("milestones", []):
            if (project_id, said["kind"]) in there:
                continue
            exact = said["precision"] == Precision.DAY.value
            values.append(
                {
                    "project_id": project_id,
                    "kind": MilestoneKind(said["kind"]),
                    "state": MilestoneState.DRAFT,
                    "happened_on": date.fromisoformat(said["happened_on"]) if exact else None,
                    "agreement_kind": AgreementKind(said["agreement_kind"])
                    if said.get("agreement_kind")
                    else None,
                    "note": _note(said, exact),
                    "order_reason": "",
                    "decision_reason": "",
                    "agreement_parties": "",
                    "review_by": "",
                    "review_conclusion": "",
                    "needs_again": False,
                    "created_at": run.now,
                    "updated_at": run.now,
                    "version": 1,
                }
            )
    bulk.write(Milestone, values)


def _note(said: dict[str, Any], exact: bool) -> str:
    parts = ["台账导入，待补证据"]
    if said["text"] and not exact:
        parts.append(f"台账日期 {said['text']}，请补到日")
    if said.get("agreement_text"):
        parts.append(f"台账协议类型 {said['agreement_text']}")
    if said.get("statistical_text"):
        parts.append(f"台账统计日期 {said['statistical_text']}，以市商务局认定为准")
    return "；".join(parts)[:300]


def progress(run: Run, pairs: Sequence[tuple[int, ReadRow]]) -> None:
    week = calendar.week_of(run.now, settings.calendar()).label
    values = [
        {
            "project_id": project_id,
            "on": run.today,
            "week": week,
            **row.fields["progress"],
            "batch_id": run.batch.id,
            "created_by": run.actor.user_id,
            "created_at": run.now,
        }
        for project_id, row in pairs
        if row.fields.get("progress")
    ]
    bulk.write(ProgressNote, values)


def people_of(run: Run, people: Sequence[tuple[int, int | None, Any]]) -> None:
    """Contacts that the zone has not got yet, each once."""
    known = queries.contacts_of([company_id for company_id, _, _ in people])
    fresh, seen = [], set()
    for company_id, zone_id, person in people:
        mark = (company_id, zone_id, person.name, person.phone)
        like = ReadRow("", 0, RowAction.NEW, [], people=[person])
        if mark not in seen and new_people(like, company_id, zone_id, known):
            fresh.append((company_id, zone_id, person))
        seen.add(mark)
    write_contacts(run.actor, run.batch, fresh, run.now)
