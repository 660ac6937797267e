"""The register as a list, the type-ahead, and what looks like a name being typed."""

from collections.abc import Mapping
from typing import Any

from flask import jsonify, render_template, request, url_for

from crm.accounts import permissions
from crm.companies import queries
from crm.companies.rules import KIND_LABELS, PROGRESS_LABELS, Filters
from crm.companies.views import bp
from crm.core import clock
from crm.core.actor import Actor
from crm.core.paging import Page, Window
from crm.web import guard
from crm.zones import queries as zones

#: Name of a filter in the address → its label on the chip.
_LABELS = {
    "q": "搜索",
    "region": "省份",
    "city": "城市",
    "industry": "行业",
    "kind": "类型",
    "linked": "范围",
    "live": "范围",
    "local": "所在地",
    "progress": "进度",
    "owner": "责任人",
    "node": "产业链",
    "zone": "板块",
}


def _address(**changes: str | int | None) -> str:
    """This list with some of its address changed; None leaves a part out, and every change goes back to page one."""
    kept: dict[str, Any] = {key: value for key, value in request.args.items() if key not in ("after", "page")}
    return url_for("companies.index", **{key: value for key, value in {**kept, **changes}.items() if value})


def _chips(filters: Filters, people: Mapping[int, str], chains: Mapping[str, str]) -> list[dict[str, str]]:
    shown = {
        "q": filters.q,
        "region": filters.region,
        "city": filters.city,
        "industry": filters.industry,
        "kind": KIND_LABELS[filters.kind] if filters.kind else "",
        "linked": "已建联系" if filters.linked else "",
        "live": "未放弃" if filters.live else "",
        "local": "本市企业" if filters.local else "",
        "progress": PROGRESS_LABELS[filters.progress] if filters.progress else "",
        "owner": people.get(filters.owner_id, "其他人") if filters.owner_id else "",
        "node": chains.get(filters.node, filters.node),
        "zone": _zone_name(filters.zone),
    }
    return [
        {"label": _LABELS[name], "value": value, "url": _address(**{name: None})}
        for name, value in shown.items()
        if value
    ]


def _zone_name(code: str) -> str:
    zone = zones.by_code(code) if code else None
    return zone.short_name if zone else code


def _segments(actor: Actor, filters: Filters) -> list[dict[str, Any]]:
    """全部, 已建联系 and one for each progress, with the counts of the links within reach."""
    counts = queries.progress_counts(actor)
    linked = filters.linked and not filters.progress
    found: list[dict[str, Any]] = [
        {
            "label": "全部",
            "url": _address(linked=None, progress=None),
            "count": None,
            "current": not filters.linked and not filters.progress,
        },
        {
            "label": "已建联系",
            "url": _address(linked="1", progress=None),
            "count": sum(counts.values()),
            "current": linked,
        },
    ]
    for progress, label in PROGRESS_LABELS.items():
        address = _address(linked=None, progress=progress.value)
        current = filters.progress is progress
        found.append({"label": label, "url": address, "count": counts.get(progress, 0), "current": current})
    return found


def _sort_url(key: str, sort: str) -> str:
    """A second click turns the order round; names begin at a, moments at the newest."""
    first, second = (key, f"-{key}") if key == "name" else (f"-{key}", key)
    return _address(sort=second if sort == first else first)


def _pager(page: Page[Any]) -> dict[str, str | None]:
    number = page.window.page
    return {
        "next_url": _address(after=page.next_token, page=number + 1) if page.next_token else None,
        "prev_url": _address(page=number - 1 if number > 2 else None) if 1 < number <= 101 else None,
        "first_url": _address() if number > 1 else None,
    }


@bp.get("/companies")
@guard.requires(permissions.PROJECT_SEE)
def index() -> Any:
    actor, filters = guard.current(), Filters.of(request.args)
    sort = request.args.get("sort", "name")
    number = max(request.args.get("page", 1, type=int), 1)
    window = Window(after=request.args.get("after") or None, page=number)
    page = queries.page(actor, filters, sort, window)
    people = queries.owners(actor.zone_id, clock.today())
    chains = queries.chains()
    return render_template(
        "companies/index.html",
        page=page,
        filters=filters,
        chips=_chips(filters, dict(people), dict(chains)),
        segments=_segments(actor, filters),
        people=people,
        chains=chains,
        kinds=KIND_LABELS,
        progress=PROGRESS_LABELS,
        sort=sort,
        sort_urls={key: _sort_url(key, sort) for key in ("name", "updated")},
        pager=_pager(page),
        keep=[
            (key, value)
            for key, value in request.args.items()
            if key in ("linked", "live", "local", "zone", "progress", "sort")
        ],
    )


@bp.get("/companies/lookup")
@guard.requires(permissions.PROJECT_SEE)
def lookup() -> Any:
    hits = queries.lookup(guard.current(), request.args.get("q", "")[:100])
    return jsonify([{"id": hit.id, "label": hit.label, "note": hit.note} for hit in hits])
