"""What a project's forms and filters offer: zones, chains, owners, tiers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from crm.accounts.models import Post, User
from crm.accounts.permissions import PROJECT_SEE
from crm.accounts.queries import in_force
from crm.chains.models import Chain, ChainNode
from crm.companies.models import Company
from crm.core import memo
from crm.core.actor import Actor, Role, Scope
from crm.core.db import db
from crm.projects.models import Project
from crm.projects.rules import Tier, TierRow
from crm.projects.scope import visible_to, zone_reach
from crm.settings import queries as settings
from crm.units.models import Unit
from crm.zones.models import Zone


@dataclass(frozen=True, slots=True)
class Choice:
    id: int
    code: str
    label: str


def tiers() -> Sequence[TierRow]:
    """The editable tier table, highest first."""
    rows = [
        TierRow(
            Tier(row["code"]),
            row["label"],
            Decimal(str(row["threshold"])),
            Decimal(str(row["threshold_usd"])),
        )
        for row in settings.value("tiers")
    ]
    return sorted(rows, key=lambda row: row.threshold, reverse=True)


def tiers_from(lowest: Tier) -> tuple[Tier, ...]:
    """Every tier from the highest down to one of them."""
    codes = [row.code for row in tiers()]
    return tuple(codes[: codes.index(lowest) + 1])


def all_zones() -> Sequence[Choice]:
    """Every development zone in the city's order."""
    return memo.once("projects.zones", _zones)


def _zones() -> Sequence[Choice]:
    rows = db.session.execute(select(Zone.id, Zone.code, Zone.short_name).order_by(Zone.order_no, Zone.id))
    return [Choice(*row) for row in rows]


def zones(actor: Actor) -> Sequence[Choice]:
    """The zones an actor's projects can lie in; one zone's people have nothing to choose."""
    if actor.scope(PROJECT_SEE) in (Scope.CITY, Scope.ASSIGNED):
        return all_zones()
    column = Zone.__table__.c.id
    rows = db.session.execute(
        select(Zone.id, Zone.code, Zone.short_name)
        .where(zone_reach(actor, PROJECT_SEE, column))
        .order_by(Zone.order_no, Zone.id)
    )
    return [Choice(*row) for row in rows]


def default_share() -> Decimal:
    """What goes to the zone that first talked, unless somebody says otherwise."""
    share: Decimal = settings.value("credit_default")
    return share


def company_name(company_id: int) -> str | None:
    return db.session.scalar(
        select(Company.name).where(Company.id == company_id, Company.merged_into_id.is_(None))
    )


def zone_by_code(code: str) -> Choice | None:
    return next((zone for zone in all_zones() if zone.code == code), None)


def chains() -> Sequence[Choice]:
    rows = db.session.execute(
        select(Chain.id, Chain.code, Chain.name).where(Chain.active).order_by(Chain.order_no, Chain.id)
    )
    return [Choice(*row) for row in rows]


def nodes() -> Sequence[Choice]:
    """Every node of an active chain, labelled 链 › 环节."""
    rows = db.session.execute(
        select(ChainNode.id, ChainNode.code, Chain.name, ChainNode.name)
        .join(Chain, Chain.id == ChainNode.chain_id)
        .where(Chain.active)
        .order_by(Chain.order_no, Chain.id, ChainNode.order_no, ChainNode.id)
    )
    return [Choice(id_, code, f"{chain} › {name}") for id_, code, chain, name in rows]


def node_by_code(code: str) -> int | None:
    return db.session.scalar(select(ChainNode.id).where(ChainNode.code == code))


def owners(actor: Actor) -> Sequence[Choice]:
    """Who answers for a project that the actor sees."""
    # Without more words SQLite begins at what the actor sees; asked for known owners it reads the index of them all.
    owning = select(Project.owner_id).where(visible_to(actor))
    rows = db.session.execute(
        select(User.id, User.login, User.name)
        .where(User.id.in_(owning))
        .order_by(User.name, User.id)
        .limit(300)
    )
    return [Choice(*row) for row in rows]


def _in_office(today: date) -> list[object]:
    return [
        User.active,
        in_force(today),
        Post.role.in_((Role.OFFICER, Role.SPECIALIST, Role.CHIEF, Role.BUREAU)),
    ]


def colleagues(zone_id: int | None, today: date) -> Sequence[Choice]:
    """Who may be made responsible: people in office in the zone; without a zone, those of the city bureau."""
    place = Unit.zone_id == zone_id if zone_id is not None else Unit.zone_id.is_(None)
    rows = db.session.execute(
        select(User.id, User.login, User.name)
        .join(Post, Post.user_id == User.id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(place, *_in_office(today))  # type: ignore[arg-type]
        .distinct()
        .order_by(User.name, User.id)
    )
    return [Choice(*row) for row in rows]


def user_by_login(login: str, zone_id: int | None, today: date) -> int | None:
    """A colleague's id; None when nobody in office there has this login."""
    return next((c.id for c in colleagues(zone_id, today) if c.code == login), None)


def user_id(login: str) -> int | None:
    """Anybody's id by login, for filters."""
    return db.session.scalar(select(User.id).where(User.login == login))
