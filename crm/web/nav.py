"""The left rail: what a post may reach, in groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request

from crm.core.actor import Actor
from crm.web.addresses import url_for


@dataclass(frozen=True, slots=True)
class Item:
    """`verbs`: the post needs one of them; empty means anybody signed in. `badge` names a count."""

    label: str
    icon: str
    endpoint: str
    verbs: tuple[str, ...] = ()
    badge: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    items: tuple[Item, ...]


def _entry(item: Item, here: str | None, counts: Mapping[str, tuple[int, bool]]) -> dict[str, Any]:
    count, bad = counts.get(item.badge, (0, False))
    return {
        "label": item.label,
        "icon": item.icon,
        "url": url_for(item.endpoint),
        "current": item.endpoint == here,
        "count": count or None,
        "bad": bad,
    }


def _here(groups: Sequence[Group]) -> str | None:
    """The entry of the page being shown: its own, else the first of the same feature."""
    endpoints = [item.endpoint for group in groups for item in group.items]
    if request.endpoint in endpoints:
        return request.endpoint
    return next((e for e in endpoints if e.split(".")[0] == request.blueprint), None)


def build(
    groups: Sequence[Group], actor: Actor, counts: Mapping[str, tuple[int, bool]]
) -> list[dict[str, Any]]:
    """Groups with at least one entry that the actor may open."""
    here, shown = _here(groups), []
    for group in groups:
        items = [
            _entry(item, here, counts)
            for item in group.items
            if not item.verbs or any(actor.can(verb) for verb in item.verbs)
        ]
        if items:
            shown.append({"title": group.title or None, "items": items})
    return shown
