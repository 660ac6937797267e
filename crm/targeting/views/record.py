"""A target's page: what is known, signals, next step, contacts and visits, and how it went on."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts.permissions import PROJECT_SEE, PROJECT_WRITE
from crm.companies import queries as companies
from crm.companies.rules import KIND_LABELS, PROGRESS_LABELS
from crm.core import clock
from crm.followups import queries as followups
from crm.projects import queries as projects
from crm.targeting import actions, queries
from crm.targeting.forms.targets import (
    GiveUpForm,
    NextForm,
    NodeForm,
    SignalForm,
    StepForm,
    TargetForm,
    number,
)
from crm.targeting.models import Target
from crm.targeting.rules import LIVE_PROGRESS
from crm.targeting.views import bp
from crm.visits import queries as visits
from crm.visits.rules import MODE_LABELS
from crm.web import conflicts, edges, guard
from crm.web.conflicts import VersionedForm
from crm.web.forms import Form


@bp.get("/targets/<int:target_id>")
@guard.requires(PROJECT_SEE)
def show(target_id: int) -> Any:
    return page(target_id)


def page(target_id: int, **refused: Form) -> str:
    """`refused` are forms that come back with their errors, by name."""
    actor, today = guard.current(), clock.today()
    row = queries.row(actor, target_id)
    company = companies.find(actor, row.company_id)
    may = actor.can(PROJECT_WRITE) and (actor.zone_id is None or actor.zone_id == row.zone_id)
    forms = (_forms(target_id) if may else {}) | refused
    contacts = [c for c in companies.contacts(actor, company.id) if c.zone_id == row.zone_id]
    duties = followups.of_company(actor, company.id, today, open_only=True)
    return render_template(
        "targeting/show.html",
        r=row,
        company=company,
        kinds=KIND_LABELS,
        progress=PROGRESS_LABELS,
        live_progress=LIVE_PROGRESS,
        modes=MODE_LABELS,
        today=today,
        may=may,
        working=may and not row.converted and not row.given_up,
        forms=forms,
        signals=queries.signals(target_id),
        steps=queries.steps(target_id),
        campaigns=queries.campaigns_of(actor, target_id),
        offered_campaigns=queries.campaign_choices(actor) if may else {},
        others=[other for other in queries.of_company(actor, company.id) if other.id != target_id],
        contacts=contacts,
        visits=[v for v in visits.of_company(actor, company.id, most=50) if v.zone_id == row.zone_id],
        duties=[duty for duty in duties if duty.zone_id == row.zone_id],
        deals=projects.of_company(actor, company.id),
    )


def _forms(target_id: int) -> dict[str, Form]:
    """Fresh ones for every section that can be changed in place."""
    target = queries.find(guard.current(), target_id, PROJECT_WRITE)
    version = {"version": str(target.version)}
    node = NodeForm(formdata=None, data={**version, "node_id": str(target.node_id or "")})
    node.offer(queries.places())
    return {
        "edit": _edit_form(target, formdata=None),
        "node": node,
        "signal": SignalForm(formdata=None, data={"happened_on": clock.today()}),
        "step": StepForm(formdata=None, data={**version, "progress": target.progress.value}),
        "next": NextForm(formdata=None),
        "give_up": GiveUpForm(formdata=None, data=version),
    }


def _edit_form(target: Target, **kwargs: Any) -> TargetForm:
    people = list(companies.owners(target.zone_id, clock.today()))
    if target.owner_id and target.owner_id not in dict(people):
        people.append((target.owner_id, companies.user_name(target.owner_id)))
    return TargetForm.of(target, people, **kwargs)


def _act(
    target_id: int, name: str, form: Any, act: Callable[[Target], Any], done: str, anchor: str = ""
) -> Any:
    """One section saved: both versions where somebody was quicker, the page with its error where a rule refuses."""
    target = queries.find(guard.current(), target_id, PROJECT_WRITE)
    here = url_for("targeting.show", target_id=target_id, _anchor=anchor or None)
    if isinstance(form, VersionedForm) and conflicts.stale(form, target.version):
        return _both(target, name, form, here)
    said: list[str] = []
    if form.validate_on_submit() and edges.attempt(form, lambda: said.append(act(target) or "")):
        flash(done, "ok")
        if said and said[0]:
            flash(said[0], "info")
        return redirect(here, 303)
    return page(target_id, **{name: form}), 422


def _both(target: Target, name: str, mine: Any, here: str) -> Any:
    theirs = _forms(target.id)[name]
    assert isinstance(theirs, VersionedForm)
    return conflicts.page(
        mine,
        theirs,
        record=companies.names([target.company_id]).get(target.company_id, ""),
        version=target.version,
        record_url=here,
        at=target.updated_at,
    )


@bp.post("/targets/<int:target_id>/edit")
@guard.requires(PROJECT_WRITE)
def edit(target_id: int) -> Any:
    actor = guard.current()
    form = _edit_form(queries.find(actor, target_id, PROJECT_WRITE))
    return _act(target_id, "edit", form, lambda t: actions.edit(actor, t, form.draft()), "已保存。", "facts")


@bp.post("/targets/<int:target_id>/node")
@guard.requires(PROJECT_WRITE)
def node(target_id: int) -> Any:
    actor, form = guard.current(), NodeForm()
    form.offer(queries.places())

    def place(target: Target) -> None:
        actions.place(actor, target, [int(form.node_id.data)], clock.today())

    return _act(target_id, "node", form, place, "环节已保存。", "facts")


@bp.post("/targets/<int:target_id>/signals")
@guard.requires(PROJECT_WRITE)
def add_signal(target_id: int) -> Any:
    actor, form = guard.current(), SignalForm()

    def add(target: Target) -> None:
        actions.add_signal(actor, target, form.draft(), clock.today())

    return _act(target_id, "signal", form, add, "动向已记下。", "signals")


@bp.post("/targets/<int:target_id>/signals/<int:signal_id>/remove")
@guard.requires(PROJECT_WRITE)
def remove_signal(target_id: int, signal_id: int) -> Any:
    actor = guard.current()
    target = queries.find(actor, target_id, PROJECT_WRITE)
    actions.remove_signal(actor, target, queries.signal(target_id, signal_id))
    edges.commit()
    flash("动向已删除。", "ok")
    return redirect(url_for("targeting.show", target_id=target_id, _anchor="signals"), 303)


@bp.post("/targets/<int:target_id>/progress")
@guard.requires(PROJECT_WRITE)
def step(target_id: int) -> Any:
    actor, form = guard.current(), StepForm()

    def move(target: Target) -> None:
        actions.move(actor, target, form.chosen, str(form.note.data or ""), clock.today())

    return _act(target_id, "step", form, move, "进度已更新。")


@bp.post("/targets/<int:target_id>/next")
@guard.requires(PROJECT_WRITE)
def plan(target_id: int) -> Any:
    """The next step becomes a duty of the owner, and turns up on his day."""
    actor, form = guard.current(), NextForm()

    def put(target: Target) -> str:
        assert form.due_on.data is not None
        return actions.plan(actor, target, str(form.what.data or ""), form.due_on.data, clock.today())

    return _act(target_id, "next", form, put, "下一步已列入跟进。")


@bp.post("/targets/<int:target_id>/give-up")
@guard.requires(PROJECT_WRITE)
def give_up(target_id: int) -> Any:
    actor, form = guard.current(), GiveUpForm()

    def leave(target: Target) -> None:
        actions.give_up(actor, target, str(form.reason.data or ""), clock.today())

    return _act(target_id, "give_up", form, leave, "已放弃，原因留在进展历程里。")


@bp.post("/targets/<int:target_id>/take-up")
@guard.requires(PROJECT_WRITE)
def take_up(target_id: int) -> Any:
    actor = guard.current()
    actions.take_up(actor, queries.find(actor, target_id, PROJECT_WRITE), clock.today())
    edges.commit()
    flash("已重新启用。请定下一步。", "ok")
    return redirect(url_for("targeting.show", target_id=target_id), 303)


@bp.post("/targets/<int:target_id>/campaigns")
@guard.requires(PROJECT_WRITE)
def enlist(target_id: int) -> Any:
    """Puts the target on a campaign's list."""
    actor, raw = guard.current(), number(request.form.get("campaign_id"))
    target = queries.find(actor, target_id, PROJECT_WRITE)
    if raw is None:
        flash("没有选择招商专题。请选一个。", "warn")
    else:
        campaign = queries.campaign(actor, raw)
        actions.enlist(actor, campaign, [target])
        edges.commit()
        flash(f"已加入“{campaign.name}”。", "ok")
    return redirect(url_for("targeting.show", target_id=target_id), 303)
