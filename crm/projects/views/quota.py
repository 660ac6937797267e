"""What recognising the next milestone would do to the zone's quota of the year; read from the board itself."""

from flask import url_for

from crm.accounts.permissions import BOARD_SEE
from crm.core import clock
from crm.core.actor import Actor
from crm.pipeline.rules import Gate, QuotaEffect
from crm.projects.queries import Record
from crm.projects.rules import Capital, Tier
from crm.quotas import queries as quotas
from crm.quotas.rules import ZoneLine, plain
from crm.zones.rules import AmountBasis


def effect(actor: Actor, record: Record, gate: Gate | None) -> QuotaEffect | None:
    """None where the step does not count, the project is too small, or the zone carries no quota."""
    project = record.project
    large = project.tier in (Tier.T100, Tier.T50) and project.exclusion is None
    if gate is None or record.zone_code is None or not large or not actor.can(BOARD_SEE):
        return None
    year = clock.today().year
    plan = quotas.plan_for(year, None, quotas.plans())
    if plan is None or plan.milestone.value != gate.to.value:
        return None
    board = quotas.board(actor, plan, year, zone=record.zone_code)
    line = next(iter(board.lines), None)
    if line is None or not _reaches(record, line, plan.basis):
        return None
    return QuotaEffect(
        zone=line.zone.name,
        threshold=line.threshold_label,
        before=plain(line.counted + line.carried),
        after=plain(line.counted + line.carried + 1),
        target=str(line.target),
        url=url_for("quotas.board"),
    )


def _reaches(record: Record, line: ZoneLine, basis: AmountBasis) -> bool:
    """By the amount the plan goes by, in its own currency (decision 2)."""
    p = record.project
    total = basis is AmountBasis.TOTAL
    amount, usd = (
        (p.total_investment, p.total_investment_usd)
        if total
        else (p.fixed_investment, p.fixed_investment_usd)
    )
    if p.capital is Capital.FOREIGN and usd is not None:
        return usd >= line.threshold_usd
    return amount is not None and amount >= line.threshold
