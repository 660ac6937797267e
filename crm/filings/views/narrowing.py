"""What the lists of filings and of transfers are narrowed by: a tab, a zone and words, all in the address."""

from typing import Any

from flask import request

from crm.projects import queries as projects
from crm.projects.queries import Choice
from crm.web import addresses

_KEPT = ("state", "zone", "q")


def zone() -> Choice | None:
    return projects.zone_by_code(request.args.get("zone", ""))


def url(endpoint: str, **changes: Any) -> str:
    """The list at `endpoint` with some filters changed."""
    return addresses.narrowed(endpoint, _KEPT, **changes)


def chips(endpoint: str) -> list[dict[str, str]]:
    """The filters that are set, each with the address without it."""
    found = []
    if (only := zone()) is not None:
        found.append({"label": "板块", "value": only.label, "url": url(endpoint, zone=None)})
    if q := request.args.get("q", "").strip():
        found.append({"label": "搜索", "value": q, "url": url(endpoint, q=None)})
    return found
