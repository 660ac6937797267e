"""Writing a milestone down: its date, its files, for signing the agreement and its review."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.datastructures import FileStorage

from crm.accounts import permissions as p
from crm.accounts import queries as accounts
from crm.core import clock
from crm.core.actor import Actor
from crm.core.errors import RuleBroken
from crm.pipeline import actions, forms, queries, rules
from crm.pipeline.models import Milestone
from crm.pipeline.rules import MilestoneKind, MilestoneState
from crm.pipeline.views import bp
from crm.pipeline.views.decisions import kind_named
from crm.projects import actions as project_actions
from crm.projects import queries as projects
from crm.projects.models import Project
from crm.projects.rules.files import ACCEPT
from crm.web import edges, guard


@bp.route("/projects/<code>/milestones/<kind>", methods=["GET", "POST"])
@guard.requires(p.MILESTONE_SUBMIT)
def milestone(code: str, kind: str) -> Any:
    actor, chosen = guard.current(), kind_named(kind)
    project = projects.find(actor, code, p.MILESTONE_SUBMIT)
    known = queries.milestone_of(project, chosen)
    form = forms.milestone_form(chosen)(
        data=None if request.method == "POST" else _initial(project, chosen, known)
    )
    form.offer(queries.attachments_of(project))
    if not form.is_submitted():
        return _page(project, chosen, known, form)
    if known is not None and form.version.data != str(known.version):
        return _conflict(project, chosen, known, form)
    saved: list[Milestone] = []
    if form.validate() and edges.attempt(form, lambda: saved.append(_save(actor, project, chosen, form))):
        return _done(project, chosen, saved[0])
    # The refused transaction is gone; what is shown again is read again.
    project = projects.find(actor, code, p.MILESTONE_SUBMIT)
    known = queries.milestone_of(project, chosen)
    form.offer(queries.attachments_of(project))
    return _page(project, chosen, known, form), 422


def _save(actor: Actor, project: Project, kind: MilestoneKind, form: forms.MilestoneForm) -> Milestone:
    uploaded = []
    for needed, name in form.uploads.items():
        for file in form[name].data or ():
            if isinstance(file, FileStorage) and file.filename:
                try:
                    made = project_actions.add_attachment(actor, project, needed, file.filename, file.stream)
                except RuleBroken as broken:
                    raise RuleBroken(broken.message, name) from broken
                uploaded.append(made.id)
    draft = form.draft(uploaded)
    act = actions.save_milestone if request.form.get("save") == "draft" else actions.submit
    return act(actor, project, kind, draft, clock.today(), clock.now())


def _done(project: Project, kind: MilestoneKind, milestone: Milestone) -> Any:
    if milestone.state is MilestoneState.DRAFT:
        missing = queries.missing_to_submit(project, milestone)
        flash(
            f"{kind.label}已存为未报，不计入统计。{''.join(m.message for m in missing)}",
            "warn" if missing else "ok",
        )
        target = url_for("pipeline.milestone", code=project.code, kind=kind.value)
    else:
        again = milestone.state is MilestoneState.RECOGNISED
        flash(f"{kind.label}已报市商务局{'重新' if again else ''}认定。", "ok")
        target = url_for("projects.show", code=project.code, tab="milestones")
    return redirect(target, 303)


def _initial(project: Project, kind: MilestoneKind, known: Milestone | None) -> dict[str, Any]:
    """The milestone as kept; a new one starts with the project's figures and the files of the needed kinds."""
    if known is not None:
        names = ("happened_on", "order_reason", "note", "version", "agreement_total", "agreement_total_usd", "agreement_fixed",
                 "agreement_parties", "review_by", "review_on", "review_conclusion")  # fmt: skip
        values = {name: getattr(known, name) for name in names}
        values["evidence"] = [a.id for a in queries.evidence_of(known)]
        if known.agreement_kind:
            values["agreement_kind"] = known.agreement_kind.value
        return values
    needed = set(forms.files_of(kind))
    return {
        "evidence": [a.id for a in queries.attachments_of(project) if a.kind in needed],
        "agreement_total": project.total_investment,
        "agreement_total_usd": project.total_investment_usd,
        "agreement_fixed": project.fixed_investment,
    }


def _page(project: Project, kind: MilestoneKind, known: Milestone | None, form: forms.MilestoneForm) -> str:
    path = rules.milestone_path(project.code, kind)
    missing = queries.missing_to_submit(project, known) if known else []
    return render_template(
        "pipeline/milestone.html",
        project=project,
        kind=kind,
        known=known,
        form=form,
        missing=[(m.message, "") for m in missing],
        state=rules.MILESTONE_STATE_LABELS[known.state] if known else "",
        live=bool(known and known.state in rules.LIVE),
        signing=kind is MilestoneKind.SIGNED,
        needed=[rules.file_words(k) for k in forms.files_of(kind)],
        uploads=[form[name] for name in form.uploads.values()],
        accept=ACCEPT,
        path=path,
    )


def _conflict(project: Project, kind: MilestoneKind, known: Milestone, form: forms.MilestoneForm) -> Any:
    """Both versions side by side; nothing typed is lost. Files that came with the form must be chosen again."""
    kept = forms.milestone_form(kind)(formdata=None, data=_initial(project, kind, known))
    kept.offer(queries.attachments_of(project))
    shown = [f for f in form if f.short_name not in ("version", "csrf_token", *form.uploads.values())]
    fields = [
        (f.label.text, _words(f), _words(kept[f.short_name]), _words(f) != _words(kept[f.short_name]))
        for f in shown
    ]
    hidden = [(name, value) for name, value in request.form.items(multi=True) if name != "version"]
    them = accounts.user(known.submitted_by) if known.submitted_by else None
    return (
        render_template(
            "errors/conflict.html",
            record=f"{project.code} {kind.label}",
            them=them.name if them else "",
            at=known.updated_at,
            fields=fields,
            action=url_for("pipeline.milestone", code=project.code, kind=kind.value),
            hidden=[*hidden, ("version", known.version)],
            record_url=url_for("projects.show", code=project.code, tab="milestones"),
        ),
        409,
    )


def _words(field: Any) -> str:
    """A field's value as a person reads it."""
    value = field.data
    choices: dict[str, str] = {str(c.value): c.label for c in getattr(field, "choices", None) or ()}
    if isinstance(value, list):
        return "、".join(choices.get(str(v), str(v)) for v in value)
    if choices:
        return choices.get(str(value), "")
    reading = getattr(field, "_value", None)
    return str(reading() if callable(reading) else value or "")
