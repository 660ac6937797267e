"""The left rail: what a post may reach, in groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, request, url_for

from crm.core.actor import Actor


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


def _entry(app: Flask, item: Item, counts: Mapping[str, tuple[int, bool]]) -> dict[str, Any]:
    count, bad = counts.get(item.badge, (0, False))
    here = (
        request.blueprint == item.endpoint.split(".")[0]
        if "." in item.endpoint
        else request.endpoint == item.endpoint
    )
    return {
        "label": item.label,
        "icon": item.icon,
        "url": url_for(item.endpoint),
        "current": here,
        "count": count or None,
        "bad": bad,
    }


def build(
    app: Flask, groups: Sequence[Group], actor: Actor, counts: Mapping[str, tuple[int, bool]]
) -> list[dict[str, Any]]:
    """Groups with at least one entry that the actor may open and that exists in this build."""
    shown = []
    for group in groups:
        items = [
            _entry(app, item, counts)
            for item in group.items
            if item.endpoint in app.view_functions
            and (not item.verbs or any(actor.can(v) for v in item.verbs))
        ]
        if items:
            shown.append({"title": group.title or None, "items": items})
    return shown
