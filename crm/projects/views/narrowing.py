"""How the three pages of projects say what they are narrowed to: offers of the filter form, chips, segments, saved views."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import request, url_for

from crm.accounts.queries import saved
from crm.accounts.queries.saved import Preference, ViewRow
from crm.assignments.queries import lists as assignments
from crm.core import memo, money
from crm.core.actor import Actor
from crm.projects import queries
from crm.projects.queries import Choice, Filter, Summary
from crm.projects.rules import CAPITAL_LABELS, SOURCE_LABELS, STATUS_LABELS, Stage
from crm.projects.views import asked, chained
from crm.projects.views.columns import CHOOSER


@dataclass(frozen=True, slots=True)
class Offers:
    """What the filter form offers, read once for form and chips."""

    zones: Sequence[Choice]
    chains: Sequence[Choice]
    owners: Sequence[Choice]
    tiers: Mapping[str, str]
    leaders: Sequence[tuple[int, str]]


def offers(actor: Actor, today: date) -> Offers:
    return Offers(
        queries.zones(actor),
        queries.chains(),
        queries.owners(actor),
        tier_words(),
        assignments.leaders_offered(actor, today),
    )


def tier_words() -> dict[str, str]:
    """Each tier, then each with all above it."""
    labels = {row.code.value: row.label for row in queries.tiers()}
    upward = {f"{code}{asked.UPWARD}": f"{label}起" for code, label in labels.items()}
    return labels | {asked.UNTIERED: "未定级"} | upward


def _label(choices: Sequence[Choice], by: Callable[[Choice], str]) -> Callable[[str], str | None]:
    return lambda raw: next((c.label for c in choices if by(c) == raw), None)


def _words(labels: Mapping[Any, str]) -> Callable[[str], str | None]:
    named = {str(getattr(key, "value", key)): text for key, text in labels.items()}
    return named.get


def _least(sign: str, name: str) -> Callable[[str], str | None]:
    def words(_: str) -> str | None:
        amount = asked.amount_asked(name)
        return None if amount is None else f"{sign}{money.yi(amount)}亿元"

    return words


def _owner(offered: Offers) -> Callable[[str], str | None]:
    named = _label(offered.owners, lambda c: str(c.id))
    return lambda raw: "我" if raw == "me" else named(raw)


def _day(name: str) -> Callable[[str], str | None]:
    def words(_: str) -> str | None:
        day = asked.day_asked(name)
        return None if day is None else day.isoformat()

    return words


def _ticked(_: str) -> str | None:
    ids = asked.ids_asked()
    return None if ids is None else f"所选{len(ids)}个"


def chips(offered: Offers) -> list[dict[str, str]]:
    """The filters in force; each leads to the page without it."""
    reads: tuple[tuple[str, str, Callable[[str], str | None]], ...] = (
        ("q", "搜索", lambda raw: raw),
        ("zone", "板块", lambda raw: getattr(queries.zone_by_code(raw), "label", None)),
        ("group", "阶段", lambda raw: asked.GROUPS[raw][0] if raw in asked.GROUPS else None),
        ("stage", "阶段", _words({s: s.label for s in Stage})),
        ("status", "状态", _words(STATUS_LABELS)),
        ("tier", "级别", _words(offered.tiers)),
        ("light", "灯", _words(asked.LIGHTS)),
        ("stuck", "停留", lambda raw: "超过常规天数" if raw == "1" else None),
        ("slip", "推迟", asked.SLIPS.get),
        ("capital", "内外资", _words(CAPITAL_LABELS)),
        ("chain", "产业链", _label(offered.chains, lambda c: str(c.id))),
        ("node", "环节", lambda raw: "指定环节" if raw.isdecimal() else None),
        ("action", "方向", chained.ACTIONS.get),
        ("reached", "走到", chained.REACHED.get),
        ("leader", "挂钩领导", _words(dict(offered.leaders))),
        ("owner", "责任人", _owner(offered)),
        ("maker", "登记人", {"me": "我"}.get),
        ("since", "新增自", _day("since")),
        ("until", "新增至", _day("until")),
        ("source", "来源", _words(SOURCE_LABELS)),
        ("confidential", "保密", lambda raw: "仅保密项目" if raw == "1" else None),
        ("least", "总投资", _least("≥", "least")),
        ("most", "总投资", _least("≤", "most")),
        ("company", "企业", lambda raw: "指定企业" if raw.isdecimal() else None),
        ("ids", "勾选", _ticked),
    )
    left_out = () if asked.here() == asked.LIST else ("group", "stage")
    found = []
    for name, label, read in reads:
        raw = request.args.get(name, "")
        words = read(raw) if raw and name not in left_out else None
        if words:
            found.append({"label": label, "value": words, "url": asked.url(**{name: None, "saved": None})})
    return found


def words(wanted: Filter) -> str:
    """What the list is about, beside its title: 签约前，进行中."""
    group, stages = asked.stages_asked()
    stage = stages[0].label if len(stages) == 1 else asked.GROUPS[group][0] if group else ""
    status = STATUS_LABELS[wanted.status] if wanted.status else ""
    return "，".join(filter(None, (stage, status)))


def _seg(label: str, count: int, current: bool, **changes: Any) -> dict[str, Any]:
    return {"label": label, "url": asked.url(**changes), "count": count, "current": current}


def segs(summary: Summary) -> list[dict[str, Any]]:
    """全部, then the groups; inside a group its stages."""
    group, shown = asked.stages_asked()
    every = _seg("全部", summary.of().count, not group, group=None, stage=None)
    if not group:
        return [
            every,
            *(
                _seg(label, summary.of(stages).count, False, group=name)
                for name, (label, stages) in asked.GROUPS.items()
            ),
        ]
    label, stages = asked.GROUPS[group]
    whole = _seg(label, summary.of(stages).count, shown == stages, group=group, stage=None)
    return [
        every,
        whole,
        *(_seg(s.label, summary.of((s,)).count, shown == (s,), stage=s.value, group=None) for s in stages),
    ]


def switch() -> list[dict[str, Any]]:
    """The three pages under the same filters."""
    dropped: dict[str, Any] = {"sort": None, "order": None, "cols": None, "saved": None, "at": None}
    return [
        {"label": label, "url": asked.url(to, **dropped), "current": asked.here() == to}
        for label, to in (("列表", asked.LIST), ("看板", asked.BOARD), ("卡点", asked.STUCK))
    ]


# --- saved views ------------------------------------------------------------------------------------


def view_url(page: str, view: ViewRow) -> str:
    """The list as the view keeps it."""
    query: dict[str, Any] = {
        key: value for key, value in parse_qsl(view.query)[:40] if key in asked.KEPT and value
    }
    if view.columns:
        query["cols"] = ",".join(view.columns)
    return url_for(page, **query, saved=view.id)


@dataclass(frozen=True, slots=True)
class Kept:
    """The saved views of this page: as tabs, which one is open, and whether the page differs from it by now."""

    page: str
    tabs: Sequence[Mapping[str, Any]]
    open: ViewRow | None
    changed: bool
    preference: Preference
    columns: tuple[str, ...]
    query: str

    @property
    def any(self) -> bool:
        return len(self.tabs) > 1


def _preference(actor: Actor, page: str) -> Preference:
    return memo.once(f"preference:{actor.user_id}:{page}", lambda: saved.preference(actor, page))


def kept(actor: Actor) -> Kept:
    """Two statements: the views, and what the person prefers."""
    page = asked.here()
    views, preference = saved.views_of(actor, page), _preference(actor, page)
    opened = request.args.get("saved", "")
    view = next((v for v in views if str(v.id) == opened), None)
    shown = CHOOSER.named(request.args.get("cols", "")) or CHOOSER.chosen(preference.columns)
    changed = view is not None and (
        dict(parse_qsl(view.query)) != asked.query_kept() or bool(view.columns and view.columns != shown)
    )
    tabs = [{"label": "全部", "url": url_for(page, saved="all"), "count": None, "current": view is None}]
    tabs += [
        {"label": v.name, "url": view_url(page, v), "count": None, "current": v is view, "shared": not v.mine}
        for v in views
    ]
    return Kept(page, tabs, view, changed, preference, shown, urlencode(asked.query_kept()))


def opening(actor: Actor) -> str | None:
    """Where a bare address leads to: the view that the person lets this page open with."""
    if request.args:
        return None
    page = asked.here()
    preference = _preference(actor, page)
    if preference.opens_with is None:
        return None
    view = next((v for v in saved.views_of(actor, page) if v.id == preference.opens_with), None)
    return view_url(page, view) if view else None
