"""Entering a project, editing a section of it, and the page with both versions when two people saved."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts.permissions import PROJECT_WRITE, ZONE_ASSIGN
from crm.core import clock
from crm.core.actor import Actor, Scope
from crm.core.errors import Forbidden, NotFound
from crm.pipeline import actions as pipeline
from crm.projects import actions, forms, queries
from crm.projects.models import Project
from crm.projects.queries import Record
from crm.projects.rules.drafts import ProjectDraft
from crm.projects.views import bp, filing
from crm.web import edges, guard

#: Sections whose fields would tell a hidden investor.
_TELLING = ("investor", "privacy", "all")


@bp.route("/projects/new", methods=["GET", "POST"])
@guard.requires(PROJECT_WRITE)
def new() -> Any:
    actor = guard.current()
    form = forms.NewForm(data=_suggested(actor) if request.method == "GET" else None)
    form.offer(queries.nodes(), queries.colleagues(actor.zone_id, clock.today()))
    chooses_zone = actor.scope(PROJECT_WRITE) is Scope.CITY
    form.offer_zones(queries.all_zones() if chooses_zone else (), "暂不指定" if chooses_zone else "本板块")
    if form.validate_on_submit():
        made: list[tuple[Project, str]] = []
        if edges.attempt(form, lambda: made.append(_created(actor, form))):
            project, taken = made[0]
            flash("项目已新建，现在可以记走访、传文件。", "ok")
            if taken:
                flash(taken, "warn")
            return redirect(url_for("projects.show", code=project.code))
    return render_template(
        "projects/new.html", form=form, chooses_zone=chooses_zone
    ), 422 if form.is_submitted() else 200


def _created(actor: Actor, form: forms.NewForm) -> tuple[Project, str]:
    """The project, and what the saved lead gives a right to ask: whether its investor is taken."""
    project = actions.create(actor, form.draft(), clock.today())
    return project, filing.taken_on_saving(actor, project)


def _suggested(actor: Actor) -> dict[str, Any]:
    """What is known before anything is typed: the company one comes from, and oneself."""
    values: dict[str, Any] = {"owner_id": actor.user_id}
    asked = request.args.get("company", "")
    if asked.isdigit():
        name = queries.company_name(int(asked))
        values |= {"company_id": asked, "company": name} if name else {}
    return values


@bp.route("/projects/<code>/edit", methods=["GET", "POST"])
@guard.requires(PROJECT_WRITE)
def edit(code: str) -> Any:
    actor = guard.current()
    record = queries.record(actor, code)
    section = request.args.get("section", "all")
    if section not in forms.SECTIONS:
        raise NotFound()
    _check(record, section)
    title, kind = forms.SECTIONS[section]
    form = kind(data=forms.values_of(record))
    _offer(form, record)
    if form.validate_on_submit():
        if form.seen() != record.project.version:
            return _both(record, form, section)
        settled = _settled(record, form)
        if edges.attempt(form, lambda: _save(actor, record.project, settled)):
            flash(f"{title}已保存。", "ok")
            return redirect(url_for("projects.show", code=code))
        record = queries.record(actor, code)
    page = "projects/_edit.html" if edges.is_htmx() and request.method == "GET" else "projects/edit.html"
    return render_template(
        page, record=record, form=form, section=section, heading=title
    ), 422 if form.is_submitted() else 200


def _check(record: Record, section: str) -> None:
    if not record.may_write:
        raise Forbidden()
    if not record.disclosed and section in _TELLING:
        raise Forbidden("这是保密项目，投资方与保密设置由责任人、主要负责人或市商务局修改。")


def _offer(form: Any, record: Record) -> None:
    people = list(queries.colleagues(record.project.zone_id, clock.today()))
    owner_id = record.project.owner_id
    if owner_id is not None and all(p.id != owner_id for p in people):
        people.append(queries.Choice(owner_id, record.owner_login or "", record.owner or ""))
    form.offer(queries.nodes(), people)


def _settled(record: Record, form: Any) -> ProjectDraft:
    """A company whose text was changed is another company, though the hidden id of a page without script says otherwise."""
    if (
        "company" in form
        and str(form.company.data or "").strip() != record.investor_name
        and str(form.company_id.data) == str(record.company_id or "")
    ):
        form.company_id.data = ""
    draft: ProjectDraft = form.draft()
    return draft


def _save(actor: Actor, project: Project, draft: ProjectDraft) -> frozenset[str]:
    """Saves and lets the pipeline look again at what was recognised."""
    changed = actions.edit(actor, project, draft, clock.today())
    pipeline.check_edit(project, changed)
    pipeline.mark_changed(actor, project, changed, clock.now())
    return changed


def _both(record: Record, form: Any, section: str) -> Any:
    """Mine as typed beside theirs as saved; sending mine again carries the newest version."""
    theirs = type(form)(formdata=None, data=forms.values_of(record))
    _offer(theirs, record)
    fields = []
    for field in form:
        if field.type in ("HiddenField", "CSRFTokenField"):
            continue
        mine, saved = _words(field), _words(theirs[field.short_name])
        fields.append((field.label.text, mine, saved, mine != saved))
    hidden = [
        (key, value) for key, value in request.form.items(multi=True) if key not in ("version", "choice")
    ]
    who, at = queries.last_edit(record.project.id) or ("他人", None)
    return render_template(
        "errors/conflict.html",
        record=record.project.name,
        them=who,
        at=at,
        fields=fields,
        action=url_for("projects.edit", code=record.project.code, section=section),
        hidden=[*hidden, ("version", record.project.version)],
        record_url=url_for("projects.show", code=record.project.code),
    ), 409


def _words(field: Any) -> str:
    """A field's value as the page shows it."""
    if field.type == "BooleanField":
        return "是" if field.data else "否"
    if field.type == "SelectField":
        return next(
            (choice.label for choice in field.choices if field.coerce(choice.value) == field.data), ""
        )
    return str(field._value() or "")


@bp.route("/projects/<code>/zone", methods=["GET", "POST"])
@guard.requires(ZONE_ASSIGN)
def zone(code: str) -> Any:
    """The bureau assigns the landing zone."""
    actor = guard.current()
    project = queries.find(actor, code, ZONE_ASSIGN)
    form = forms.ZoneForm(data={"zone_id": project.zone_id})
    form.offer_zones(queries.all_zones(), "请选择")
    if form.validate_on_submit() and edges.attempt(
        form, lambda: pipeline.land(actor, project, form.zone_id.data, clock.today(), clock.now())
    ):
        flash("落地板块已指定。", "ok")
        return redirect(url_for("projects.show", code=code))
    return render_template(
        "projects/zone.html", project=project, form=form
    ), 422 if form.is_submitted() else 200
