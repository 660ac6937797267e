"""The left rail: what a post may reach, in groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request

from crm.core.actor import Actor
from crm.web.addresses import url_for


@dataclass(frozen=True, slots=True)
class Item:
    """`verbs`: the post needs one of them; empty means anybody signed in. `badge` names a count, `note` says what is done there."""

    label: str
    icon: str
    endpoint: str
    verbs: tuple[str, ...] = ()
    badge: str = ""
    #: Pages of other features that light this entry as well.
    also: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    items: tuple[Item, ...]


#: A person's own account lies in the top bar, under no entry of the rail.
_OWN = "/account/"


def _entry(item: Item, here: str | None, counts: Mapping[str, tuple[int, bool]]) -> dict[str, Any]:
    count, bad = counts.get(item.badge, (0, False))
    return {
        "label": item.label,
        "icon": item.icon,
        "url": url_for(item.endpoint),
        "current": item.endpoint == here,
        "count": count or None,
        "bad": bad,
        "note": item.note,
    }


def _here(groups: Sequence[Group]) -> str | None:
    """The entry of the page being shown: its own, the one it lies under, else the first of the same feature.

    What lies under /projects/ is a page of a project, whichever feature it is written in.
    """
    items = [item for group in groups for item in group.items]
    if any(item.endpoint == request.endpoint for item in items):
        return request.endpoint
    if lent := next((item.endpoint for item in items if request.endpoint in item.also), None):
        return lent
    roots = {url_for(item.endpoint).rstrip("/"): item.endpoint for item in items}
    above = [root for root in roots if root and request.path.startswith(f"{root}/")]
    if above:
        return roots[max(above, key=len)]
    if request.path.startswith(_OWN):
        return None
    return next((i.endpoint for i in items if i.endpoint.split(".")[0] == request.blueprint), None)


def build(
    groups: Sequence[Group],
    actor: Actor,
    counts: Mapping[str, tuple[int, bool]],
    whole: Sequence[Group] = (),
) -> list[dict[str, Any]]:
    """Groups with at least one entry that the actor may open; `whole` is the menu that `groups` are a part of."""
    here, shown = _here(whole or groups), []
    for group in groups:
        items = [
            _entry(item, here, counts)
            for item in group.items
            if not item.verbs or any(actor.can(verb) for verb in item.verbs)
        ]
        if items:
            shown.append({"title": group.title or None, "items": items})
    return shown
