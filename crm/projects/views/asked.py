"""What the list's address asks for: filter, order, page; and the addresses that differ from it by one thing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from flask import request, url_for

from crm.core import money
from crm.core.actor import Actor
from crm.core.errors import RuleBroken
from crm.core.paging import Window
from crm.projects import queries
from crm.projects.queries import Choice, Filter, Summary
from crm.projects.rules import (
    AFTER_SIGNING,
    CAPITAL_LABELS,
    SOURCE_LABELS,
    STATUS_LABELS,
    TALKING,
    Capital,
    Source,
    Stage,
    Status,
    Tier,
)

Kind = TypeVar("Kind", bound=StrEnum)

GROUPS: dict[str, tuple[str, tuple[Stage, ...]]] = {
    "talking": ("签约前", TALKING),
    "signed": ("签约后", AFTER_SIGNING),
}
LIGHTS = {"ok": "正常", "warn": "预警", "bad": "红灯"}
#: Left out of an address that changes anything else: another list begins at its first page.
_PLACE = ("after", "page")


def _enum(kind: type[Kind], name: str) -> Kind | None:
    raw = request.args.get(name, "")
    return kind(raw) if raw in {member.value for member in kind} else None


def _number(name: str) -> int | None:
    raw = request.args.get(name, "")
    return int(raw) if raw.isdigit() and len(raw) < 12 else None


def _amount(name: str) -> Decimal | None:
    """A bare number is 亿元, as in the heading; what cannot be read narrows nothing."""
    try:
        found = money.parse(request.args.get(name, ""), "亿元")
    except RuleBroken:
        return None
    return found.value if found else None


def stages_asked() -> tuple[str, tuple[Stage, ...]]:
    """The group in sight and the stages shown; a stage alone implies its group."""
    stage = _enum(Stage, "stage")
    if stage is not None:
        return next(name for name, (_, stages) in GROUPS.items() if stage in stages), (stage,)
    group = request.args.get("group", "")
    return (group, GROUPS[group][1]) if group in GROUPS else ("", ())


def filter_asked() -> Filter:
    zone = queries.zone_by_code(request.args.get("zone", ""))
    return Filter(
        q=request.args.get("q", "").strip()[:100],
        zone_id=zone.id if zone else None,
        stages=stages_asked()[1],
        status=_enum(Status, "status"),
        tier=_enum(Tier, "tier"),
        capital=_enum(Capital, "capital"),
        chain_id=_number("chain"),
        node_id=_number("node"),
        owner_id=_number("owner"),
        company_id=_number("company"),
        source=_enum(Source, "source"),
        confidential=True if request.args.get("confidential") == "1" else None,
        least=_amount("least"),
        most=_amount("most"),
    )


def light_asked() -> str:
    raw = request.args.get("light", "")
    return raw if raw in LIGHTS else ""


def window_asked() -> Window:
    page = _number("page") or 1
    return Window(after=request.args.get("after") or None, page=max(1, page))


def sort_asked() -> str:
    raw = request.args.get("sort", "")
    return raw if raw.lstrip("-") in queries.SORTS else ""


def url(**changes: Any) -> str:
    """This list with some parameters changed; None takes one away."""
    kept = {key: value for key, value in request.args.items() if key not in _PLACE and value}
    kept |= {key: str(value) for key, value in changes.items() if value is not None}
    query: dict[str, Any] = {key: value for key, value in kept.items() if changes.get(key, "") is not None}
    return url_for("projects.index", **query)


#: What the filter form itself asks for; everything else of the address is carried along.
FILTERED = (
    "q",
    "zone",
    "status",
    "tier",
    "light",
    "least",
    "most",
    "chain",
    "capital",
    "source",
    "owner",
    "confidential",
)


def kept(*names: str) -> list[tuple[str, str]]:
    """What a GET form carries along hidden, without the fields it has itself."""
    return [(key, value) for key, value in request.args.items() if value and key not in (*names, *_PLACE)]


def sort_url(key: str) -> str:
    """Largest and newest first on the first click, the other way round on the second; names from A."""
    first = key if key in ("name", "expected") else f"-{key}"
    second = f"-{key}" if first == key else key
    return url(sort=second if (sort_asked() or "-amount") == first else first)


@dataclass(frozen=True, slots=True)
class Offers:
    """What the filter form offers, read once for form and chips."""

    zones: Sequence[Choice]
    chains: Sequence[Choice]
    owners: Sequence[Choice]
    tiers: Mapping[str, str]


def offers(actor: Actor) -> Offers:
    return Offers(
        queries.zones(actor),
        queries.chains(),
        queries.owners(actor),
        {row.code.value: row.label for row in queries.tiers()},
    )


def _label(choices: Sequence[Choice], by: Callable[[Choice], str]) -> Callable[[str], str | None]:
    return lambda raw: next((c.label for c in choices if by(c) == raw), None)


def _words(labels: Mapping[Any, str]) -> Callable[[str], str | None]:
    named = {str(getattr(key, "value", key)): text for key, text in labels.items()}
    return named.get


def chips(offered: Offers) -> list[dict[str, str]]:
    """The filters in force; each leads to the list without it."""
    reads: tuple[tuple[str, str, Callable[[str], str | None]], ...] = (
        ("q", "搜索", lambda raw: raw),
        ("zone", "板块", lambda raw: getattr(queries.zone_by_code(raw), "label", None)),
        ("group", "阶段", lambda raw: GROUPS[raw][0] if raw in GROUPS else None),
        ("stage", "阶段", _words({s: s.label for s in Stage})),
        ("status", "状态", _words(STATUS_LABELS)),
        ("tier", "级别", _words(offered.tiers)),
        ("light", "灯", _words(LIGHTS)),
        ("capital", "内外资", _words(CAPITAL_LABELS)),
        ("chain", "产业链", _label(offered.chains, lambda c: str(c.id))),
        ("owner", "责任人", _label(offered.owners, lambda c: str(c.id))),
        ("source", "来源", _words(SOURCE_LABELS)),
        ("confidential", "保密", lambda raw: "仅保密项目" if raw == "1" else None),
        (
            "least",
            "总投资",
            lambda raw: f"≥{money.yi(_amount('least'))}亿元" if _amount("least") is not None else None,
        ),
        (
            "most",
            "总投资",
            lambda raw: f"≤{money.yi(_amount('most'))}亿元" if _amount("most") is not None else None,
        ),
        ("company", "企业", lambda raw: "指定企业"),
    )
    found = []
    for name, label, read in reads:
        raw = request.args.get(name, "")
        words = read(raw) if raw else None
        if words:
            found.append({"label": label, "value": words, "url": url(**{name: None})})
    return found


def words(wanted: Filter) -> str:
    """What the list is about, beside its title: 签约前，进行中."""
    group, stages = stages_asked()
    stage = stages[0].label if len(stages) == 1 else GROUPS[group][0] if group else ""
    status = STATUS_LABELS[wanted.status] if wanted.status else ""
    return "，".join(filter(None, (stage, status)))


def segs(summary: Summary) -> list[dict[str, Any]]:
    """全部, then the groups; inside a group its stages."""
    group, shown = stages_asked()
    every = {
        "label": "全部",
        "url": url(group=None, stage=None),
        "count": summary.of().count,
        "current": not group,
    }
    if not group:
        return [
            every,
            *(
                {"label": label, "url": url(group=name), "count": summary.of(stages).count, "current": False}
                for name, (label, stages) in GROUPS.items()
            ),
        ]
    label, stages = GROUPS[group]
    whole = {
        "label": label,
        "url": url(group=group, stage=None),
        "count": summary.of(stages).count,
        "current": shown == stages,
    }
    return [
        every,
        whole,
        *(
            {
                "label": s.label,
                "url": url(stage=s.value, group=None),
                "count": summary.of((s,)).count,
                "current": shown == (s,),
            }
            for s in stages
        ),
    ]
