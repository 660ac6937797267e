"""The left rail: what a post may reach, in groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, request
from markupsafe import Markup

from crm.core.actor import Actor
from crm.web.addresses import lasting, url_for


# Entries and groups are the same only where they are the same object: as keys they are hashed on every page.
@dataclass(frozen=True, slots=True, eq=False)
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


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """What of an entry is the same on every page; `link` is drawn without its end, for the count to stand in it."""

    item: Item
    shown: Mapping[str, Any]
    link: Markup
    link_here: Markup


_END = Markup("</a>")


#: A person's own account lies in the top bar, under no entry of the rail.
_OWN = "/account/"


def _macros() -> Any:
    return current_app.jinja_env.get_template("layouts/_items.html").module


def _entry(item: Item) -> _Entry:
    shown = {"label": item.label, "icon": item.icon, "url": url_for(item.endpoint), "note": item.note}
    drawn = (_macros().link(shown, current) for current in (False, True))
    return _Entry(item, shown, *(link[: -len(_END)] for link in drawn))


@lasting
def _entries(groups: Sequence[Group], verbs: frozenset[str]) -> Sequence[tuple[str | None, Sequence[_Entry]]]:
    """Groups with at least one entry for whoever holds these verbs."""
    parts = [
        (
            group.title or None,
            [_entry(one) for one in group.items if not one.verbs or not verbs.isdisjoint(one.verbs)],
        )
        for group in groups
    ]
    return [(title, entries) for title, entries in parts if entries]


@lasting
def _roots(groups: Sequence[Group]) -> Mapping[str, str]:
    """Address → endpoint of every entry."""
    return {url_for(item.endpoint).rstrip("/"): item.endpoint for group in groups for item in group.items}


def here(groups: Sequence[Group]) -> str | None:
    """In the whole menu, the entry of the page being shown: its own, the one it lies under, else the first of the same feature.

    What lies under /projects/ is a page of a project, whichever feature it is written in.
    """
    items = [item for group in groups for item in group.items]
    if request.endpoint in {item.endpoint for item in items}:
        return request.endpoint
    if lent := next((item.endpoint for item in items if request.endpoint in item.also), None):
        return lent
    roots, path = _roots(groups), request.path
    above = [root for root in roots if root and path.startswith(f"{root}/")]
    if above:
        return roots[max(above, key=len)]
    if request.path.startswith(_OWN):
        return None
    return next((i.endpoint for i in items if i.endpoint.split(".")[0] == request.blueprint), None)


def build(
    groups: Sequence[Group],
    actor: Actor,
    counts: Mapping[str, tuple[int, bool]],
    shown_now: str | None,
) -> list[dict[str, Any]]:
    """Groups with at least one entry that the actor may open; `shown_now` is the entry that `here` found.

    `links` is the group drawn: it stands in the rail and in the phone's menu.
    """
    badge = _macros().badge
    shown = []
    for title, entries in _entries(groups, frozenset(actor.scopes)):
        items, links = [], list[Markup]()
        for entry in entries:
            current = entry.item.endpoint == shown_now
            count, bad = counts.get(entry.item.badge, (0, False))
            items.append({**entry.shown, "current": current, "count": count or None, "bad": bad})
            links.append(entry.link_here if current else entry.link)
            links += (badge(count, bad), _END) if count else (_END,)
        lit = any(item["current"] for item in items)
        shown.append({"title": title, "items": items, "links": Markup().join(links), "current": lit})
    return shown


def by_icon(groups: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The entries that the phone's bar picks from; of two with one icon the first."""
    return {item["icon"]: item for group in reversed(groups) for item in reversed(group["items"])}
