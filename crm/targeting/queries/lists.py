"""The list of targets: filters, counts by progress, order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, exists, func, literal, select, tuple_

from crm.accounts.permissions import PROJECT_SEE
from crm.chains.models import Chain, ChainNode
from crm.chains.rules import ChainAction
from crm.companies.models import Company
from crm.companies.rules import LinkProgress
from crm.core import paging, search
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.targeting import scope
from crm.targeting.models import CampaignTarget, Target, TargetSignal
from crm.targeting.queries.rows import TargetRow, base, direction, last_contact, next_due, rows, signal
from crm.targeting.rules.targets import SORTS, Filters
from crm.zones.models import Zone

# --- narrowing ---------------------------------------------------------------------------------------


def conditions(
    actor: Actor, filters: Filters, today: date, *, progress: bool = True
) -> list[ColumnElement[bool]]:
    """`progress` False leaves out what the segments above the list choose between."""
    found: list[ColumnElement[bool]] = [Company.merged_into_id.is_(None), scope.visible_to(actor)]
    found.append(Target.node_id.is_(None) if filters.open else Target.node_id.is_not(None))
    if progress:
        found += _standing(filters)
    return found + _place(filters) + _people(filters, today)


def _standing(filters: Filters) -> list[ColumnElement[bool]]:
    """What became a project is counted there: a progress, or only the live ones, means those that did not."""
    if filters.converted:
        return [Target.project_id.is_not(None)]
    found: list[ColumnElement[bool]] = []
    if filters.converted is False or filters.progress or filters.live:
        found.append(Target.project_id.is_(None))
    if filters.progress:
        found.append(Target.progress == filters.progress)
    if filters.live:
        found.append(Target.progress != LinkProgress.GIVEN_UP)
    return found


def _place(filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.q:
        dialect = db.session.get_bind().dialect.name
        found.append(
            search.matches(
                "companies", Company.id, Company.search_tokens, Company.search_text, filters.q, dialect
            )
        )
    if filters.chain:
        found.append(Chain.code == filters.chain)
    if filters.node:
        found.append(ChainNode.code == filters.node)
    if filters.action:
        found.append(
            direction().is_(None) if filters.action == "none" else direction() == ChainAction(filters.action)
        )
    if filters.zone == "city":
        found.append(Target.zone_id.is_(None))
    elif filters.zone:
        found.append(Target.zone_id.in_(select(Zone.id).where(Zone.code == filters.zone)))
    return found


def _people(filters: Filters, today: date) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.entry:
        found.append(Target.entry_kind == filters.entry)
    if filters.owner_id:
        found.append(Target.owner_id == filters.owner_id)
    if filters.campaign_id:
        listed = select(CampaignTarget.target_id).where(CampaignTarget.campaign_id == filters.campaign_id)
        found.append(Target.id.in_(listed))
    if filters.since:
        since = TargetSignal.happened_on >= filters.since
        found.append(exists().where(TargetSignal.target_id == Target.id, since))
    if filters.due:
        found.append(next_due().is_(None) if filters.due == "none" else next_due() < today)
    if filters.ids is not None:
        found.append(Target.id.in_(filters.ids))
    return found


# --- counts ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Counts:
    """Targets by progress (those that are projects by now apart), and how many different companies the list shows."""

    by_progress: Mapping[LinkProgress, int]
    converted: int
    companies: int

    @property
    def all(self) -> int:
        return sum(self.by_progress.values()) + self.converted

    def of(self, filters: Filters) -> int:
        """How many rows the list has under its filters."""
        if filters.converted:
            return self.converted
        if filters.progress:
            return self.by_progress.get(filters.progress, 0)
        live = sum(n for p, n in self.by_progress.items() if p is not LinkProgress.GIVEN_UP)
        if filters.live:
            return live
        return self.all if filters.converted is None else self.all - self.converted


def counts(actor: Actor, filters: Filters, today: date) -> Counts:
    """Two statements: by progress under all filters but the progress itself, and the companies of the list."""
    actor.require(PROJECT_SEE)
    turned = Target.project_id.is_not(None)
    rows = db.session.execute(
        base(Target.progress, turned, func.count())
        .where(*conditions(actor, filters, today, progress=False))
        .group_by(Target.progress, turned)
    )
    by_progress: dict[LinkProgress, int] = {}
    converted = 0
    for progress, is_project, number in rows:
        if is_project:
            converted += number
        else:
            by_progress[progress] = by_progress.get(progress, 0) + number
    companies = db.session.scalar(
        base(func.count(Target.company_id.distinct())).where(*conditions(actor, filters, today))
    )
    return Counts(by_progress, converted, companies or 0)


# --- rows --------------------------------------------------------------------------------------------

_NEVER, _EVER = literal(date(1, 1, 1), Date), literal(date(9999, 12, 31), Date)


def _sort_value(key: str) -> tuple[Any, type[Any]]:
    if key == "name":
        return Company.sort_key, str
    if key == "updated":
        return Target.updated_at, datetime
    if key == "next":
        return func.coalesce(next_due(), _EVER), date
    value = last_contact() if key == "contact" else signal(func.max(TargetSignal.happened_on))
    return func.coalesce(value, _NEVER), date


def page(
    actor: Actor, filters: Filters, sort: str, window: paging.Window, today: date, total: int
) -> paging.Page[TargetRow]:
    """One page in two statements: its ids in their order, then their rows. `total` comes from `counts`."""
    actor.require(PROJECT_SEE)
    sort = sort or "next"
    down, key = sort.startswith("-"), sort.removeprefix("-")
    if key not in SORTS:
        raise RuleBroken(f"排序只能按 {'、'.join(SORTS)}，倒序在前面加 -。", "sort")
    value, kind = _sort_value(key)
    place = (value, Target.id)
    query = base(Target.id, value).where(*conditions(actor, filters, today))
    if window.after is not None:
        seen = tuple_(*_seen(window.after, value, kind))
        query = query.where(tuple_(*place) < seen if down else tuple_(*place) > seen)
    elif window.page > 1:
        query = query.offset((window.page - 1) * window.per_page)
    query = query.order_by(*(part.desc() if down else part.asc() for part in place))
    ids = [tuple(row) for row in db.session.execute(query.limit(window.per_page + 1))]
    shown = ids[: window.per_page]
    following = None
    if len(ids) > window.per_page:
        last_id, last = shown[-1]
        following = paging.token(last.isoformat() if isinstance(last, date) else last, last_id)
    found = {row.id: row for row in rows(actor, [key for key, _ in shown])}
    return paging.Page([found[key] for key, _ in shown if key in found], total, window, following)


def _seen(token: str, value: Any, kind: type[Any]) -> tuple[Any, Any]:
    raw, last = paging.key_of(token, 2)
    try:
        read = (raw or "") if kind is str else kind.fromisoformat(raw or "")
    except ValueError as error:
        raise RuleBroken("翻页位置无法识别，请回到第一页。", field="after") from error
    return literal(read, value.type), paging.number(last)
