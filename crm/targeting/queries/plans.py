"""The chains of each zone, and the zones' yearly chain plans within the actor's reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from crm.accounts.models import Post, User
from crm.accounts.permissions import BOARD_SEE
from crm.accounts.queries import in_force
from crm.chains.models import Chain
from crm.core import clock
from crm.core.actor import Actor, Role
from crm.core.db import db
from crm.core.errors import NotFound
from crm.projects.rules import files as file_rules
from crm.projects.scope import zone_reach
from crm.targeting.models import ChainPlan, ChainPlanDue, ChainPlanFile, ChainPlanStep, ZoneChain
from crm.targeting.rules import plans as rules
from crm.targeting.rules.plans import ChainRole, PlanState
from crm.units.models import Unit
from crm.zones.models import Zone


@dataclass(frozen=True, slots=True)
class ZoneChainRow:
    """A chain as one zone has it."""

    zone_id: int
    zone_code: str
    zone: str
    level: str
    chain_code: str
    chain: str
    kind: ChainRole
    source: str
    to_confirm: bool
    version: int


def zone_chains(*, zone_id: int | None = None, chain_id: int | None = None) -> list[ZoneChainRow]:
    """By zone in the plan's order, the leading chains first. Public facts: no scope is applied."""
    wanted: list[ColumnElement[bool]] = [
        ZoneChain.active.is_(True),
        Chain.active.is_(True),
        Unit.active.is_(True),
    ]
    wanted += [ZoneChain.zone_id == zone_id] if zone_id is not None else []
    wanted += [ZoneChain.chain_id == chain_id] if chain_id is not None else []
    rows: Any = db.session.execute(
        select(
            Zone.id,
            Zone.code,
            Zone.short_name,
            Zone.level,
            Chain.code,
            Chain.name,
            ZoneChain.kind,
            ZoneChain.source,
            ZoneChain.to_confirm,
            ZoneChain.version,
        )
        .join(Zone, Zone.id == ZoneChain.zone_id)
        .join(Unit, Unit.id == Zone.id)
        .join(Chain, Chain.id == ZoneChain.chain_id)
        .where(*wanted)
        .order_by(Zone.order_no, Zone.id, ZoneChain.kind, Chain.order_no, Chain.id)
    )
    return [ZoneChainRow(*row) for row in rows]


def leading_codes() -> dict[int, tuple[str, ...]]:
    """Chain id → codes of the zones in which it leads, in the plan's order. One statement."""
    rows = db.session.execute(
        select(ZoneChain.chain_id, Zone.code)
        .join(Zone, Zone.id == ZoneChain.zone_id)
        .join(Unit, Unit.id == Zone.id)
        .where(ZoneChain.active, ZoneChain.kind == ChainRole.LEADING, Unit.active)
        .order_by(Zone.order_no, Zone.id)
    )
    found: dict[int, tuple[str, ...]] = {}
    for chain_id, code in rows:
        found[chain_id] = (*found.get(chain_id, ()), code)
    return found


def zone_chain(zone_id: int, chain_id: int) -> ZoneChain | None:
    return db.session.scalar(
        select(ZoneChain).where(ZoneChain.zone_id == zone_id, ZoneChain.chain_id == chain_id)
    )


@dataclass(frozen=True, slots=True)
class ZoneLine:
    """A zone with its chains; `hint` where their number is not what the plan has in mind."""

    code: str
    name: str
    level: str
    industries: tuple[str, ...]
    leading: tuple[ZoneChainRow, ...]
    other: tuple[ZoneChainRow, ...]
    hint: str


def zone_lines() -> list[ZoneLine]:
    """Every active zone, those without a chain too. Two statements."""
    each: dict[int, list[ZoneChainRow]] = {}
    for row in zone_chains():
        each.setdefault(row.zone_id, []).append(row)
    zones: Any = db.session.execute(
        select(Zone.id, Zone.code, Zone.short_name, Zone.level, Zone.leading_industries)
        .join(Unit, Unit.id == Zone.id)
        .where(Unit.active)
        .order_by(Zone.order_no, Zone.id)
    )
    return [
        _line(code, name, level, tuple(industries or ()), each.get(id_, []))
        for id_, code, name, level, industries in zones
    ]


def _line(
    code: str, name: str, level: str, industries: tuple[str, ...], rows: Sequence[ZoneChainRow]
) -> ZoneLine:
    leading = tuple(row for row in rows if row.kind is ChainRole.LEADING)
    other = tuple(row for row in rows if row.kind is ChainRole.OTHER)
    return ZoneLine(code, name, level, industries, leading, other, rules.leading_hint(level, len(leading)))


# --- yearly plans -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A zone's plan of a year; `id` is None while nobody began. `late` is by how many days it is or was late."""

    zone_id: int
    zone_code: str
    zone: str
    id: int | None
    state: PlanState
    files: int
    submitted_at: datetime | None
    decided_at: datetime | None
    reason: str
    late: int


def dues() -> dict[int, date]:
    rows: Any = db.session.execute(select(ChainPlanDue.year, ChainPlanDue.due_on))
    return {year: on for year, on in rows}


def due(year: int) -> ChainPlanDue | None:
    return db.session.get(ChainPlanDue, year)


def years(today: date) -> list[int]:
    known = set(db.session.scalars(select(ChainPlan.year).distinct())) | set(dues())
    return rules.years_shown(today, known)


def of_year(actor: Actor, year: int, today: date, zone_id: int | None = None) -> list[PlanRow]:
    """Every zone within reach, in the plan's order. Two statements."""
    actor.require(BOARD_SEE)
    due_on = rules.due_on(year, dues())
    files = (
        select(func.count())
        .where(ChainPlanFile.plan_id == ChainPlan.id, ChainPlanFile.deleted_at.is_(None))
        .correlate(ChainPlan)
        .scalar_subquery()
    )
    wanted = [Unit.active, zone_reach(actor, BOARD_SEE, Zone.__table__.c.id)]
    wanted += [Zone.id == zone_id] if zone_id is not None else []
    rows: Any = db.session.execute(
        select(
            Zone.id,
            Zone.code,
            Zone.short_name,
            ChainPlan.id,
            ChainPlan.state,
            files,
            ChainPlan.submitted_at,
            ChainPlan.decided_at,
            ChainPlan.reason,
        )
        .join(Unit, Unit.id == Zone.id)
        .outerjoin(ChainPlan, and_(ChainPlan.zone_id == Zone.id, ChainPlan.year == year))
        .where(*wanted)
        .order_by(Zone.order_no, Zone.id)
    )
    found = []
    for zone, code, name, plan_id, state, count, sent, decided, reason in rows:
        stands = state or PlanState.DRAFT
        sent_on = clock.local(sent).date() if sent else None
        late = rules.lateness(stands, due_on, today, sent_on)
        found.append(PlanRow(zone, code, name, plan_id, stands, count, sent, decided, reason or "", late))
    return found


def plan_row(actor: Actor, zone_code: str, year: int, today: date) -> PlanRow:
    """NotFound for a zone beyond reach."""
    zone_id = db.session.scalar(select(Zone.id).where(Zone.code == zone_code))
    found = of_year(actor, year, today, zone_id) if zone_id is not None else []
    if not found:
        raise NotFound()
    return found[0]


def plan(zone_id: int, year: int) -> ChainPlan | None:
    return db.session.scalar(select(ChainPlan).where(ChainPlan.zone_id == zone_id, ChainPlan.year == year))


@dataclass(frozen=True, slots=True)
class FileRow:
    id: int
    filename: str
    media_type: str
    size: int
    sha256: str
    by: str
    uploaded_at: datetime

    @property
    def ending(self) -> str:
        return self.filename.rpartition(".")[2].lower()

    @property
    def size_words(self) -> str:
        return file_rules.size_words(self.size)


def files_of(plan_id: int | None) -> list[FileRow]:
    rows: Any = db.session.execute(
        select(
            ChainPlanFile.id,
            ChainPlanFile.filename,
            ChainPlanFile.media_type,
            ChainPlanFile.size,
            ChainPlanFile.sha256,
            func.coalesce(User.name, ""),
            ChainPlanFile.uploaded_at,
        )
        .outerjoin(User, User.id == ChainPlanFile.uploaded_by)
        .where(ChainPlanFile.plan_id == plan_id, ChainPlanFile.deleted_at.is_(None))
        .order_by(ChainPlanFile.id.desc())
    )
    return [FileRow(*row) for row in rows]


def file(actor: Actor, file_id: int) -> tuple[ChainPlanFile, ChainPlan]:
    """A file of a plan within reach, else NotFound."""
    row = db.session.execute(
        select(ChainPlanFile, ChainPlan)
        .join(ChainPlan, ChainPlan.id == ChainPlanFile.plan_id)
        .where(
            ChainPlanFile.id == file_id,
            ChainPlanFile.deleted_at.is_(None),
            zone_reach(actor, BOARD_SEE, ChainPlan.__table__.c.zone_id),
        )
    ).one_or_none()
    if row is None:
        raise NotFound()
    return row[0], row[1]


@dataclass(frozen=True, slots=True)
class StepRow:
    state: PlanState
    note: str
    by: str
    at: datetime


def steps_of(plan_id: int | None) -> list[StepRow]:
    """The newest first."""
    rows: Any = db.session.execute(
        select(ChainPlanStep.state, ChainPlanStep.note, func.coalesce(User.name, ""), ChainPlanStep.made_at)
        .outerjoin(User, User.id == ChainPlanStep.made_by)
        .where(ChainPlanStep.plan_id == plan_id)
        .order_by(ChainPlanStep.id.desc())
    )
    return [StepRow(*row) for row in rows]


def holders(role: Role, zone_id: int | None, today: date) -> Sequence[int]:
    """Who holds a role today, in one zone or anywhere: whom an act is told to."""
    wanted = [Unit.zone_id == zone_id] if zone_id is not None else []
    return db.session.scalars(
        select(Post.user_id)
        .join(User, User.id == Post.user_id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(Post.role == role, User.active, in_force(today), *wanted)
        .distinct()
        .order_by(Post.user_id)
    ).all()
