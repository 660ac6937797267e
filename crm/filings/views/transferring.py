"""Proposing a transfer from a project's page, and every act on one."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, url_for

from crm.accounts import permissions as p
from crm.assignments import actions as assignments
from crm.core import clock
from crm.core.actor import Actor
from crm.core.errors import Conflict
from crm.filings import actions, queries
from crm.filings.forms import Reasoned
from crm.filings.forms.transfers import (
    SheetForm,
    TransferAnswerForm,
    TransferAssignForm,
    TransferForm,
    TransferOfferForm,
    first_values,
)
from crm.filings.models import Transfer
from crm.filings.rules.transfers import check_subject
from crm.filings.views import bp
from crm.filings.views import transfers as pages
from crm.pipeline import actions as pipeline
from crm.projects import actions as project_actions
from crm.projects import queries as projects
from crm.projects.models import Project
from crm.projects.rules import CREDIT_LABELS, AttachmentKind
from crm.projects.views import holding
from crm.web import edges, guard


def _look_again(actor: Actor, project: Project, left: int, now: datetime) -> None:
    """What was recognised for the zone that gave the project away shows 待重新认定."""
    pipeline.mark_changed(actor, project, {"zone_id"}, now)


# What the features above have to settle when a project leaves a zone.
project_actions.settle_by(_look_again)
project_actions.settle_by(assignments.left_zone)


@bp.route("/projects/<code>/transfer", methods=["GET", "POST"])
@guard.requires(p.FILING_WRITE)
def new_transfer(code: str) -> Any:
    actor, now = guard.current(), clock.now()
    project = projects.find(actor, code, p.FILING_WRITE)
    under_way = queries.open_transfer(project.id)
    if under_way is not None:
        flash("这个项目正在流转。要改请先撤回。", "warn")
        return redirect(url_for("filings.transfer", transfer_id=under_way.id), 303)
    check_subject(project.status, project.zone_id)
    form = TransferForm(data=first_values(projects.default_share(), actor.name))
    form.offer(projects.all_zones(), project.zone_id)
    made: list[Transfer] = []
    if form.validate_on_submit() and edges.attempt(
        form, lambda: made.append(actions.propose_transfer(actor, project, form.draft(), now))
    ):
        flash("已提出流转，双方板块和市商务局可以看到。", "ok")
        return redirect(url_for("filings.transfer", transfer_id=made[0].id), 303)
    record = projects.record(actor, code)
    page = render_template(
        "filings/transfers/new.html",
        project=record.project,
        record=record,
        form=form,
        labels=CREDIT_LABELS,
        days=queries.answer_days(),
    )
    return page, 422 if form.is_submitted() else 200


def _act(
    transfer_id: int,
    name: str,
    form: Any,
    act: Callable[[Transfer, Project], Any],
    done: str,
    *,
    stays: bool = True,
) -> Any:
    """Finds the transfer, holds the version against it, acts, and comes back to the page; to the list where it is not
    this zone's business any more."""
    actor = guard.current()
    made, project = queries.find_transfer(actor, transfer_id)
    if form.version.data and form.version.data != str(made.version):
        raise Conflict("这项流转刚被他人处理。请刷新后核对，再办理。")
    pages.fill(name, form, queries.transfer_row(actor, transfer_id))
    if form.validate_on_submit() and edges.attempt(form, lambda: act(made, project)):
        flash(done, "ok")
        there = (
            url_for("filings.transfer", transfer_id=transfer_id) if stays else url_for("filings.transfers")
        )
        return redirect(there, 303)
    return pages.page(transfer_id, **{name: form}), 422


@bp.post("/filings/transfers/<int:transfer_id>/answer")
@guard.requires(p.ASSIGN)
def answer_transfer(transfer_id: int) -> Any:
    actor, form, now = guard.current(), TransferAnswerForm(prefix="answer"), clock.now()

    def act(made: Transfer, project: Project) -> None:
        actions.answer_transfer(actor, made, project, form.yes, form.reason.data or "", form.landing(), now)

    done = "已接收，项目归本板块。" if form.yes else "已答复不接收，提出板块会收到通知。"
    return _act(transfer_id, "answer", form, act, done, stays=form.yes)


@bp.post("/filings/transfers/<int:transfer_id>/assign")
@guard.requires(p.ZONE_ASSIGN)
def assign_transfer(transfer_id: int) -> Any:
    actor, form, now = guard.current(), TransferAssignForm(prefix="assign"), clock.now()

    def act(made: Transfer, project: Project) -> None:
        reason, pairs = form.reason.data or "", form.pairs()
        actions.assign_transfer(actor, made, project, form.zone_id, reason, pairs, now)

    return _act(transfer_id, "assign", form, act, "已办理，双方板块会收到通知。")


@bp.post("/filings/transfers/<int:transfer_id>/offer")
@guard.requires(p.FILING_WRITE)
def offer_transfer(transfer_id: int) -> Any:
    actor, form, now = guard.current(), TransferOfferForm(prefix="offer"), clock.now()

    def act(made: Transfer, project: Project) -> None:
        actions.offer_transfer(actor, made, project, form.zone_id, now)

    return _act(transfer_id, "offer", form, act, "已改选接收板块。")


@bp.post("/filings/transfers/<int:transfer_id>/withdraw")
@guard.requires(p.FILING_WRITE)
def withdraw_transfer(transfer_id: int) -> Any:
    actor, form, now = guard.current(), Reasoned(prefix="withdraw"), clock.now()

    def act(made: Transfer, project: Project) -> None:
        actions.withdraw_transfer(actor, made, project, form.reason.data or "", now)

    return _act(transfer_id, "withdraw", form, act, "已撤回，项目仍归原板块。")


@bp.post("/filings/transfers/<int:transfer_id>/sheet")
@guard.requires(p.VISIT_LOG)
def add_sheet(transfer_id: int) -> Any:
    """The sealed sheet comes back as a file of the project."""
    actor, form = guard.current(), SheetForm(prefix="sheet")
    _, project = queries.find_transfer(actor, transfer_id)
    about = project_actions.owner_of(projects.find(actor, project.code, p.VISIT_LOG)).about

    def act() -> None:
        kept = holding.take(actor, about, form.file)[0]
        made, project = queries.find_transfer(actor, transfer_id)
        paper = project_actions.add_attachment(actor, project, AttachmentKind.TRANSFER, kept)
        actions.add_sheet(actor, made, project, paper)

    if form.validate_on_submit() and edges.attempt(form, act):
        flash("确认单已上传。", "ok")
        return redirect(url_for("filings.transfer", transfer_id=transfer_id), 303)
    holding.keep(actor, about, form)
    return pages.page(transfer_id, sheet=form), 422
