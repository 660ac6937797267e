"""The recognition queue: for the bureau what waits for it, for a zone its own submissions and returns."""

from typing import Any

from flask import redirect, render_template, request, url_for

from crm.accounts import permissions as p
from crm.core import clock
from crm.core.actor import Scope
from crm.core.paging import Window
from crm.pipeline import queries, rules
from crm.pipeline.forms import RecogniseForm
from crm.pipeline.queries import QueueFilter, QueueRow
from crm.pipeline.rules import MilestoneKind, MilestoneState
from crm.pipeline.views import bp
from crm.projects import queries as projects
from crm.projects.rules import EXCLUSION_LABELS, STATUS_LABELS
from crm.web import guard

_TABS = (
    MilestoneState.PENDING,
    MilestoneState.RETURNED,
    MilestoneState.DRAFT,
    MilestoneState.RECOGNISED,
    MilestoneState.REVOKED,
)


def _wanted() -> QueueFilter:
    args = request.args
    state, kind = args.get("state", ""), args.get("kind", "")
    zone = projects.zone_by_code(args.get("zone", ""))
    return QueueFilter(
        MilestoneState(state) if state in set(MilestoneState) else MilestoneState.PENDING,
        zone.id if zone else None,
        MilestoneKind(kind) if kind in set(MilestoneKind) else None,
        args.get("q", "").strip(),
    )


def _url(**changes: str | None) -> str:
    """This list with some filters changed; paging starts again."""
    kept = {k: v for k, v in request.args.items() if k in ("state", "zone", "kind", "q") and v}
    query: dict[str, Any] = {k: v for k, v in (kept | changes).items() if v}
    return url_for("pipeline.queue", **query)


def _chips() -> list[dict[str, str]]:
    args, found = request.args, []
    if (zone := projects.zone_by_code(args.get("zone", ""))) is not None:
        found.append({"label": "板块", "value": zone.label, "url": _url(zone=None)})
    if (kind := args.get("kind", "")) in set(MilestoneKind):
        found.append({"label": "里程碑", "value": MilestoneKind(kind).label, "url": _url(kind=None)})
    if q := args.get("q", "").strip():
        found.append({"label": "搜索", "value": q, "url": _url(q=None)})
    return found


def _tabs(wanted: QueueFilter, counts: dict[MilestoneState, int]) -> list[dict[str, Any]]:
    return [
        {
            "label": rules.MILESTONE_STATE_LABELS[state],
            "url": _url(state=state.value),
            "count": counts.get(state, 0),
            "current": state is wanted.state,
        }
        for state in _TABS
    ]


def _waited(row: QueueRow) -> str:
    if row.submitted_at is None:
        return ""
    days = (clock.today() - clock.local(row.submitted_at).date()).days
    return f"已等{days}天" if days else "今天申报"


def page(wrong: dict[str, Any] | None = None) -> str:
    """`wrong` is a refused decision: {"id" of the milestone, "verb", "message", "value"}."""
    actor, wanted = guard.current(), _wanted()
    window = Window(per_page=20, after=request.args.get("after"), page=request.args.get("page", 1, type=int))
    found = queries.queue(actor, wanted, window)
    following = _url(after=found.next_token) if found.next_token else None
    return render_template(
        "pipeline/queue.html",
        page=found,
        next_url=following,
        wanted=wanted,
        filters=_chips(),
        tabs=_tabs(wanted, queries.state_counts(actor, wanted)),
        clear_url=url_for("pipeline.queue", state=wanted.state.value),
        zones=[(z.code, z.label) for z in projects.zones(actor)]
        if actor.scope(p.PROJECT_SEE) is not Scope.ZONE
        else [],
        kinds=[(k.value, k.label) for k in MilestoneKind],
        proposals=queries.proposals(actor),
        tier_labels={t.code: t.label for t in projects.tiers()},
        exclusions={e.value: label for e, label in EXCLUSION_LABELS.items()},
        recognise_form=RecogniseForm(formdata=None, recognised_on=clock.today()),
        states=rules.MILESTONE_STATE_LABELS,
        status_labels=STATUS_LABELS,
        waits={row.id: _waited(row) for row in found.items},
        wrong=wrong or {},
    )


@bp.get("/recognition")
@guard.requires(p.RECOGNISE, p.MILESTONE_SUBMIT)
def queue() -> Any:
    if request.args.get("after") == "":
        return redirect(_url())
    return page()
