"""The recognition queue: for the bureau what waits for it, for a zone its own submissions and returns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts import permissions as p
from crm.core import clock, dates
from crm.core.actor import Scope
from crm.core.errors import RuleBroken
from crm.core.paging import Window
from crm.pipeline import actions, queries, rules
from crm.pipeline.queries import QueueFilter
from crm.pipeline.rules import Decision, MilestoneKind, MilestoneState, Outcome, Verdict
from crm.pipeline.views import bp, deciding
from crm.projects import queries as projects
from crm.projects.rules import EXCLUSION_LABELS, STATUS_LABELS
from crm.web import addresses, edges, guard

_TABS = (
    MilestoneState.PENDING,
    MilestoneState.RETURNED,
    MilestoneState.DRAFT,
    MilestoneState.RECOGNISED,
    MilestoneState.REVOKED,
)
#: Days of waiting one can ask for.
_WAITED = (3, 7, 15, 30)
_KEPT = ("state", "zone", "kind", "waited", "q")


def _days() -> int:
    asked = request.args.get("waited", "")
    return int(asked) if asked in map(str, _WAITED) else 0


def filter_asked() -> QueueFilter:
    args = request.args
    state, kind = args.get("state", ""), args.get("kind", "")
    zone = projects.zone_by_code(args.get("zone", ""))
    return QueueFilter(
        MilestoneState(state) if state in set(MilestoneState) else MilestoneState.PENDING,
        zone.id if zone else None,
        MilestoneKind(kind) if kind in set(MilestoneKind) else None,
        args.get("q", "").strip(),
        clock.now() - timedelta(days=_days()) if _days() else None,
    )


def _url(**changes: str | None) -> str:
    """This list with some filters changed; paging starts again."""
    return addresses.narrowed("pipeline.queue", _KEPT, **changes)


def _here() -> dict[str, Any]:
    """The filters and the place in the list, for a form that comes back here."""
    return {k: v for k, v in request.args.items() if k in (*_KEPT, "after")}


def _chips() -> list[dict[str, str]]:
    args, found = request.args, []
    if (zone := projects.zone_by_code(args.get("zone", ""))) is not None:
        found.append({"label": "板块", "value": zone.label, "url": _url(zone=None)})
    if (kind := args.get("kind", "")) in set(MilestoneKind):
        found.append({"label": "里程碑", "value": MilestoneKind(kind).label, "url": _url(kind=None)})
    if days := _days():
        found.append({"label": "已等", "value": f"{days}天以上", "url": _url(waited=None)})
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


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a decision was refused, by field: recognised_on, reason, or "" for the row as a whole."""

    words: Mapping[str, str]

    @classmethod
    def at(cls, field: str | None, message: str) -> "Refused":
        return cls({field if field in ("recognised_on", "reason") else "": message})

    @property
    def said(self) -> str:
        return "；".join(self.words.values())


def page(
    wrong: Mapping[int, Refused] | None = None,
    undecided: Mapping[int, str] | None = None,
    nothing: str = "",
    only: int | None = None,
) -> str:
    """The queue, and after a refusal why, at its place; what was typed stays.

    `wrong` by milestone, `undecided` by proposed change of status, `nothing` where no row was named; `only` shows that
    milestone alone, in whatever state it is.
    """
    actor = guard.current()
    wanted = filter_asked() if only is None else queries.queue_of_one(only)
    window = Window(per_page=20, after=request.args.get("after"), page=request.args.get("page", 1, type=int))
    found = queries.queue(actor, wanted, window)
    following = _url(after=found.next_token) if found.next_token else None
    return render_template(
        "pipeline/queue.html",
        page=found,
        next_url=following,
        wanted=wanted,
        filters=_chips() if only is None else [{"label": "只看", "value": "这一项", "url": _url()}],
        tabs=_tabs(wanted, queries.state_counts(actor, wanted)),
        clear_url=url_for("pipeline.queue", state=wanted.state.value),
        decide_url=url_for("pipeline.decide_many", **_here()),
        zones=[(z.code, z.label) for z in projects.zones(actor)]
        if actor.scope(p.PROJECT_SEE) is not Scope.ZONE
        else [],
        kinds=[(k.value, k.label) for k in MilestoneKind],
        days=[(d, f"{d}天以上") for d in _WAITED],
        chosen_days=_days() or "",
        proposals=queries.proposals(actor),
        tier_labels={t.code: t.label for t in projects.tiers()},
        exclusions={e.value: label for e, label in EXCLUSION_LABELS.items()},
        today=clock.today(),
        typed=request.form,
        states=rules.MILESTONE_STATE_LABELS,
        status_labels=STATUS_LABELS,
        waits={row.id: deciding.waited(row) for row in found.items},
        compared={row.id: deciding.compared(row) for row in found.items},
        effects=deciding.effects(actor, found.items),
        questions=deciding.questions(actor, found.items),
        wrong=wrong or {},
        undecided=undecided or {},
        nothing=nothing,
        unseen=[no.said for id_, no in (wrong or {}).items() if id_ not in {row.id for row in found.items}],
    )


@bp.get("/recognition")
@guard.requires(p.RECOGNISE, p.MILESTONE_SUBMIT)
def queue() -> Any:
    if request.args.get("after") == "":
        return redirect(_url())
    return page()


@bp.post("/recognition/decide")
@guard.requires(p.RECOGNISE)
def decide_many() -> Any:
    """Decides on the rows that are ticked, or on the one whose button was pressed; each with its own date or reason."""
    wanted, wrong = _decisions()
    outcomes = actions.decide_many(guard.current(), wanted, clock.today(), clock.now()) if wanted else []
    edges.commit()
    _say(outcomes)
    wrong |= {o.id: Refused.at(o.field, o.message) for o in outcomes if not o.done}
    if not wanted and not wrong:
        return page(nothing=_NOTHING), 422
    if wrong:
        flash(f"{len(wrong)}项没有办，原因写在各项下面。", "bad")
        return page(wrong), 422
    return edges.go(_url())


def _say(outcomes: Sequence[Outcome]) -> None:
    done = [o for o in outcomes if o.done]
    if done:
        named = "；".join(f"{o.code} {o.what}{o.message}" for o in done[:5])
        more = f"；等{len(done)}项" if len(done) > 5 else ""
        flash(f"已办{len(done)}项：{named}{more}。", "ok")


_NOTHING = "没有选中申报，没有办理。请先勾选要办理的项，再按认定或退回。"


def _decisions() -> tuple[list[Decision], dict[int, Refused]]:
    """What is asked of which rows, and those that cannot be read."""
    verb, _, single = request.form.get("one", "").partition(":")
    verb = verb or request.form.get("act", "")
    wanted: list[Decision] = []
    wrong: dict[int, Refused] = {}
    if verb not in set(Verdict):
        return wanted, wrong
    for written in dict.fromkeys([single] if single else request.form.getlist("ids")):
        if not written.isdecimal() or len(written) > 9:
            continue
        try:
            wanted.append(_decision(written, Verdict(verb)))
        except RuleBroken as broken:
            wrong[int(written)] = Refused.at(broken.field, broken.message)
    return wanted, wrong


def _decision(row: str, verdict: Verdict) -> Decision:
    """Raises RuleBroken for a day that cannot be read and a reason that is too long."""
    form = request.form
    reason, version = form.get(f"reason-{row}", "").strip(), form.get(f"version-{row}", "")
    if len(reason) > 500:
        raise RuleBroken("原因写得太长。请不超过500字。", "reason")
    on = _day(form.get(f"on-{row}", "")) if verdict is Verdict.RECOGNISE else None
    seen = int(version) if version.isdecimal() and len(version) < 10 else None
    return Decision(int(row), verdict, on, reason, seen)


def _day(written: str) -> date | None:
    """A day as people write it; nothing means today."""
    try:
        read = dates.parse(written, today=clock.today()) if written.strip() else None
    except RuleBroken as broken:
        raise RuleBroken(broken.message, "recognised_on") from broken
    if read is not None and read.precision is not dates.Precision.DAY:
        raise RuleBroken("统计日期请写到哪一天，如 2026-11-23。", "recognised_on")
    return read.on if read else None
