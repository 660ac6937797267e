"""Stating a duty and the ways one moves on: in place, or on a page of its own."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_wtf import FlaskForm

from crm.accounts.permissions import ASSIGN, VISIT_LOG
from crm.companies import queries as companies
from crm.core import clock
from crm.core.errors import Stale
from crm.followups import actions, queries
from crm.followups.forms import CancelForm, CompleteForm, OwnerForm, PlanForm, PostponeForm, options
from crm.followups.models import Followup
from crm.followups.rules import ANSWERED
from crm.followups.views import bp
from crm.projects import queries as projects
from crm.web import edges, guard


def _back() -> str:
    """Where to go afterwards: a path of this site from `next`, else the list."""
    return edges.path_inside(request.values.get("next")) or url_for("followups.index")


@bp.route("/followups/new", methods=["GET", "POST"])
@guard.requires(VISIT_LOG)
def new() -> Any:
    """A duty about ?project= (a code) or ?company= (an id), or about neither."""
    actor, today = guard.current(), clock.today()
    form = PlanForm(company=request.args.get("company", ""), project=request.args.get("project", ""))
    code, number = str(form.project.data or ""), str(form.company.data or "")
    project = projects.find(actor, code, VISIT_LOG) if code else None
    company = companies.find(actor, int(number)) if number.isdecimal() else None
    form.offer(queries.owners_for(actor, project.zone_id if project else actor.zone_id, today))
    company_id = project.company_id if project else (company.id if company else None)

    def act() -> None:
        draft = replace(
            form.draft(), company_id=company_id, project_id=project.id if project else None, not_before=today
        )
        g.note = actions.plan(actor, draft).note

    if form.validate_on_submit() and edges.attempt(form, act):
        _said("跟进已新建。")
        edges.warn_of_numbers(*edges.words_of(form))
        return redirect(_back(), 303)
    proposed = queries.proposal(
        actor, today, project_id=project.id if project else None, company_id=company_id
    )
    if not form.is_submitted() and proposed is not None:
        form.due_on.data = proposed.on
    page = render_template(
        "followups/new.html", form=form, project=project, company=company, proposed=proposed, back=_back()
    )
    return page, 422 if form.is_submitted() else 200


#: The date fields that a proposal may be offered for.
_FIELDS = frozenset({"due_on", "next_due"})


@bp.get("/followups/proposal")
@guard.requires(VISIT_LOG)
def proposal() -> Any:
    """The day that the rhythm asks for, as a button that fills the form's date field in one click; empty without one."""
    actor, args = guard.current(), request.args
    field = args.get("field", "next_due")
    proposed = queries.proposal(
        actor,
        clock.today(),
        project_id=args.get("project", type=int),
        company_id=args.get("company_id", type=int),
    )
    return render_template(
        "followups/_proposal.html", proposed=proposed if field in _FIELDS else None, field=field
    )


def _said(done: str) -> None:
    """What was done, and the day that was moved if one was."""
    flash(done, "ok")
    if note := g.get("note"):
        flash(note, "info")


def _move(name: str, form: FlaskForm, followup: Followup, act: Callable[[], Any], done: str) -> Any:
    """One way a duty moves on: refused beside the field on a page of its own, else back to where one came from."""
    seen = str(form["version"].data or "")
    if form.is_submitted() and seen.isdecimal() and int(seen) != followup.version:
        raise Stale("这件事刚被他人办理或推迟。请返回列表核对后再办。")
    if form.validate_on_submit() and edges.attempt(form, act):
        _said(done)
        edges.warn_of_numbers(*edges.words_of(form))
        return redirect(_back(), 303)
    if not form.is_submitted():
        form["version"].data = followup.version
    row = queries.show(guard.current(), followup.id, clock.today())
    page = render_template("followups/move.html", form=form, row=row, do=name, back=_back())
    return page, 422 if form.is_submitted() else 200


@bp.route("/followups/<int:followup_id>/complete", methods=["GET", "POST"])
@guard.requires(VISIT_LOG)
def complete(followup_id: int) -> Any:
    actor, form = guard.current(), CompleteForm()
    followup = queries.find(actor, followup_id, VISIT_LOG)
    if not form.is_submitted() and followup.kind in ANSWERED:
        return redirect(url_for("followups.demand", followup_id=followup_id))
    return _move(
        "complete",
        form,
        followup,
        lambda: actions.complete(actor, followup, form.answer.data or ""),
        "跟进已完成。",
    )


@bp.route("/followups/<int:followup_id>/postpone", methods=["GET", "POST"])
@guard.requires(VISIT_LOG)
def postpone(followup_id: int) -> Any:
    actor, form, today = guard.current(), PostponeForm(), clock.today()
    followup = queries.find(actor, followup_id, VISIT_LOG)

    def act() -> None:
        g.note = actions.postpone(actor, followup, form.to.data or today, form.reason.data or "", today)

    return _move("postpone", form, followup, act, "跟进已推迟。")


@bp.route("/followups/<int:followup_id>/cancel", methods=["GET", "POST"])
@guard.requires(VISIT_LOG)
def cancel(followup_id: int) -> Any:
    actor, form = guard.current(), CancelForm()
    followup = queries.find(actor, followup_id, VISIT_LOG)
    return _move(
        "cancel",
        form,
        followup,
        lambda: actions.cancel(actor, followup, form.reason.data or ""),
        "跟进已取消。",
    )


@bp.route("/followups/<int:followup_id>/owner", methods=["GET", "POST"])
@guard.requires(ASSIGN, VISIT_LOG)
def hand_over(followup_id: int) -> Any:
    """By whoever arranges the zone's work, and by the owner himself."""
    actor, form = guard.current(), OwnerForm()
    followup = queries.find(actor, followup_id, verb_to_hand_over())
    owners = queries.owners_for(actor, followup.zone_id, clock.today())
    form.owner.choices = options([(i, name) for i, name in owners if i != followup.owner_id])

    def act() -> None:
        actions.hand_over(actor, followup, form.owner.data or 0, form.note.data or "")

    return _move("hand_over", form, followup, act, "跟进已移交。")


def verb_to_hand_over() -> str:
    return ASSIGN if guard.current().can(ASSIGN) else VISIT_LOG
