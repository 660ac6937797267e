"""真实性核对: what the bureau asks about projects, and what the zones answer."""

from typing import Any

from flask import flash, render_template, request, url_for

from crm.accounts import permissions as p
from crm.core import clock
from crm.core.actor import Actor
from crm.core.errors import Conflict, NotFound
from crm.core.paging import Window
from crm.pipeline.actions import truth as actions
from crm.pipeline.forms.truth import AnswerForm, AskForm
from crm.pipeline.queries import truth as queries
from crm.pipeline.queries import truth_shown as shown
from crm.pipeline.queries.truth import AnswerRow
from crm.pipeline.rules import truth as rules
from crm.pipeline.views import bp
from crm.projects import actions as project_actions
from crm.projects import queries as projects
from crm.projects.models import Project
from crm.projects.rules import AttachmentKind
from crm.projects.rules.files import ACCEPT
from crm.projects.views import holding
from crm.settings import queries as settings
from crm.web import addresses, edges, guard

_KEPT = ("state", "zone", "check", "q")
_PER_PAGE = 20


# --- the list -------------------------------------------------------------------------------------


def _state(actor: Actor) -> str:
    offered = list(shown.STATES) if actor.can(p.RECOGNISE) else list(shown.STATES)[1:]
    asked = request.args.get("state", "")
    return asked if asked in offered else offered[0]


def _url(**changes: Any) -> str:
    return addresses.narrowed("pipeline.truth", _KEPT, **changes)


def _chips() -> list[dict[str, str]]:
    args, found = request.args, []
    if (zone := projects.zone_by_code(args.get("zone", ""))) is not None:
        found.append({"label": "板块", "value": zone.label, "url": _url(zone=None)})
    if (code := args.get("check", "")) in rules.CHECKS:
        found.append({"label": "事项", "value": rules.CHECKS[code].title, "url": _url(check=None)})
    if q := args.get("q", "").strip():
        found.append({"label": "项目", "value": q, "url": _url(q=None)})
    return found


def _window() -> Window:
    number = request.args.get("page", 1, type=int)
    return Window(per_page=_PER_PAGE, page=number if 0 < number < 10_000 else 1)


def filter_asked(actor: Actor) -> shown.Wanted:
    zone, asked = projects.zone_by_code(request.args.get("zone", "")), request.args.get("check", "")
    return shown.Wanted(
        _state(actor),
        zone.id if zone else None,
        request.args.get("q", "").strip(),
        asked if asked in rules.CHECKS else "",
    )


@bp.get("/truth")
@guard.requires(p.RECOGNISE, p.MILESTONE_SUBMIT)
def truth() -> Any:
    actor = guard.current()
    wanted, window = filter_asked(actor), _window()
    state = wanted.state
    page = shown.listed(actor, wanted, window, clock.today())
    bureau = actor.can(p.RECOGNISE)
    tabs = [
        {"label": label, "url": _url(state=name), "current": name == state}
        for name, label in shown.STATES.items()
        if bureau or name != "open"
    ]
    return render_template(
        "pipeline/truth.html",
        page=page,
        tabs=tabs,
        state=state,
        states=shown.STATES,
        bureau=bureau,
        filters=_chips(),
        clear_url=url_for("pipeline.truth", state=state),
        checks=[(check.code, check.title) for check in rules.CHECKS.values()],
        zones=[(z.code, z.label) for z in projects.zones(actor)] if bureau else [],
        next_url=_url(page=window.page + 1) if page.next_token else None,
        prev_url=_url(page=window.page - 1) if window.page > 1 else None,
    )


@bp.get("/truth/checks")
@guard.requires(p.RECOGNISE, p.MILESTONE_SUBMIT)
def truth_checks() -> Any:
    """The table of checks with their thresholds in force."""
    lines = {line.setting.key: line for line in settings.lines()}
    rows = [(check, [lines[key] for key in check.settings]) for check in rules.CHECKS.values()]
    return render_template("pipeline/truth_checks.html", rows=rows)


# --- one question ---------------------------------------------------------------------------------


def _load(code: str, question: str) -> tuple[Actor, Project]:
    actor = guard.current()
    if question not in rules.CHECKS:
        raise NotFound()
    verb = p.RECOGNISE if actor.can(p.RECOGNISE) else p.MILESTONE_SUBMIT
    return actor, projects.find(actor, code, verb)


def _history(actor: Actor, project: Project, question: str, seen: str) -> list[AnswerRow]:
    """What was asked and answered on the same facts; a zone that was asked nothing finds nothing."""
    rows = [r for r in queries.of_project(actor, project) if (r.question, r.fingerprint) == (question, seen)]
    if not rows and not actor.can(p.RECOGNISE):
        raise NotFound()
    return rows


@bp.route("/projects/<code>/truth/<question>/<seen>", methods=["GET", "POST"])
@guard.requires(p.RECOGNISE, p.MILESTONE_SUBMIT)
def truth_question(code: str, question: str, seen: str) -> Any:
    """POST answers."""
    actor, project = _load(code, question)
    _history(actor, project, question, seen)
    form = AnswerForm()
    if form.validate_on_submit() and edges.attempt(
        form, lambda: _answer(actor, project, question, seen, form)
    ):
        flash("已说明，事实不变就不再问。", "ok")
        return edges.go(_back(form.back.data, code))
    if form.is_submitted():
        holding.keep(actor, project_actions.owner_of(project).about, form)
        project = projects.find(actor, code)
    return _page(actor, project, question, seen, form, AskForm(formdata=None)), (
        422 if form.is_submitted() else 200
    )


def _answer(actor: Actor, project: Project, question: str, seen: str, form: AnswerForm) -> None:
    about = project_actions.owner_of(project).about
    files = [
        project_actions.add_attachment(actor, project, AttachmentKind.OTHER, kept).id
        for kept in holding.take(actor, about, form.file)
    ]
    actions.answer(actor, project, question, seen, form.answer.data or "", files, clock.today(), clock.now())


@bp.post("/projects/<code>/truth/<question>/<seen>/ask")
@guard.requires(p.RECOGNISE)
def ask_truth(code: str, question: str, seen: str) -> Any:
    actor, project = _load(code, question)
    form = AskForm()
    if form.validate_on_submit() and edges.attempt(
        form,
        lambda: actions.ask(
            actor, project, question, seen, form.note.data or "", form.told, clock.today(), clock.now()
        ),
    ):
        flash(f"已请板块说明，{code} 的责任人会收到消息。", "ok")
        return edges.go(_back(form.back.data, code))
    project = projects.find(actor, code)
    return _page(actor, project, question, seen, AnswerForm(formdata=None), form), 422


def _back(where: str | None, code: str) -> str:
    if where == "list":
        return url_for("pipeline.truth")
    return url_for("projects.show", code=code, tab="milestones", _anchor="truth")


def _page(
    actor: Actor, project: Project, question: str, seen: str, answering: AnswerForm, asking: AskForm
) -> str:
    rows, today = _history(actor, project, question, seen), clock.today()
    fresh = None if rows else queries.open_of(project, question, seen, today)
    if fresh is None and not rows:
        raise Conflict("这个问题依据的事实已经变了。请回到列表，按现在的事实核对。")
    waiting = bool(rows) and rows[0].answered_at is None
    asking.offer(projects.colleagues(project.zone_id, today), project.owner_id)
    names, bureau = shown.tier_names(), actor.can(p.RECOGNISE)
    item = shown.of_question(project.code, fresh, names) if fresh else shown.of_row(actor, rows[0], names)
    return render_template(
        "pipeline/truth_question.html",
        project=project,
        item=item,
        rows=rows,
        answering=answering if waiting or fresh else None,
        asking=asking if bureau and not waiting else None,
        bureau=bureau,
        states=shown.STATES,
        accept=ACCEPT,
        back=request.values.get("back", ""),
    )
