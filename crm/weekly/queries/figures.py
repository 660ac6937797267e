"""The issue's figures as sums of the database, in a fixed number of statements; no project is read by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, type_coerce

from crm.chains.models import ChainNode
from crm.chains.rules import ChainAction
from crm.companies.rules import LinkProgress
from crm.core import clock
from crm.core import db as database
from crm.core.calendar import Week
from crm.core.db import db
from crm.pipeline import queries as pipeline
from crm.pipeline.models import Recognition
from crm.pipeline.rules import MilestoneKind
from crm.projects.models import Phase, ProgressNote, Project
from crm.projects.rules import PhaseKind, Status
from crm.targeting.queries.rows import direction
from crm.weekly import rules
from crm.weekly.queries import around, then
from crm.weekly.queries.asked import Ask
from crm.weekly.rules import ChainRow, Figures, Signings, Stock, Tally

UNPLACED = "未定板块"


def figures(ask: Ask, week: Week, zones: Sequence[tuple[int, str]]) -> Figures:
    """One row a zone; leads and visits of no zone have a row of their own where there are any."""
    held, signings, beside = _stock(ask, week), _signings(ask, week), around.figures(ask, week)
    loose = any(s.zone_id is None for s in held) or None in beside
    known: list[tuple[int | None, str]] = [*zones]
    return rules.figures([*known, (None, UNPLACED)] if loose else known, held, signings, beside)


def known(ask: Ask) -> ColumnElement[bool]:
    """Projects of the reach that were there at the moment."""
    return and_(ask.reach(Project.__table__.c.zone_id), Project.created_at <= ask.known_at)


def _summed(each: Select[Any], *keys: str) -> Any:
    """Counts and amounts of `each` (which has `amount` and `rate`) by its columns `keys` and the rate.

    Where it has `counted`, rows with NULL there are in the amount and not in the count.
    """
    rows = each.subquery("each")
    many = func.count(rows.c.counted) if "counted" in rows.c else func.count()
    by = [rows.c[key] for key in (*keys, "rate")]
    total = type_coerce(func.sum(rows.c.amount), database.Amount).label("total")
    return rows, select(*by, many.label("many"), total).group_by(*by)


def _tally(row: Any) -> Tally:
    return Tally(row.many, row.total if row.total is None or row.rate is None else row.total * row.rate)


def _stock(ask: Ask, week: Week) -> list[Stock]:
    """Projects by zone, stage and status; a few hundred rows whatever the size of the city."""
    amount = then.amount(ask)
    noted = (
        select(ProgressNote.project_id)
        .where(ProgressNote.week == ask.week, ProgressNote.created_at <= ask.known_at)
        .distinct()
        .subquery("noted")
    )
    fresh = and_(Project.created_at > week.starts_after, Project.created_at <= week.cut)
    each = amount.join(
        select(
            Project.zone_id,
            type_coerce(then.stage(ask), Project.stage.type).label("stage"),
            type_coerce(then.status(ask), Project.status.type).label("status"),
            amount.value.label("amount"),
            amount.rate.label("rate"),
            case((fresh, 1), else_=0).label("fresh"),
            noted.c.project_id.label("noted"),
        ).outerjoin(noted, noted.c.project_id == Project.id)
    ).where(known(ask))
    rows, summed = _summed(each, "zone_id", "stage", "status")
    found = db.session.execute(
        summed.add_columns(func.sum(rows.c.fresh).label("fresh"), func.count(rows.c.noted).label("noted"))
    )
    return [Stock(row.zone_id, row.stage, row.status, _tally(row), row.fresh, row.noted) for row in found]


def _signings(ask: Ask, week: Week) -> dict[int | None, Signings]:
    """Zone → what was recognised this year, by the same day of last year, and in the week."""
    day = clock.local(ask.known_at).date()
    found: dict[int | None, Signings] = {}
    for row in db.session.execute(_signed(ask, day)):
        before, tally = found.get(row.zone_id, Signings()), _tally(row)
        if row.this_year:
            after = replace(before, this_year=rules.together([before.this_year, tally]))
        else:
            after = replace(before, last_year=rules.together([before.last_year, tally]))
        found[row.zone_id] = after
    for zone_id, kind, many in db.session.execute(_recognised(ask, day, week)):
        before = found.get(zone_id, Signings())
        signed = kind is MilestoneKind.SIGNED
        found[zone_id] = replace(before, new_signed=many) if signed else replace(before, new_started=many)
    return found


def _signed(ask: Ask, day: date) -> Select[Any]:
    amount, until = then.amount(ask), rules.year_before(day)
    on, whole = Recognition.statistical_on, Recognition.phase_id.is_(None)
    this_year, last_year = on.between(date(day.year, 1, 1), day), on.between(date(until.year, 1, 1), until)
    each = amount.join(
        select(
            Project.zone_id,
            case((this_year, 1), else_=0).label("this_year"),
            # A capital increase adds its increment and no project (decision 8).
            case((whole, 1), else_=None).label("counted"),
            type_coerce(case((whole, amount.value), else_=Recognition.amount), database.Amount).label(
                "amount"
            ),
            type_coerce(case((whole, amount.rate), else_=None), database.Share).label("rate"),
        )
        .select_from(Recognition)
        .join(Project, Project.id == Recognition.project_id)
    ).where(
        known(ask),
        Recognition.kind == MilestoneKind.SIGNED,
        or_(this_year, last_year),
        pipeline.counting(day, ask.known_at),
    )
    _, summed = _summed(each, "zone_id", "this_year")
    return summed  # type: ignore[no-any-return]


def _recognised(ask: Ask, day: date, week: Week) -> Select[int | None, MilestoneKind, int]:
    return (
        select(Project.zone_id, Recognition.kind, func.count(Recognition.project_id.distinct()))
        .select_from(Recognition)
        .join(Project, Project.id == Recognition.project_id)
        .outerjoin(Phase, Phase.id == Recognition.phase_id)
        .where(
            known(ask),
            or_(Recognition.phase_id.is_(None), Phase.kind == PhaseKind.PHASE),
            Recognition.kind.in_((MilestoneKind.SIGNED, MilestoneKind.STARTED)),
            Recognition.recognised_at > week.starts_after,
            Recognition.recognised_at <= week.cut,
            pipeline.counting(day, ask.known_at),
        )
        .group_by(Project.zone_id, Recognition.kind)
    )


def chains(ask: Ask) -> tuple[ChainRow, ...]:
    """One row a chain in its own order: targets by progress, live projects by 建链, 补链, 强链, 延链.

    The same numbers as the chain's pipeline page: what was stored at signing, else what the link's state asks for.
    """
    targets, projects = around.targets(ask), _by_chain(ask)
    return tuple(
        ChainRow(
            name,
            {progress: targets.get((chain_id, progress), 0) for progress in LinkProgress},
            {action: _pair(projects.get((chain_id, action), Tally())) for action in (*ChainAction, None)},
        )
        for chain_id, name in around.chains()
    )


def _pair(tally: Tally) -> tuple[int, Decimal | None]:
    return tally.count, tally.amount


def _by_chain(ask: Ask) -> Mapping[tuple[int, ChainAction | None], Tally]:
    amount = then.amount(ask)
    each = amount.join(
        select(
            ChainNode.chain_id,
            func.coalesce(Project.chain_action, direction()).label("action"),
            amount.value.label("amount"),
            amount.rate.label("rate"),
        )
        .select_from(Project)
        .join(ChainNode, ChainNode.id == Project.node_id)
    ).where(known(ask), then.status(ask) == Status.ACTIVE)
    _, summed = _summed(each, "chain_id", "action")
    found: dict[tuple[int, ChainAction | None], Tally] = {}
    for row in db.session.execute(summed):
        key = (row.chain_id, row.action)
        # As on the pipeline's page: an amount in USD alone is counted, not converted and added.
        one = _tally(row) if row.rate is None else Tally(row.many, None)
        found[key] = rules.together([found.get(key, Tally()), one])
    return found
