"""A month of a project, filled in or corrected on the project's own page."""

from typing import Any

from flask import flash, render_template, request

from crm.accounts.permissions import PROJECT_SEE
from crm.core import clock
from crm.core.actor import Actor
from crm.core.errors import Forbidden
from crm.pipeline import actions, queries
from crm.pipeline.forms import InvestmentForm
from crm.pipeline.rules import investment as rules
from crm.pipeline.views import bp, invested
from crm.pipeline.views.invested import Asked
from crm.projects import actions as project_actions
from crm.projects.rules import AttachmentKind
from crm.projects.views import holding
from crm.web import edges, guard


@bp.route("/projects/<code>/investment", methods=["GET", "POST"])
@guard.requires(PROJECT_SEE)
def investment(code: str) -> Any:
    actor = guard.current()
    asked = invested.asked(actor, code)
    form = _form(asked, sent=request.method == "POST")
    if request.method == "GET":
        return invested.page(asked, form)
    if not asked.record.may_write:
        raise Forbidden()
    about = project_actions.owner_of(asked.record.project).about
    if form.validate():
        if form.seen() != asked.truth.version:
            holding.keep(actor, about, form)
            return _both(invested.asked(actor, code), form)
        done: list[actions.Done] = []
        if edges.attempt(form, lambda: done.append(_save(actor, asked, form))):
            return _told(actor, asked, done[0])
    # The refused transaction is gone; what is shown again is read again.
    holding.keep(actor, about, form)
    asked = invested.asked(actor, code)
    return invested.page(asked, form), 422


# --- the form -------------------------------------------------------------------------------------


def _form(asked: Asked, *, sent: bool) -> InvestmentForm:
    form = InvestmentForm() if sent else InvestmentForm(formdata=None, data=_values(asked))
    form.offer(queries.attachments_of(asked.record.project) if asked.record.disclosed else ())
    return form


def _values(asked: Asked) -> dict[str, Any]:
    """What is known of the month; one that has not been reported starts with whether the project is in the statistics."""
    truth = asked.truth
    said = truth.said if truth.known else rules.entered(r for r in asked.line if r.month < asked.month)
    return {
        **{name: getattr(truth.amounts, name) for name in rules.NAMES},
        **{name: getattr(said, name) for name in ("progress", "in_statistics", "in_statistics_on", "note")},
        "evidence": list(truth.files),
        "version": truth.version,
    }


def _save(actor: Actor, asked: Asked, form: InvestmentForm) -> actions.Done:
    project = asked.record.project
    about = project_actions.owner_of(project).about
    kept = holding.take(actor, about, form.uploads)
    uploaded = [
        project_actions.add_attachment(
            actor,
            project,
            AttachmentKind.PHOTO if file.media_type.startswith("image/") else AttachmentKind.OTHER,
            file,
        ).id
        for file in kept
    ]
    draft = form.draft(uploaded if asked.record.disclosed else None)
    now = clock.now()
    return actions.report(
        actor, project, asked.month, draft, clock.today(), now, phase=asked.phase, seen=form.seen()
    )


def _told(actor: Actor, asked: Asked, done: actions.Done) -> Any:
    after = invested.asked(actor, asked.code)
    words = f"{asked.month} 的投资已保存。"
    if done.row is None:
        words = "没有改动。"
    elif done.carried_by:
        words = f"{asked.month} 已结账，差额已记入 {done.carried_by}，两个数都保留。"
    flash(words, "ok")
    if asking := rules.question(rules.upto(after.line, invested.last(after)).completed, after.plan.agreed):
        flash(asking, "warn")
    return edges.go(invested.address(asked))


def _both(asked: Asked, form: InvestmentForm) -> Any:
    """Mine as typed beside what was saved in between."""
    kept = InvestmentForm(formdata=None, data=_values(asked))
    shown = ("completed", "paid_in", "equipment", "progress", "in_statistics_on", "note")
    fields = []
    for name in shown:
        mine, theirs = str(form[name]._value() or ""), str(kept[name]._value() or "")
        fields.append((form[name].label.text, mine, theirs, mine != theirs))
    left = ("version", "choice", form.uploads.token_name)
    hidden = [(k, v) for k, v in request.form.items(multi=True) if k not in left]
    page = render_template(
        "errors/conflict.html",
        record=f"{asked.code} {asked.month}",
        them="",
        fields=fields,
        action=invested.address(asked),
        hidden=[*hidden, *holding.words_of(form), ("version", asked.truth.version)],
        record_url=invested.address(asked),
    )
    return page, 409
