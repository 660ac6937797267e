"""What the address of a list of projects asks for: filter, order, page; and addresses that differ from it by one thing.

The list, the board and the map of what is stuck read the same filters, so that one leads to the other.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import request, url_for

from crm.core import clock, dates, money
from crm.core.actor import Actor
from crm.core.errors import RuleBroken
from crm.core.paging import Window
from crm.pipeline.queries import lines
from crm.projects import queries
from crm.projects.models import Project
from crm.projects.queries import Filter
from crm.projects.rules import AFTER_SIGNING, TALKING, Capital, Source, Stage, Status, Tier
from crm.projects.views import chained

Kind = TypeVar("Kind", bound=StrEnum)

GROUPS: dict[str, tuple[str, tuple[Stage, ...]]] = {
    "talking": ("签约前", TALKING),
    "signed": ("签约后", AFTER_SIGNING),
}
LIGHTS = {"ok": "正常", "warn": "预警", "bad": "红灯"}
#: The tier of a project whose amount nobody knows.
UNTIERED = "none"
#: Behind the code of a tier: that one and all above it.
UPWARD = "-up"
SLIPS = {"1": "推迟过", "2": "推迟2次及以上", "3": "推迟3次及以上"}
LIST, BOARD, STUCK = "projects.index", "pipeline.board", "pipeline.stuck"
#: Left out of an address that changes anything else: another list begins at its first page.
_PLACE = ("after", "page")
#: The filters, which are the same on the three pages.
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
    "maker",
    "since",
    "until",
    "leader",
    "stuck",
    "slip",
    "confidential",
    "node",
    "action",
    "reached",
    "company",
    "ids",
)
#: What a saved view keeps of an address.
KEPT = (*FILTERED, "stage", "group", "sort", "order")
_MOST_IDS = 200


def _enum(kind: type[Kind], name: str) -> Kind | None:
    raw = request.args.get(name, "")
    return kind(raw) if raw in {member.value for member in kind} else None


def _number(name: str) -> int | None:
    raw = request.args.get(name, "")
    return int(raw) if raw.isdecimal() and raw.isascii() and len(raw) < 10 else None


def _amount(name: str) -> Decimal | None:
    """A bare number is 亿元, as in the heading; what cannot be read narrows nothing."""
    try:
        found = money.parse(request.args.get(name, ""), "亿元")
    except RuleBroken:
        return None
    return found.value if found else None


amount_asked = _amount


def day_asked(name: str) -> date | None:
    """A day as of the city's clock; what is no day narrows nothing."""
    try:
        read = dates.parse(request.args.get(name, "")[:20], today=clock.today())
    except RuleBroken:
        return None
    return read.on if read is not None and read.precision is dates.Precision.DAY else None


def created_asked() -> tuple[datetime | None, datetime | None]:
    """The moments between which a project was entered; the last day is one of them."""
    since, until = day_asked("since"), day_asked("until")
    return clock.midnight(since) if since else None, clock.midnight(until + timedelta(1)) if until else None


def tiers_asked() -> tuple[Tier, ...]:
    """?tier=t5-up: from one tier upward."""
    code, upward, _ = request.args.get("tier", "").partition(UPWARD)
    return queries.tiers_from(Tier(code)) if upward and code in set(Tier) else ()


def ids_asked() -> tuple[int, ...] | None:
    """Projects somebody ticked, as 12.15.31; None where the address names none."""
    raw = request.args.get("ids", "")
    if not raw:
        return None
    return tuple(int(part) for part in raw.split(".") if part.isdecimal() and len(part) < 10)[:_MOST_IDS]


def stages_asked() -> tuple[str, tuple[Stage, ...]]:
    """The group in sight and the stages shown; a stage alone implies its group."""
    stage = _enum(Stage, "stage")
    if stage is not None:
        return next(name for name, (_, stages) in GROUPS.items() if stage in stages), (stage,)
    group = request.args.get("group", "")
    return (group, GROUPS[group][1]) if group in GROUPS else ("", ())


def filter_asked(actor: Actor, today: date) -> Filter:
    """Everything the address narrows to, also by what higher features know: lights, leaders, norms."""
    zone = queries.zone_by_code(request.args.get("zone", ""))
    extra = (Project.tier.is_(None),) if request.args.get("tier") == UNTIERED else ()
    created = created_asked()
    wanted = Filter(
        q=request.args.get("q", "").strip()[:100],
        zone_id=zone.id if zone else None,
        stages=stages_asked()[1],
        status=_enum(Status, "status"),
        tier=_enum(Tier, "tier"),
        tiers=tiers_asked(),
        capital=_enum(Capital, "capital"),
        chain_id=_number("chain"),
        node_id=_number("node"),
        owner_id=actor.user_id if request.args.get("owner") == "me" else _number("owner"),
        created_by=actor.user_id if request.args.get("maker") == "me" else None,
        created_since=created[0],
        created_before=created[1],
        company_id=_number("company"),
        source=_enum(Source, "source"),
        confidential=True if request.args.get("confidential") == "1" else None,
        least=_amount("least"),
        most=_amount("most"),
        ids=ids_asked(),
        extra=(*extra, *chained.extra()),
    )
    more = lines.More(light_asked(), _number("leader"), request.args.get("stuck") == "1", slips_asked())
    return lines.narrowed(actor, wanted, more, today)


def slips_asked() -> int | None:
    """Put off at least so many times."""
    return _number("slip") if request.args.get("slip") in SLIPS else None


def light_asked() -> str:
    raw = request.args.get("light", "")
    return raw if raw in LIGHTS else ""


def window_asked() -> Window:
    page = _number("page") or 1
    return Window(after=request.args.get("after") or None, page=max(1, page))


def sort_asked() -> str:
    return lines.sort_of(request.args.get("sort", ""))


# --- addresses --------------------------------------------------------------------------------------


def here() -> str:
    """Which of the three pages is asked for; outside of them the list."""
    return request.endpoint if request.endpoint in (LIST, BOARD, STUCK) else LIST


def url(to: str | None = None, **changes: Any) -> str:
    """This page (or another of the three) with some parameters changed; None takes one away."""
    kept = {key: value for key, value in request.args.items() if key not in _PLACE and value}
    kept |= {key: str(value) for key, value in changes.items() if value is not None}
    query: dict[str, Any] = {key: value for key, value in kept.items() if changes.get(key, "") is not None}
    return url_for(to or here(), **query)


def kept(*names: str) -> list[tuple[str, str]]:
    """What a GET form carries along hidden, without the fields it has itself."""
    return [(key, value) for key, value in request.args.items() if value and key not in (*names, *_PLACE)]


def query_kept() -> dict[str, str]:
    """What a saved view keeps of this address."""
    return {key: value for key, value in request.args.items() if value and key in KEPT}


#: Names from A and days from the soonest; everything else from the largest.
_RISING = ("name", "expected", "start")


def sort_url(key: str) -> str:
    """Largest and newest first on the first click, the other way round on the second; names from A."""
    first = key if key in _RISING else f"-{key}"
    second = f"-{key}" if first == key else key
    return url(sort=second if sort_asked() == first else first)


# --- an address that somebody came from -------------------------------------------------------------


def without(address: str, *names: str) -> str:
    """An address without some of its parameters."""
    parts = urlsplit(address)
    query = [(key, value) for key, value in parse_qsl(parts.query) if key not in names]
    return parts.path + (f"?{urlencode(query)}" if query else "")


def parameters(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))
