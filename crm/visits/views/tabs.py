"""The pages of the field's own work, beside each other: visits, occasions, stations, figures, cards."""

from datetime import date
from typing import Any

from flask import request, url_for

from crm.accounts.permissions import BOARD_SEE
from crm.core import clock
from crm.projects.queries import choices
from crm.visits import queries
from crm.visits.rules import OCCASION_LABELS
from crm.web import guard


def tabs() -> list[dict[str, Any]]:
    """What `visits/_tabs.html` draws."""
    kind = (request.view_args or {}).get("kind")
    pages: list[tuple[str, str, dict[str, Any]]] = [("走访", "visits.index", {})]
    pages += [(label, "visits.occasions", {"kind": code.value}) for code, label in OCCASION_LABELS.items()]
    pages += [("驻点", "visits.stations", {}), ("统计", "visits.figures", {})]
    pages.append(("跟进统计", "followups.figures", {}))
    if guard.current().can(BOARD_SEE):
        pages.append(("专员考核", "visits.cards", {}))
    return [
        {
            "label": label,
            "url": url_for(endpoint, **values),
            "count": None,
            "current": request.endpoint == endpoint and values.get("kind") == kind,
        }
        for label, endpoint, values in pages
    ]


def day_asked(name: str, default: date | None = None) -> date | None:
    """A day of the address; one that cannot be read, or lies beyond what anybody works with, narrows nothing."""
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return default
    return day if _FIRST <= day.year <= _LAST else default


_FIRST, _LAST = 1990, 2100


def period_asked() -> tuple[date, date]:
    """?since= and ?until=; without them the year so far."""
    today = clock.today()
    since, until = day_asked("since", today.replace(month=1, day=1)), day_asked("until", today)
    return (since or today, until or today)


def zone_words(zone_id: int | None) -> str | None:
    """What a chip calls the zone a list is narrowed to, also one that the list's own filter does not offer."""
    if zone_id == 0:
        return "市级"
    return next((zone.label for zone in choices.all_zones() if zone.id == zone_id), None)


def person_words(user_id: int | None) -> str | None:
    """The same of a person, in office or not."""
    return "没有" if user_id == 0 else queries.named(user_id, None)[0]


def without(*names: str) -> dict[str, Any]:
    """The address's filters without some of them and without the place in the list."""
    return {k: v for k, v in request.args.items() if k not in ("after", "page", *names)}
