"""Disputes over one investor: the list, one dispute as each reader may see it, and its verbs."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts import permissions as p
from crm.core import clock
from crm.core.actor import Actor
from crm.core.errors import Conflict
from crm.core.paging import Window
from crm.filings import actions, queries
from crm.filings.forms import Reasoned
from crm.filings.forms.disputes import ProposeForm, SettleForm
from crm.filings.models import Dispute
from crm.filings.queries import DisputeRow, FilingRow
from crm.filings.rules.disputes import DisputeState, Rung
from crm.filings.views import bp
from crm.filings.views.record import page as filing_page
from crm.projects import queries as projects
from crm.web import edges, guard
from crm.web.forms import Form

_TABS = {
    "open": ("协调中", (DisputeState.OPEN,)),
    "closed": ("已结束", (DisputeState.SETTLED, DisputeState.MOOT)),
}


def states_asked() -> tuple[DisputeState, ...]:
    """The states of the tab in the address."""
    return _TABS[_tab()][1]


def _tab() -> str:
    asked = request.args.get("state", "")
    return asked if asked in _TABS else "open"


@bp.get("/filings/disputes")
@guard.requires(p.PROJECT_SEE)
def disputes() -> Any:
    actor, today, tab = guard.current(), clock.today(), _tab()
    window = Window(after=request.args.get("after") or None, page=request.args.get("page", 1, type=int))
    page = queries.disputes(actor, states_asked(), window, today)
    counts = queries.dispute_counts(actor)
    return render_template(
        "filings/disputes.html",
        page=page,
        tab=tab,
        tabs=[
            {
                "label": label,
                "url": url_for("filings.disputes", state=name),
                "count": sum(counts.get(state, 0) for state in states),
                "current": name == tab,
            }
            for name, (label, states) in _TABS.items()
        ],
        limits=queries.limits(),
        next_url=url_for("filings.disputes", state=tab, after=page.next_token) if page.next_token else None,
    )


@bp.get("/filings/disputes/<int:dispute_id>")
@guard.requires(p.PROJECT_SEE)
def dispute(dispute_id: int) -> Any:
    return _page(dispute_id)


def _page(dispute_id: int, **refused: Form) -> str:
    actor, today = guard.current(), clock.today()
    row = queries.dispute(actor, dispute_id, today)
    mine = row.mine(actor)
    words = queries.words_of(dispute_id) if row.whole or mine is not None else []
    return render_template(
        "filings/dispute.html",
        d=row,
        mine=mine,
        words=words,
        sides=[queries.side(side) for side in row.sides] if row.whole else [],
        forms=_forms(actor, row, mine) | refused,
    )


def _forms(actor: Actor, row: DisputeRow, mine: FilingRow | None) -> dict[str, Form]:
    """Fresh ones for the verbs this reader has at this rung."""
    if row.state is not DisputeState.OPEN:
        return {}
    data = {"version": row.version}
    made: dict[str, Form] = {}
    speaks = mine is not None and actor.can(p.FILING_WRITE)
    arbitrates = actor.can(p.RECOGNISE)
    if speaks and row.rung is Rung.TALKS:
        made["propose"] = ProposeForm(formdata=None, prefix="propose", data=data)
    if (speaks and row.rung is Rung.TALKS) or (arbitrates and row.rung.next is not None):
        made["raise"] = Reasoned(formdata=None, prefix="raise", data=data)
    if arbitrates and row.rung is not Rung.TALKS and actor.user_id not in [s.filed_by for s in row.sides]:
        form = SettleForm(formdata=None, prefix="settle", data=data)
        offer(form, row)
        made["settle"] = form
    return made


def offer(form: SettleForm, row: DisputeRow) -> None:
    papers: list[tuple[int, str]] = []
    for side in row.sides:
        project = projects.find(guard.current(), side.code)
        papers += [(id_, f"{side.zone}：{name}") for id_, name in queries.papers(project, contact=False)]
    form.offer([(side.id, f"{side.zone}：{side.project}") for side in row.sides], papers)


def _act(dispute_id: int, name: str, form: Any, act: Callable[[Dispute], str | None], done: str) -> Any:
    found = queries.find_dispute(guard.current(), dispute_id)
    if form.version.data and form.version.data != str(found.version):
        raise Conflict("这项争议刚有变化。请刷新后核对，再办理。")
    said: list[str | None] = []
    if form.validate_on_submit() and edges.attempt(form, lambda: said.append(act(found))):
        flash(said[0] or done, "ok")
        return redirect(url_for("filings.dispute", dispute_id=dispute_id), 303)
    return _page(dispute_id, **{name: form}), 422


@bp.post("/filings/<int:filing_id>/dispute")
@guard.requires(p.FILING_WRITE, p.RECOGNISE)
def open_dispute(filing_id: int) -> Any:
    actor, form, now = guard.current(), Reasoned(prefix="dispute"), clock.now()
    filing, _ = queries.find(actor, filing_id, p.RECOGNISE if actor.can(p.RECOGNISE) else p.FILING_WRITE)
    against = request.form.get("dispute-against", type=int)
    made: list[Dispute] = []

    def act() -> None:
        made.append(actions.open_dispute(actor, filing, form.reason.data or "", now, against))

    if form.validate_on_submit() and edges.attempt(form, act):
        flash("已提出争议，先由双方自行协商。", "ok")
        return redirect(url_for("filings.dispute", dispute_id=made[0].id), 303)
    return filing_page(filing_id, dispute=form), 422


@bp.post("/filings/disputes/<int:dispute_id>/words")
@guard.requires(p.FILING_WRITE)
def propose(dispute_id: int) -> Any:
    actor, form, now = guard.current(), ProposeForm(prefix="propose"), clock.now()

    def act(found: Dispute) -> str | None:
        mine = queries.own_side(actor, found)
        agreed = actions.propose(actor, found, mine, form.yields, form.text.data or "", now)
        return "双方意见一致，争议已有结果。" if agreed else None

    return _act(dispute_id, "propose", form, act, "协商意见已写给对方，等对方答复。")


@bp.post("/filings/disputes/<int:dispute_id>/raise")
@guard.requires(p.FILING_WRITE, p.RECOGNISE)
def raise_dispute(dispute_id: int) -> Any:
    actor, form, now = guard.current(), Reasoned(prefix="raise"), clock.now()

    def act(found: Dispute) -> None:
        if not actor.can(p.RECOGNISE):
            queries.own_side(actor, found)
        actions.raise_(actor, found, form.reason.data or "", now)

    return _act(dispute_id, "raise", form, act, "已提交上一级。")


@bp.post("/filings/disputes/<int:dispute_id>/settle")
@guard.requires(p.RECOGNISE)
def settle(dispute_id: int) -> Any:
    actor, form, now = guard.current(), SettleForm(prefix="settle"), clock.now()
    offer(form, queries.dispute(actor, dispute_id, clock.today()))

    def act(found: Dispute) -> None:
        actions.settle(
            actor,
            found,
            form.winner_id,
            form.text.data or "",
            form.document.data or "",
            form.attachment_id,
            now,
        )

    return _act(dispute_id, "settle", form, act, "结果已记录，双方会收到通知。")
