"""Phases and increases of a project, and a change of ownership."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts.permissions import PROJECT_WRITE
from crm.core import clock
from crm.core.actor import Actor
from crm.core.errors import Forbidden
from crm.pipeline import actions as pipeline
from crm.projects import actions, forms, queries
from crm.projects.models import Phase, Project
from crm.projects.queries import Record
from crm.projects.rules import AttachmentKind, phases
from crm.projects.views import bp, holding
from crm.web import edges, guard


def sums_hint(project: Project, known: Any) -> str:
    """Where the phases do not add up to the project, in words."""
    parts = [phases.Part(p.kind, p.total_investment, p.total_investment_usd) for p in known]
    return phases.sums_hint(project.total_investment, project.total_investment_usd, parts)


@bp.route("/projects/<code>/phases/new", methods=["GET", "POST"])
@guard.requires(PROJECT_WRITE)
def new_phase(code: str) -> Any:
    actor, form = guard.current(), forms.PhaseForm()
    project = queries.find(actor, code, PROJECT_WRITE)
    if form.validate_on_submit() and edges.attempt(form, lambda: _add(actor, project, form)):
        _told(project, "已新增。")
        return redirect(url_for("projects.show", code=code, _anchor="phases"))
    if not form.is_submitted() and request.args.get("kind") in ("phase", "increase"):
        form.kind.data = request.args["kind"]
    return _page(actor, project, form, None), 422 if form.is_submitted() else 200


@bp.route("/projects/<code>/phases/<int:phase_id>", methods=["GET", "POST"])
@guard.requires(PROJECT_WRITE)
def phase(code: str, phase_id: int) -> Any:
    actor = guard.current()
    project = queries.find(actor, code, PROJECT_WRITE)
    found = queries.phase(project.id, phase_id)
    form = forms.PhaseForm(data=forms.phase_values(found))
    if form.validate_on_submit():
        if form.seen() != found.version:
            return _both(project, found, form)
        if edges.attempt(form, lambda: _save(actor, project, found, form)):
            _told(project, "已保存。")
            return redirect(url_for("projects.show", code=code, _anchor="phases"))
    return _page(actor, project, form, found), 422 if form.is_submitted() else 200


@bp.post("/projects/<code>/phases/<int:phase_id>/remove")
@guard.requires(PROJECT_WRITE)
def remove_phase(code: str, phase_id: int) -> Any:
    actor, form = guard.current(), forms.PhaseForm()
    project = queries.find(actor, code, PROJECT_WRITE)
    found = queries.phase(project.id, phase_id)
    if edges.attempt(form, lambda: _remove(actor, project, found)):
        flash("分期已删除。", "ok")
        return redirect(url_for("projects.show", code=code, _anchor="phases"), 303)
    flash("；".join(str(words) for words in form.form_errors), "bad")
    return redirect(url_for("projects.phase", code=code, phase_id=phase_id), 303)


def _add(actor: Actor, project: Project, form: forms.PhaseForm) -> None:
    actions.add_phase(actor, project, form.draft())
    pipeline.follow_phases(actor, project, clock.today())


def _save(actor: Actor, project: Project, found: Phase, form: forms.PhaseForm) -> None:
    """Saves and lets the pipeline look again at what was recognised of this phase, and at the stage."""
    changed = actions.edit_phase(actor, project, found, form.draft())
    pipeline.mark_changed(actor, project, changed, clock.now(), found)
    pipeline.follow_phases(actor, project, clock.today())


def _remove(actor: Actor, project: Project, found: Phase) -> None:
    actions.remove_phase(actor, project, found)
    pipeline.follow_phases(actor, project, clock.today())


def _told(project: Project, words: str) -> None:
    flash(f"分期{words}", "ok")
    if hint := sums_hint(project, queries.phases_of(project.id)):
        flash(hint, "warn")


def _page(actor: Actor, project: Project, form: forms.PhaseForm, found: Phase | None) -> str:
    others = [p for p in queries.phases_of(project.id) if found is None or p.id != found.id]
    return render_template(
        "projects/phase.html",
        project=project,
        form=form,
        phase=found,
        others=others,
        removable=found is not None and not queries.phase_in_use(found.id),
    )


def _both(project: Project, found: Phase, form: forms.PhaseForm) -> Any:
    """Mine as typed beside theirs as saved."""
    theirs = forms.PhaseForm(formdata=None, data=forms.phase_values(found))
    fields = []
    for name in phases.LABELS:
        mine, saved = _words(form[name]), _words(theirs[name])
        fields.append((form[name].label.text, mine, saved, mine != saved))
    hidden = [(k, v) for k, v in request.form.items(multi=True) if k not in ("version", "choice")]
    page = render_template(
        "errors/conflict.html",
        record=f"{project.code} {found.name}",
        them="",
        fields=fields,
        action=url_for("projects.phase", code=project.code, phase_id=found.id),
        hidden=[*hidden, ("version", found.version)],
        record_url=url_for("projects.phase", code=project.code, phase_id=found.id),
    )
    return page, 409


def _words(field: Any) -> str:
    choices = getattr(field, "choices", None)
    if choices:
        return next((c.label for c in choices if field.coerce(c.value) == field.data), "")
    return str(field._value() or "")


# --- 更换业主 -------------------------------------------------------------------------------------


@bp.route("/projects/<code>/investor", methods=["GET", "POST"])
@guard.requires(PROJECT_WRITE)
def investor(code: str) -> Any:
    """Who invested stays in the history; who invests now is the new one."""
    actor = guard.current()
    record = queries.record(actor, code)
    if not record.may_write:
        raise Forbidden()
    if not record.disclosed:
        raise Forbidden("这是保密项目，投资方由责任人、主要负责人或市商务局修改。")
    form = forms.OwnershipForm(data={"on": clock.today(), "version": record.project.version})
    if form.validate_on_submit():
        if form.seen() != record.project.version:
            form.form_errors.append("项目刚被他人修改，投资方见下。核对后再保存一次。")
        elif edges.attempt(form, lambda: _change(actor, record, form)):
            flash("业主已更换，原来的投资方留在记录里。", "ok")
            return edges.go(url_for("projects.show", code=code))
        form.version.raw_data = None
        form.version.data = str(queries.record(actor, code).project.version)
    if form.is_submitted():
        holding.keep(actor, actions.owner_of(record.project).about, form)
        record = queries.record(actor, code)
    return render_template(
        "projects/investor.html",
        record=record,
        project=record.project,
        form=form,
        history=queries.investor_changes(record.project.id, disclosed=record.disclosed),
    ), 422 if form.is_submitted() else 200


def _change(actor: Actor, record: Record, form: forms.OwnershipForm) -> None:
    project = record.project
    kept = holding.take(actor, actions.owner_of(project).about, form.paper)
    files = [actions.add_attachment(actor, project, AttachmentKind.OTHER, file) for file in kept]
    actions.change_investor(actor, project, form.draft(files[0].id if files else None), clock.today())
