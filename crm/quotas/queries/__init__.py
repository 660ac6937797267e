"""The board in a fixed number of statements, however many projects there are."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import and_, select, true

from crm.accounts import permissions
from crm.core import clock
from crm.core.actor import Actor, Scope
from crm.core.db import db
from crm.core.errors import NotFound
from crm.projects.scope import zone_reach
from crm.quotas import rules
from crm.quotas.queries import reading
from crm.quotas.rules import Board, PlanRow, QuotaRow, Times, ZoneRow
from crm.settings import queries as settings
from crm.zones.models import Plan, Quota, Zone


def plans() -> Sequence[PlanRow]:
    """Every plan, the newest first."""
    rows = db.session.scalars(select(Plan).order_by(Plan.first_year.desc(), Plan.id.desc()))
    return [
        PlanRow(
            id=plan.id,
            code=plan.code,
            title=plan.title,
            document_no=plan.document_no,
            first_year=plan.first_year,
            last_year=plan.last_year,
            milestone=plan.counting_milestone,
            basis=plan.amount_basis,
            carry_surplus=plan.carry_surplus,
            banner=plan.banner,
        )
        for plan in rows
    ]


def plan_for(year: int, code: str | None, known: Sequence[PlanRow]) -> PlanRow | None:
    """The named plan, else the newest that covers the year. A code that names none is NotFound."""
    if code:
        named = next((p for p in known if p.code == code), None)
        if named is None:
            raise NotFound()
        return named if named.first_year <= year <= named.last_year else None
    return next((p for p in known if p.first_year <= year <= p.last_year), None)


def board(
    actor: Actor,
    plan: PlanRow,
    year: int,
    as_of: date | None = None,
    known_at: datetime | None = None,
    *,
    zone: str | None = None,
    near: int = reading.NEAR,
    whole: bool = True,
) -> Board:
    """The board within the actor's reach; `zone` narrows it to one zone's code (NotFound outside the reach).

    Not `whole`, the entries below their threshold are left out: every figure is the same, and far fewer are judged.

    Without `as_of` and `known_at` it is today's: min(today, 31 December), by what is recorded now (decision 7).
    """
    times = Times(as_of or rules.default_as_of(year, clock.today()), known_at or clock.now())
    ask = reading.Ask(actor, plan, year, times, near, whole)
    zones, quotas = _zones_and_quotas(ask, zone)
    if zone is not None and not zones:
        raise NotFound()
    return rules.assemble(
        plan,
        year,
        zones,
        quotas,
        reading.projects(ask, quotas),
        times,
        rules.limits_of(settings.values()),
        whole=zone is None and actor.scope(permissions.BOARD_SEE) is Scope.CITY,
    )


def _zones_and_quotas(ask: reading.Ask, code: str | None) -> tuple[list[ZoneRow], list[QuotaRow]]:
    first = ask.span[0].year
    found = db.session.execute(
        select(
            Zone.id,
            Zone.code,
            Zone.short_name,
            Zone.order_no,
            Quota.year,
            Quota.threshold,
            Quota.threshold_usd,
            Quota.target,
            Quota.wording,
            Quota.to_confirm,
        )
        .outerjoin(
            Quota,
            and_(Quota.zone_id == Zone.id, Quota.plan_id == ask.plan.id, Quota.year.between(first, ask.year)),
        )
        .where(
            zone_reach(ask.actor, permissions.BOARD_SEE, Zone.__table__.c.id),
            Zone.code == code if code else true(),
        )
        .order_by(Zone.order_no, Zone.id, Quota.year)
    )
    zones: dict[int, ZoneRow] = {}
    quotas = []
    for zone_id, zone_code, name, order_no, *quota in found:
        zone = zones.setdefault(zone_id, ZoneRow(zone_id, zone_code, name, order_no))
        if quota[0] is not None:
            quotas.append(QuotaRow(zone, *quota))
    return list(zones.values()), quotas
