"""What the acting scope has with companies: targets, links, contacts, visits, filings, and the groups they belong to.

A zone sees only its own; `zone_id` narrows a reader of several zones to one of them. Seven statements, whatever the number of companies.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import aliased

from crm.accounts.permissions import PROJECT_SEE
from crm.companies import scope as companies
from crm.companies.models import Company, CompanyLink, Contact
from crm.companies.rules import LinkProgress
from crm.core.actor import Actor
from crm.core.db import db
from crm.filings import scope as filings
from crm.filings.models import Filing
from crm.filings.rules import LIVE
from crm.projects.models import Project
from crm.targeting import rules, scope
from crm.targeting.models import Target, TargetSignal
from crm.targeting.rules.score import Known, Signal
from crm.targeting.rules.targets import EntryKind
from crm.visits.models import Visit
from crm.visits.queries import scope as visits


@dataclass(frozen=True, slots=True)
class Held:
    """A target of the acting scope at one link."""

    id: int
    node_id: int | None
    zone_id: int | None
    progress: LinkProgress


@dataclass(slots=True)
class _Gathered:
    progress: LinkProgress | None = None
    entries: dict[tuple[EntryKind, str], None] = field(default_factory=dict)
    contacts: int = 0
    last_visit: date | None = None
    filed: bool = False
    family: str = ""

    def further(self, progress: LinkProgress) -> None:
        """Given up counts only where nobody is further."""
        if self.progress is None or rules.FURTHER.index(progress) > rules.FURTHER.index(self.progress):
            self.progress = progress


@dataclass(frozen=True, slots=True)
class Dealings:
    """By company id; a company that is in none of them is known to nobody."""

    known: Mapping[int, Known]
    signals: Mapping[int, tuple[Signal, ...]]
    targets: Mapping[int, tuple[Held, ...]]


def _narrowed(column: Any, zone_id: int | None) -> ColumnElement[bool]:
    return true() if zone_id is None else column == zone_id


def of_scope(actor: Actor, zone_id: int | None, home: str, today: date, signal_days: int) -> Dealings:
    """`home` is how the names of this city begin; signals older than `signal_days` are told only by the newest of them."""
    found: dict[int, _Gathered] = {}

    def of(company_id: int) -> _Gathered:
        return found.setdefault(company_id, _Gathered())

    targets = _targets(actor, zone_id, of)
    _links(actor, zone_id, of)
    _contacts(actor, zone_id, of)
    _visits(actor, zone_id, of)
    _filings(actor, zone_id, today, of)
    for company_id, name in _local_family(home):
        of(company_id).family = name
    known = {
        company_id: Known(g.progress, tuple(g.entries), g.contacts, g.last_visit, g.filed, g.family)
        for company_id, g in found.items()
    }
    return Dealings(known, _signals(actor, zone_id, today - timedelta(days=2 * signal_days)), targets)


def _targets(actor: Actor, zone_id: int | None, of: Any) -> dict[int, tuple[Held, ...]]:
    rows: Any = db.session.execute(
        select(
            Target.company_id,
            Target.id,
            Target.node_id,
            Target.zone_id,
            Target.progress,
            Target.entry_kind,
            Target.entry_note,
        )
        .where(scope.visible_to(actor), _narrowed(Target.zone_id, zone_id))
        .order_by(Target.id)
    )
    held: dict[int, list[Held]] = {}
    for company_id, target_id, node_id, owner, progress, kind, note in rows:
        held.setdefault(company_id, []).append(Held(target_id, node_id, owner, progress))
        one = of(company_id)
        one.further(progress)
        if kind is not None:
            one.entries.setdefault((kind, note))
    return {company_id: tuple(each) for company_id, each in held.items()}


def _links(actor: Actor, zone_id: int | None, of: Any) -> None:
    table = CompanyLink.__table__.c
    rows: Any = db.session.execute(
        select(CompanyLink.company_id, CompanyLink.progress).where(
            companies.reach(actor, PROJECT_SEE, table.company_id, table.zone_id),
            _narrowed(CompanyLink.zone_id, zone_id),
            CompanyLink.progress != LinkProgress.UNTOUCHED,
        )
    )
    for company_id, progress in rows:
        of(company_id).further(progress)


def _contacts(actor: Actor, zone_id: int | None, of: Any) -> None:
    table = Contact.__table__.c
    rows: Any = db.session.execute(
        select(Contact.company_id, func.count())
        .where(
            Contact.active,
            companies.reach(actor, PROJECT_SEE, table.company_id, table.zone_id),
            _narrowed(Contact.zone_id, zone_id),
        )
        .group_by(Contact.company_id)
    )
    for company_id, count in rows:
        of(company_id).contacts = count


def _visits(actor: Actor, zone_id: int | None, of: Any) -> None:
    """Confidential ones only where the reader may know whom they were to."""
    rows: Any = db.session.execute(
        select(Visit.company_id, func.max(Visit.happened_on))
        .where(
            Visit.company_id.is_not(None),
            visits.visible_to(actor),
            visits.discloses(actor),
            _narrowed(Visit.zone_id, zone_id),
        )
        .group_by(Visit.company_id)
    )
    for company_id, on in rows:
        of(company_id).last_visit = on


def _filings(actor: Actor, zone_id: int | None, today: date, of: Any) -> None:
    rows = db.session.scalars(
        select(Filing.company_id)
        .join(Project, Project.id == Filing.project_id)
        .where(
            filings.visible_to(actor),
            _narrowed(Filing.zone_id, zone_id),
            Filing.state.in_(LIVE),
            or_(Filing.protected_until.is_(None), Filing.protected_until >= today),
        )
        .distinct()
    )
    for company_id in rows:
        of(company_id).filed = True


def _local_family(home: str) -> list[tuple[int, str]]:
    """Companies elsewhere whose parent, daughter or sister is of this city, with that one's name. Public facts of the register."""
    local, other, sister = aliased(Company), aliased(Company), aliased(Company)
    name = func.coalesce(func.nullif(local.short_name, ""), local.name)
    at_home = local.city.startswith(home, autoescape=True)
    alive = (local.merged_into_id.is_(None), at_home)
    daughter = select(other.id, name).join(local, local.parent_id == other.id).where(*alive)
    parent = select(other.id, name).join(local, other.parent_id == local.id).where(*alive)
    sisters = (
        select(sister.id, name)
        .join(local, (local.parent_id == sister.parent_id) & (local.id != sister.id))
        .where(*alive)
    )
    rows: Any = db.session.execute(daughter.union(parent, sisters))
    # Of several the first by name is told, whatever order the database gives.
    return sorted(((company_id, words) for company_id, words in rows), reverse=True)


def _signals(actor: Actor, zone_id: int | None, since: date) -> dict[int, tuple[Signal, ...]]:
    rows: Any = db.session.execute(
        select(Target.company_id, TargetSignal.happened_on, TargetSignal.what)
        .join(Target, Target.id == TargetSignal.target_id)
        .where(scope.visible_to(actor), _narrowed(Target.zone_id, zone_id), TargetSignal.happened_on >= since)
        .order_by(Target.company_id, TargetSignal.happened_on, TargetSignal.id)
    )
    found: dict[int, dict[Signal, None]] = {}
    for company_id, on, what in rows:
        # One sign told of two targets of a company is one sign.
        found.setdefault(company_id, {}).setdefault(Signal(on, what))
    return {company_id: tuple(each) for company_id, each in found.items()}
