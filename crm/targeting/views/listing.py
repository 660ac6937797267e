"""Target companies as a list, and what is done with those that are ticked."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts.permissions import PROJECT_SEE, PROJECT_WRITE
from crm.companies import queries as companies
from crm.companies.rules import PROGRESS_LABELS, LinkProgress
from crm.core import clock, dates
from crm.core.actor import Actor, Scope
from crm.core.errors import NotFound, RuleBroken
from crm.core.paging import Page, Window
from crm.projects import queries as projects
from crm.targeting import actions, queries
from crm.targeting.models import Target
from crm.targeting.queries import Counts
from crm.targeting.rules import LIVE_PROGRESS
from crm.targeting.rules.targets import ACTIONS, DUE_LABELS, ENTRY_LABELS, SORTS, Filters
from crm.targeting.views import bp
from crm.web import bulk as bulk_acts
from crm.web import edges, guard

#: What a click on a heading asks for first: names and days to come rise, days gone by fall.
_RISING = ("name", "next")
_LABELS = {
    "q": "搜索",
    "chain": "产业链",
    "node": "环节",
    "action": "方向",
    "zone": "板块",
    "entry": "切入点",
    "owner": "责任人",
    "campaign": "招商专题",
    "since": "动向不早于",
    "due": "下一步",
    "ids": "勾选",
}


def address(**changes: Any) -> str:
    """This list with some of its address changed; None leaves a part out, and every change goes back to page one."""
    kept: dict[str, Any] = {key: value for key, value in request.args.items() if key not in ("after", "page")}
    return url_for("targeting.index", **{key: value for key, value in {**kept, **changes}.items() if value})


def asked(actor: Actor) -> Filters:
    return Filters.of(request.args, actor.user_id)


def _chips(filters: Filters, people: Mapping[int, str], campaigns: Mapping[int, str]) -> list[dict[str, str]]:
    chains = dict(companies.chains())
    place = queries.place_of(filters.node) if filters.node else None
    zone = projects.zone_by_code(filters.zone)
    shown = {
        "q": filters.q,
        "chain": chains.get(filters.chain, filters.chain),
        "node": place.name if place else filters.node,
        "action": ACTIONS.get(filters.action, ""),
        "zone": zone.label if zone else queries.CITY if filters.zone == "city" else filters.zone,
        "entry": ENTRY_LABELS[filters.entry] if filters.entry else "",
        "owner": _owner_words(people, filters.owner_id),
        "campaign": campaigns.get(filters.campaign_id or 0, "其他专题") if filters.campaign_id else "",
        "since": filters.since.isoformat() if filters.since else "",
        "due": DUE_LABELS.get(filters.due, ""),
        "ids": f"所选{len(filters.ids)}个" if filters.ids is not None else "",
    }
    return [
        {"label": _LABELS[name], "value": value, "url": address(**{name: None})}
        for name, value in shown.items()
        if value
    ]


def _owner_words(people: Mapping[int, str], owner_id: int | None) -> str:
    if owner_id is None:
        return ""
    return "我" if request.args.get("owner") == "me" else people.get(owner_id, "其他人")


def _segments(filters: Filters, counts: Counts) -> list[dict[str, Any]]:
    """全部, 在跟, one for each progress, 已转项目: each with what it would show."""

    def seg(label: str, count: int, current: bool, **changes: str) -> dict[str, Any]:
        cleared = {"progress": None, "live": None, "converted": None, **changes}
        return {"label": label, "url": address(**cleared), "count": count, "current": current}

    plain = not (filters.progress or filters.live or filters.converted is not None)
    live = sum(counts.by_progress.get(progress, 0) for progress in LIVE_PROGRESS)
    return [
        seg("全部", counts.all, plain),
        seg("在跟", live, filters.live and not filters.progress, live="1"),
        *(
            seg(PROGRESS_LABELS[p], counts.by_progress.get(p, 0), filters.progress is p, progress=p.value)
            for p in LIVE_PROGRESS
        ),
        seg("已转项目", counts.converted, filters.converted is True, converted="1"),
        seg(
            PROGRESS_LABELS[LinkProgress.GIVEN_UP],
            counts.by_progress.get(LinkProgress.GIVEN_UP, 0),
            filters.progress is LinkProgress.GIVEN_UP,
            progress=LinkProgress.GIVEN_UP.value,
        ),
    ]


def sort_url(key: str, sort: str) -> str:
    first, second = (key, f"-{key}") if key in _RISING else (f"-{key}", key)
    return address(sort=second if sort == first else first)


def pager(page: Page[Any]) -> dict[str, str | None]:
    number = page.window.page
    return {
        "next_url": address(after=page.next_token, page=number + 1) if page.next_token else None,
        "prev_url": address(page=number - 1 if number > 2 else None) if 1 < number <= 101 else None,
        "first_url": address() if number > 1 else None,
    }


def zones_offered(actor: Actor) -> list[tuple[str, str]]:
    """Whose targets the reader may choose between; one zone's people have nothing to choose."""
    if actor.scope(PROJECT_SEE) is Scope.ZONE:
        return []
    city = [("city", queries.CITY)] if actor.scope(PROJECT_SEE) is Scope.CITY else []
    return [*city, *((zone.code, zone.label) for zone in projects.zones(actor))]


@bp.get("/targets")
@guard.requires(PROJECT_SEE)
def index() -> Any:
    actor, today = guard.current(), clock.today()
    filters = asked(actor)
    sort = request.args.get("sort") or "next"
    window = Window(
        after=request.args.get("after") or None, page=max(request.args.get("page", 1, type=int), 1)
    )
    counts = queries.counts(actor, filters, today)
    page = queries.page(actor, filters, sort, window, today, counts.of(filters))
    people, campaigns = queries.owners(actor), queries.campaign_choices(actor)
    return render_template(
        "targeting/index.html",
        page=page,
        filters=filters,
        counts=counts,
        waiting=queries.waiting(actor),
        chips=_chips(filters, people, campaigns),
        segments=_segments(filters, counts),
        sort=sort,
        sort_urls={key: sort_url(key, sort) for key in SORTS},
        pager=pager(page),
        today=today,
        people=[("me", "我"), *people.items()],
        campaigns=campaigns,
        chains=companies.chains(),
        nodes=_nodes(filters),
        zones=zones_offered(actor),
        entries=ENTRY_LABELS,
        directions=ACTIONS,
        dues=DUE_LABELS,
        colleagues=_colleagues(actor, filters) if actor.can(PROJECT_WRITE) else (),
        progress=PROGRESS_LABELS,
        live_progress=LIVE_PROGRESS,
        keep=[
            (k, v) for k, v in request.args.items() if k in ("progress", "live", "converted", "sort") and v
        ],
    )


def _nodes(filters: Filters) -> Sequence[tuple[str, str]]:
    """Links to choose from, once a chain is chosen; a hundred of them at once help nobody."""
    return [(place.code, place.name) for place in queries.places(filters.chain)] if filters.chain else ()


def _colleagues(actor: Actor, filters: Filters) -> Sequence[tuple[int, str]]:
    """Who can be made responsible: one's own zone's people, for the bureau those of the zone in sight."""
    zone = projects.zone_by_code(filters.zone)
    zone_id = actor.zone_id if actor.zone_id is not None else zone.id if zone else None
    return companies.owners(zone_id, clock.today())


# --- what is ticked ----------------------------------------------------------------------------------

Act = Callable[[Actor, Target], Any]


def _owner() -> Act:
    raw = request.form.get("owner_id", "")
    if not (raw.isdecimal() and len(raw) < 10):
        raise RuleBroken("没有选择责任人。请在右侧选好人再点。")
    return lambda actor, target: actions.assign(actor, target, int(raw))


def _next() -> Act:
    today = clock.today()
    read = dates.parse(request.form.get("due_on", ""), today=today)
    if read is None or read.precision is not dates.Precision.DAY:
        raise RuleBroken("没有填日期。请写到哪一天，如 2026-12-01。")
    what = request.form.get("what", "").strip()[:200] or "联系企业"
    return lambda actor, target: actions.plan(actor, target, what, read.on, today)


def _progress() -> Act:
    raw = request.form.get("progress", "")
    if raw not in {p.value for p in LIVE_PROGRESS}:
        raise RuleBroken("没有选择进度。请在右侧选好再点。")
    return lambda actor, target: actions.move(actor, target, LinkProgress(raw), "", clock.today())


def _campaign() -> Act:
    raw = request.form.get("campaign_id", "")
    if not (raw.isdecimal() and len(raw) < 10):
        raise RuleBroken("没有选择招商专题。请在右侧选好再点。")
    campaign = queries.campaign(guard.current(), int(raw))
    return lambda actor, target: actions.enlist(actor, campaign, [target])


_ACTS: dict[str, Callable[[], Act]] = {
    "owner": _owner,
    "next": _next,
    "progress": _progress,
    "campaign": _campaign,
}


@bp.post("/targets/bulk")
@guard.requires(PROJECT_WRITE)
def bulk() -> Any:
    """One act on the ticked targets; what a rule refuses is named with its company, the rest is done."""
    actor, act = guard.current(), request.form.get("act", "")
    back = edges.path_inside(request.form.get("back")) or url_for("targeting.index")
    ids = bulk_acts.ticked()
    found = queries.find_many(actor, ids, PROJECT_WRITE)
    if not found or act not in _ACTS:
        flash("没有选中可以办理的企业。请先勾选。", "warn")
        return redirect(back)
    try:
        do = _ACTS[act]()
    except (RuleBroken, NotFound) as broken:
        flash(getattr(broken, "message", "没有这个招商专题，请刷新后再选。"), "warn")
        return redirect(back)
    names = companies.names([target.company_id for target in found])
    refused = bulk_acts.each(found, lambda t: names.get(t.company_id, ""), lambda t: do(actor, t))
    bulk_acts.tell(len(found), refused, len(ids), "家企业")
    return redirect(back)
