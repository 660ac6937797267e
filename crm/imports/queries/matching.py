"""What is there already: projects, companies, links, notes and contacts that rows are compared with, set by set."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select, tuple_

from crm.accounts import permissions
from crm.accounts import queries as accounts
from crm.accounts.models import Post, User
from crm.companies.models import Company, CompanyAlias, CompanyLink, Contact
from crm.core.actor import Actor
from crm.core.db import db
from crm.imports.rules.zone_names import ZoneNames
from crm.pipeline.models import Milestone
from crm.projects.models import ProgressNote, Project
from crm.projects.scope import visible_to
from crm.units.models import Unit
from crm.zones import queries as zones

_CHUNK = 800


def _chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    ordered = sorted(set(values))
    for at in range(0, len(ordered), _CHUNK):
        yield ordered[at : at + _CHUNK]


def zone_names() -> ZoneNames:
    """All zones and their names, in three statements."""
    resolver = zones.resolver()
    return ZoneNames(zones.all_names(), resolver.resolve)


# --- projects -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """A project as a row is compared with it; amounts in 万元 or 万美元."""

    id: int
    code: str
    name: str
    key: str
    zone_id: int | None
    company_id: int | None
    company: str
    company_key: str
    version: int
    confidential: bool
    values: dict[str, Any]


#: Columns that a ledger may fill or change.
COMPARED = (
    "name",
    "statistics_name",
    "capital",
    "total_investment",
    "total_investment_usd",
    "fixed_investment",
    "fixed_investment_usd",
    "equipment_investment",
    "registered_capital",
    "registered_capital_usd",
    "statistics_amount",
    "amount_note",
    "land_mu",
    "content",
    "industry",
    "address",
    "investor_text",
    "first_contact_on",
    "first_contact_precision",
    "first_contact_text",
    "expected_sign_on",
    "expected_sign_precision",
    "expected_sign_text",
    "expected_start_on",
    "owner_id",
    "source",
    "source_note",
    "tier",
)


def _facts(row: Any) -> ProjectFacts:
    head: list[Any] = [*row[:10], dict(zip(COMPARED, row[10:], strict=True))]
    return ProjectFacts(*head)


def _project_query() -> Any:
    columns = [getattr(Project, name) for name in COMPARED]
    return (
        select(
            Project.id,
            Project.code,
            Project.name,
            Project.key,
            Project.zone_id,
            Project.company_id,
            Company.name,
            Company.key,
            Project.version,
            Project.confidential,
            *columns,
        )
        .outerjoin(Company, Company.id == Project.company_id)
        .order_by(Project.id)
    )


def projects_by_code(actor: Actor, codes: Iterable[str]) -> dict[str, ProjectFacts]:
    """Projects the actor may write, by code."""
    found: dict[str, ProjectFacts] = {}
    for chunk in _chunks(codes):
        query = _project_query().where(Project.code.in_(chunk), visible_to(actor, permissions.PROJECT_WRITE))
        found |= {facts.code: facts for facts in map(_facts, db.session.execute(query))}
    return found


def projects_by_name(
    actor: Actor, pairs: Iterable[tuple[int, str]]
) -> dict[tuple[int | None, str], list[ProjectFacts]]:
    """Projects the actor may write, by (zone id, name key)."""
    found: dict[tuple[int | None, str], list[ProjectFacts]] = defaultdict(list)
    for chunk in _chunks(pairs):
        query = _project_query().where(
            tuple_(Project.zone_id, Project.key).in_(chunk), visible_to(actor, permissions.PROJECT_WRITE)
        )
        for facts in map(_facts, db.session.execute(query)):
            found[facts.zone_id, facts.key].append(facts)
    return found


def projects_by_id(actor: Actor, ids: Iterable[int]) -> list[ProjectFacts]:
    """Projects the actor may write, by id."""
    found: list[ProjectFacts] = []
    for chunk in _chunks(ids):
        query = _project_query().where(Project.id.in_(chunk), visible_to(actor, permissions.PROJECT_WRITE))
        found += map(_facts, db.session.execute(query))
    return found


def notes_of(project_ids: Iterable[int]) -> set[tuple[int, str, str, str]]:
    """(project, done, problem, next step) of every note: the same words are not told twice."""
    found: set[tuple[int, str, str, str]] = set()
    for chunk in _chunks(project_ids):
        rows = db.session.execute(
            select(
                ProgressNote.project_id, ProgressNote.done, ProgressNote.problem, ProgressNote.next_step
            ).where(ProgressNote.project_id.in_(chunk))
        )
        found |= {(row[0], row[1], row[2], row[3]) for row in rows}
    return found


def milestones_of(project_ids: Iterable[int]) -> set[tuple[int, str]]:
    """(project, kind) of every milestone of a whole project, whatever its state."""
    found: set[tuple[int, str]] = set()
    for chunk in _chunks(project_ids):
        rows = db.session.execute(
            select(Milestone.project_id, Milestone.kind).where(
                Milestone.project_id.in_(chunk), Milestone.phase_id.is_(None)
            )
        )
        found |= {(row.project_id, row.kind.value) for row in rows}
    return found


def owners(today: date) -> dict[tuple[int | None, str], int]:
    """(zone id, name) → user, for names that one person of a zone bears."""
    rows = db.session.execute(
        select(Unit.zone_id, User.name, User.id)
        .join(Post, Post.user_id == User.id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(User.active, accounts.in_force(today), Unit.zone_id.is_not(None))
        .distinct()
    )
    named: dict[tuple[int | None, str], set[int]] = defaultdict(set)
    for zone_id, name, user_id in rows:
        named[zone_id, name].add(user_id)
    return {key: next(iter(ids)) for key, ids in named.items() if len(ids) == 1}


# --- companies ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    id: int
    version: int
    values: dict[str, Any]


#: Public facts that a list may fill where the register has none.
FILLED = (
    "name",
    "uscc",
    "old_reg_no",
    "short_name",
    "listed_code",
    "kind",
    "region",
    "city",
    "address",
    "industry",
    "founded_on",
    "registered_capital",
    "registered_capital_text",
    "business",
    "website",
)


def company_facts(company_ids: Iterable[int]) -> dict[int, CompanyFacts]:
    found: dict[int, CompanyFacts] = {}
    columns = [getattr(Company, name) for name in FILLED]
    for chunk in _chunks(company_ids):
        for row in db.session.execute(
            select(Company.id, Company.version, *columns).where(Company.id.in_(chunk))
        ):
            found[row[0]] = CompanyFacts(row[0], row[1], dict(zip(FILLED, row[2:], strict=True)))
    return found


def aliases_of(company_ids: Iterable[int]) -> dict[int, list[tuple[str, str]]]:
    """Company → (alias, key) pairs."""
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for chunk in _chunks(company_ids):
        rows = db.session.execute(
            select(CompanyAlias.company_id, CompanyAlias.alias, CompanyAlias.key).where(
                CompanyAlias.company_id.in_(chunk)
            )
        )
        for company_id, alias, key in rows:
            found[company_id].append((alias, key))
    return found


def linked_in(zone_ids: Iterable[int], company_ids: Iterable[int]) -> set[tuple[int, int]]:
    """(company, zone) of the links that are there."""
    zones_asked = list(set(zone_ids))
    found: set[tuple[int, int]] = set()
    for chunk in _chunks(company_ids):
        rows = db.session.execute(
            select(CompanyLink.company_id, CompanyLink.zone_id).where(
                CompanyLink.company_id.in_(chunk), CompanyLink.zone_id.in_(zones_asked)
            )
        )
        found |= {(row.company_id, row.zone_id) for row in rows}
    return found


def contacts_of(company_ids: Iterable[int]) -> set[tuple[int, int | None, str, str | None]]:
    """(company, zone, name, hash of the number) of every contact."""
    found: set[tuple[int, int | None, str, str | None]] = set()
    for chunk in _chunks(company_ids):
        rows = db.session.execute(
            select(Contact.company_id, Contact.zone_id, Contact.name, Contact.phone_hash).where(
                Contact.company_id.in_(chunk)
            )
        )
        found |= {(row[0], row[1], row[2], row[3]) for row in rows}
    return found


def codes_taken(codes: Sequence[str]) -> set[str]:
    """Credit codes that have been registered by now."""
    taken: set[str] = set()
    for chunk in _chunks(codes):
        taken |= set(db.session.scalars(select(Company.uscc).where(Company.uscc.in_(chunk))))
    return taken


def newest_company() -> int:
    """The highest id of the register: grows with every registration."""
    return db.session.scalar(select(func.max(Company.id))) or 0
