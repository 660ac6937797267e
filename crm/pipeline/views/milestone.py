"""Writing a milestone down: its date, its files, for signing the agreement and its review."""

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts import permissions as p
from crm.accounts import queries as accounts
from crm.core import clock
from crm.core.actor import Actor
from crm.core.errors import NotFound
from crm.pipeline import actions, forms, queries, rules
from crm.pipeline.models import Milestone
from crm.pipeline.rules import MilestoneKind, MilestoneState
from crm.pipeline.views import bp
from crm.pipeline.views.decisions import kind_named
from crm.projects import actions as project_actions
from crm.projects import queries as projects
from crm.projects.models import Phase, Project
from crm.projects.rules.files import ACCEPT
from crm.projects.views import holding
from crm.web import edges, guard


@dataclass(frozen=True, slots=True)
class _Stone:
    """Which milestone a page speaks of: the project's own, or that of a phase."""

    project: Project
    kind: MilestoneKind
    phase: Phase | None

    @property
    def words(self) -> str:
        return rules.stone_words(self.kind, self.phase.name if self.phase else "")

    @property
    def path(self) -> str:
        return rules.milestone_path(self.project.code, self.kind, self.phase.no if self.phase else None)

    def known(self) -> Milestone | None:
        return queries.milestone_of(self.project, self.kind, self.phase)

    def form(self) -> type[forms.MilestoneForm]:
        return forms.milestone_form(self.kind, queries.files_needed(self.project, self.kind))

    def missing(self, milestone: Milestone) -> list[rules.Missing]:
        return queries.missing_to_submit(self.project, milestone, self.phase)


def _load(actor: Actor, code: str, kind: str, no: int | None) -> _Stone:
    chosen = kind_named(kind)
    project = projects.find(actor, code, p.MILESTONE_SUBMIT)
    phase = None if no is None else projects.phase_numbered(project.id, no)
    if phase is not None and chosen not in rules.PHASE_MILESTONES[phase.kind]:
        raise NotFound()
    return _Stone(project, chosen, phase)


@bp.route("/projects/<code>/milestones/<kind>", methods=["GET", "POST"])
@guard.requires(p.MILESTONE_SUBMIT)
def milestone(code: str, kind: str) -> Any:
    return _written(code, kind, None)


@bp.route("/projects/<code>/phases/<int:no>/milestones/<kind>", methods=["GET", "POST"])
@guard.requires(p.MILESTONE_SUBMIT)
def phase_milestone(code: str, no: int, kind: str) -> Any:
    """A milestone of a phase or of a capital increase."""
    return _written(code, kind, no)


def _written(code: str, kind: str, no: int | None) -> Any:
    actor = guard.current()
    stone = _load(actor, code, kind, no)
    known = stone.known()
    form = stone.form()(data=None if request.method == "POST" else _initial(stone, known))
    form.offer(queries.attachments_of(stone.project))
    if not form.is_submitted():
        return _page(stone, known, form)
    about = project_actions.owner_of(stone.project).about
    if known is not None and form.version.data != str(known.version):
        holding.keep(actor, about, form)
        return _conflict(_load(actor, code, kind, no), form)
    saved: list[Milestone] = []
    if form.validate() and edges.attempt(form, lambda: saved.append(_save(actor, stone, form))):
        return _done(stone, saved[0])
    # The refused transaction is gone; what is shown again is read again.
    holding.keep(actor, about, form)
    stone = _load(actor, code, kind, no)
    form.offer(queries.attachments_of(stone.project))
    return _page(stone, stone.known(), form), 422


def _save(actor: Actor, stone: _Stone, form: forms.MilestoneForm) -> Milestone:
    project = stone.project
    about = project_actions.owner_of(project).about
    received = [
        (needed, kept)
        for needed, name in form.uploads.items()
        for kept in holding.take(actor, about, form[name])
    ]
    uploaded = [project_actions.add_attachment(actor, project, needed, kept).id for needed, kept in received]
    draft = form.draft(uploaded)
    act = actions.save_milestone if request.form.get("save") == "draft" else actions.submit
    return act(actor, project, stone.kind, draft, clock.today(), clock.now(), stone.phase)


def _done(stone: _Stone, milestone: Milestone) -> Any:
    if milestone.state is MilestoneState.DRAFT:
        missing = stone.missing(milestone)
        flash(
            f"{stone.words}已存为未报，不计入统计。{''.join(m.message for m in missing)}",
            "warn" if missing else "ok",
        )
        return redirect(stone.path, 303)
    again = milestone.state is MilestoneState.RECOGNISED
    flash(f"{stone.words}已报市商务局{'重新' if again else ''}认定。", "ok")
    return redirect(url_for("projects.show", code=stone.project.code, tab="milestones"), 303)


_KEPT = (
    "happened_on",
    "order_reason",
    "note",
    "version",
    "agreement_total",
    "agreement_total_usd",
    "agreement_fixed",
    "agreement_parties",
    "agreement_land_mu",
    "agreement_start_by",
    "agreement_complete_by",
    "agreement_obligations",
    "review_by",
    "review_on",
    "review_conclusion",
)


def _initial(stone: _Stone, known: Milestone | None) -> dict[str, Any]:
    """The milestone as kept; a new one starts with the recorded figures and the files of the needed kinds."""
    project, phase = stone.project, stone.phase
    if known is not None:
        values = {name: getattr(known, name) for name in _KEPT}
        values["evidence"] = [a.id for a in queries.evidence_of(known)]
        if known.agreement_kind:
            values["agreement_kind"] = known.agreement_kind.value
        return values
    needed = set(queries.files_needed(project, stone.kind)) if phase is None else set()
    figures = queries.figures_of(project, phase)
    return {
        # A phase has papers of its own; those of the project would be the wrong ones more often than not.
        "evidence": [a.id for a in queries.attachments_of(project) if a.kind in needed],
        "agreement_total": figures.total,
        "agreement_total_usd": figures.total_usd,
        "agreement_fixed": figures.fixed,
        "agreement_land_mu": project.land_mu if phase is None else None,
        "agreement_start_by": phase.expected_start_on if phase else project.expected_start_on,
        "agreement_complete_by": phase.expected_complete_on if phase else None,
    }


def _page(stone: _Stone, known: Milestone | None, form: forms.MilestoneForm) -> str:
    missing = stone.missing(known) if known else []
    return render_template(
        "pipeline/milestone.html",
        project=stone.project,
        kind=stone.kind,
        phase=stone.phase,
        words=stone.words,
        figures=queries.figures_of(stone.project, stone.phase),
        known=known,
        form=form,
        missing=[(m.message, "") for m in missing],
        state=rules.MILESTONE_STATE_LABELS[known.state] if known else "",
        live=bool(known and known.state in rules.LIVE),
        signing=stone.kind is MilestoneKind.SIGNED,
        needed=[rules.file_words(k) for k in queries.files_needed(stone.project, stone.kind)],
        uploads=[form[name] for name in form.uploads.values()],
        accept=ACCEPT,
        path=stone.path,
    )


def _conflict(stone: _Stone, form: forms.MilestoneForm) -> Any:
    """Both versions side by side; nothing typed or chosen is lost."""
    known = stone.known()
    if known is None:
        raise NotFound()
    kept = stone.form()(formdata=None, data=_initial(stone, known))
    kept.offer(queries.attachments_of(stone.project))
    shown = [f for f in form if f.short_name not in ("version", "csrf_token", *form.uploads.values())]
    fields = [
        (f.label.text, _words(f), _words(kept[f.short_name]), _words(f) != _words(kept[f.short_name]))
        for f in shown
    ]
    tokens = {field.token_name for field in (form[name] for name in form.uploads.values())}
    typed = request.form.items(multi=True)
    hidden = [(name, value) for name, value in typed if name != "version" and name not in tokens]
    them = accounts.user(known.submitted_by) if known.submitted_by else None
    return (
        render_template(
            "errors/conflict.html",
            record=f"{stone.project.code} {stone.words}",
            them=them.name if them else "",
            at=known.updated_at,
            fields=fields,
            action=stone.path,
            hidden=[*hidden, *holding.words_of(form), ("version", known.version)],
            record_url=url_for("projects.show", code=stone.project.code, tab="milestones"),
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
