"""The ways a demand moves on, each on a page of its own that works without script."""

from collections.abc import Callable
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_wtf import FlaskForm

from crm.accounts.permissions import OPINION, VISIT_LOG
from crm.core import clock
from crm.core.errors import RuleBroken, Stale
from crm.followups import actions, queries
from crm.followups.forms import AnswerForm, ConfirmForm, ForwardForm, ReopenForm
from crm.followups.models import Followup
from crm.followups.rules.demands import Confirmer
from crm.followups.views import bp
from crm.settings import queries as settings
from crm.web import edges, guard


def verb_to_answer() -> str:
    """Whoever logs visits answers within that reach; a department answers what it is asked by its right to opinions."""
    return VISIT_LOG if guard.current().can(VISIT_LOG) else OPINION


def _move(name: str, form: FlaskForm, duty: Followup, act: Callable[[], Any], done: str) -> Any:
    seen = str(form["version"].data or "")
    if form.is_submitted() and seen.isdecimal() and int(seen) != duty.version:
        raise Stale("这件事刚被他人办理。请返回核对后再办。")
    if form.validate_on_submit() and edges.attempt(form, act):
        flash(done, "ok")
        if note := g.get("note"):
            flash(note, "info")
        edges.warn_of_numbers(*edges.words_of(form))
        return redirect(url_for("followups.demand", followup_id=duty.id), 303)
    if not form.is_submitted():
        form["version"].data = duty.version
    row = queries.demand(guard.current(), duty.id, clock.today())
    page = render_template("followups/demand_move.html", form=form, row=row, do=name)
    return page, 422 if form.is_submitted() else 200


def _new_day() -> Any:
    return settings.calendar().add_working_days(clock.today(), settings.value("demand_days"))


@bp.route("/demands/<int:followup_id>/forward", methods=["GET", "POST"])
@guard.requires(VISIT_LOG)
def forward_demand(followup_id: int) -> Any:
    actor, today, form = guard.current(), clock.today(), ForwardForm()
    duty = queries.find(actor, followup_id, VISIT_LOG)
    form.offer(queries.units_for(duty.zone_id))
    done = "已转办" if duty.unit_id is not None else "已指定责任单位"
    if not form.is_submitted():
        form.due_on.data, form.category.data = max(duty.due_on, today), duty.category

    def act() -> None:
        g.note = actions.forward(
            actor,
            duty,
            form.unit.data or 0,
            form.due_on.data or today,
            today,
            category=form.category.data or "",
            note=form.note.data or "",
        )

    return _move("forward", form, duty, act, f"{done}，该单位会收到消息。")


@bp.post("/demands/<int:followup_id>/urge")
@guard.requires(VISIT_LOG)
def urge_demand(followup_id: int) -> Any:
    actor, here = guard.current(), url_for("followups.demand", followup_id=followup_id)
    try:
        told = actions.urge(actor, queries.find(actor, followup_id, VISIT_LOG), clock.today())
        edges.commit()
    except RuleBroken as broken:
        flash(broken.message, "warn")
        return redirect(here, 303)
    if told:
        flash(f"已催办，{told}人会收到消息。", "ok")
    else:
        flash("已记下催办。责任单位还没有在任账号，请电话联系。", "warn")
    return redirect(here, 303)


@bp.route("/demands/<int:followup_id>/answer", methods=["GET", "POST"])
@guard.requires(VISIT_LOG, OPINION)
def answer_demand(followup_id: int) -> Any:
    actor, form = guard.current(), AnswerForm()
    duty = queries.find(actor, followup_id, verb_to_answer())

    def act() -> None:
        g.note = actions.answer(actor, duty, form.answer.data or "", clock.now(), clock.today())

    return _move("answer", form, duty, act, "答复已保存。")


@bp.route("/demands/<int:followup_id>/confirm", methods=["GET", "POST"])
@guard.requires(VISIT_LOG)
def confirm_demand(followup_id: int) -> Any:
    actor, form = guard.current(), ConfirmForm()
    if not form.is_submitted() and request.args.get("by") in set(Confirmer):
        form.by.data = request.args["by"]
    duty = queries.find(actor, followup_id, VISIT_LOG)

    def act() -> None:
        actions.confirm(actor, duty, form.confirmation(), clock.now())

    return _move("confirm", form, duty, act, "已销号。")


@bp.route("/demands/<int:followup_id>/reopen", methods=["GET", "POST"])
@guard.requires(VISIT_LOG)
def reopen_demand(followup_id: int) -> Any:
    actor, form, today = guard.current(), ReopenForm(), clock.today()
    duty = queries.find(actor, followup_id, VISIT_LOG)
    if not form.is_submitted():
        form.due_on.data = _new_day()

    def act() -> None:
        g.note = actions.reopen(actor, duty, form.reason.data or "", form.due_on.data or today, today)

    return _move("reopen", form, duty, act, "已重新打开，责任单位会收到消息。")
