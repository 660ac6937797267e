"""One filing: how it stands, what it rests on, and for the bureau what it met, side by side."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import flash, redirect, render_template, url_for

from crm.accounts import permissions as p
from crm.core import clock
from crm.core.actor import Actor
from crm.core.errors import Conflict
from crm.filings import actions, queries, rules
from crm.filings.forms import AnswerForm, ChoiceForm, DecideForm, ExtendForm, Reasoned
from crm.filings.forms.sanctions import SanctionForm
from crm.filings.models import Filing
from crm.filings.queries import FilingRow, Hit
from crm.filings.rules import Decision, EndKind, Extension, FilingState
from crm.filings.rules.protection import Standing, ask_by
from crm.filings.views import bp, onward
from crm.filings.views.listing import overdue
from crm.projects import queries as projects
from crm.projects.rules import ProjectKind, Source, Stage, Status
from crm.settings import queries as settings
from crm.web import edges, guard


@bp.get("/filings/<int:filing_id>")
@guard.requires(p.PROJECT_SEE)
def show(filing_id: int) -> Any:
    return page(filing_id)


def page(filing_id: int, **refused: Reasoned) -> str:
    """`refused` are forms that come back with their errors, by name."""
    actor, today = guard.current(), clock.today()
    row = queries.row(actor, filing_id, today)
    facing = queries.facing(row, today) if actor.can(p.RECOGNISE) else []
    taken = _taken(row) if row.waits else ""
    may = _may(actor, row, facing, bool(taken))
    forms = _forms(row, may, facing) | refused
    late = rules.filed_late(row.contact_on, row.filed_on, queries.norms(), settings.calendar())
    return render_template(
        "filings/show.html",
        r=row,
        evidence=queries.evidence_of(row.id),
        taken=taken,
        disputes=queries.disputes_of(actor, row.id, today),
        rivals=[hit.row for hit in facing if hit.row.stands],
        sanctions=queries.sanctions_of(actor, row.id),
        lacks=_lacks(actor, row),
        ask_by=ask_by(row.protected_until, queries.norms()) if row.protected_until else None,
        today=today,
        refile=_may_refile(actor, row),
        exceptions=_exceptions(actor, row) if "decide" in may else [],
        meetings=_meetings(row, facing),
        forms=forms,
        may=may,
        late=overdue(row),
        filed_late=late,
        due=rules.decide_by(row.filed_on, queries.norms(), settings.calendar()),
    )


def _lacks(actor: Actor, row: FilingRow) -> list[str]:
    """What keeps an accepted project among the leads."""
    if row.state is not FilingState.ACCEPTED or row.stage is not Stage.LEAD:
        return []
    return onward.still_lacks(actor, projects.find(actor, row.code))


def _exceptions(actor: Actor, row: FilingRow) -> list[str]:
    """What the bureau weighs beside who was first (rules.md §2.2)."""
    project, found = projects.find(actor, row.code), []
    if hosts := queries.hosts(row.company_id):
        found.append(f"投资方已在{'、'.join(hosts)}签约，现有企业增资归所在板块")
    elif project.kind is ProjectKind.EXPANSION:
        found.append("项目是增资扩产，现有企业增资归所在板块")
    if project.source is Source.CITY:
        found.append("线索由市级推荐，由市里指派板块")
    return found


def _taken(row: FilingRow) -> str:
    today = clock.today()
    until = queries.taken_until(row.id, today)
    return rules.taken_words(until, today) if until else ""


def _meetings(row: FilingRow, found: Sequence[Hit]) -> list[dict[str, Any]]:
    """This filing and every one it met in the order of the server's clock; the bureau alone reads it."""
    if not found:
        return []
    reasons = {hit.row.id: hit.reason.label for hit in found}
    ordered = rules.by_time([row, *(hit.row for hit in found)])
    return [
        {
            "row": one,
            "first": place == 0,
            "here": one.id == row.id,
            "reason": reasons.get(one.id, ""),
            "stories": queries.stories(one),
        }
        for place, one in enumerate(ordered)
    ]


def _may(actor: Actor, row: FilingRow, facing: Sequence[Hit], behind: bool) -> frozenset[str]:
    """Which verbs this page offers; `behind` says that another zone's filing stands before this one."""
    found = set()
    live, mine = row.state in rules.LIVE, row.filed_by is not None and row.filed_by == actor.user_id
    if actor.can(p.RECOGNISE) and not mine:
        found |= {"decide"} if row.waits and not row.disputed else set()
        rivals = any(hit.row.stands for hit in facing)
        found |= {"choose"} if live and row.stands and rivals else set()
        found |= {"answer"} if row.extension is Extension.ASKED and live else set()
        found |= {"sanction"}
    found |= _may_dispute(actor, row, facing, behind)
    if actor.can(p.FILING_WRITE) and live and row.protection.standing is not Standing.SETTLED:
        found |= set() if row.disputed else {"release"}
        found |= {"extend"} if _may_extend(row) else set()
    return frozenset(found)


def _may_extend(row: FilingRow) -> bool:
    """Offered while there is time; asked too late all the same, the action says until when it was."""
    if row.protection.standing not in (Standing.PROTECTED, Standing.QUIET) or row.extension is not None:
        return False
    return row.protected_until is not None and clock.today() <= ask_by(row.protected_until, queries.norms())


def _may_refile(actor: Actor, row: FilingRow) -> bool:
    """Whether the zone may take its place in the queue again, with this project."""
    talking = row.status is Status.ACTIVE and row.stage.order < Stage.SIGNED.order
    own = actor.can(p.FILING_WRITE) and actor.zone_id == row.zone_id
    return own and talking and not row.stands and row.end_kind not in (EndKind.REMOVED, EndKind.CLAIMED)


def _may_dispute(actor: Actor, row: FilingRow, facing: Sequence[Hit], behind: bool) -> set[str]:
    if row.disputed or row.state not in rules.LIVE:
        return set()
    bureau = actor.can(p.RECOGNISE) and any(hit.row.stands and not hit.row.disputed for hit in facing)
    own = actor.can(p.FILING_WRITE) and actor.zone_id == row.zone_id and behind
    return {"dispute"} if bureau or own else set()


def _forms(row: FilingRow, may: frozenset[str], facing: Sequence[Hit]) -> dict[str, Reasoned]:
    """Fresh ones, with the files of the project and the rivals to choose from."""
    made: dict[str, Reasoned] = {}
    for name, kind in _KINDS.items():
        if name in may:
            made[name] = kind(
                formdata=None, prefix="" if name == "decide" else name, data={"version": row.version}
            )
    _offer(row.code, facing, *made.values())
    return made


_KINDS: dict[str, type[Reasoned]] = {
    "decide": DecideForm,
    "answer": AnswerForm,
    "choose": ChoiceForm,
    "extend": ExtendForm,
    "dispute": Reasoned,
    "release": Reasoned,
    "sanction": SanctionForm,
}


def _offer(code: str, facing: Sequence[Hit], *forms: Reasoned) -> None:
    asking = [form for form in forms if isinstance(form, ChoiceForm | ExtendForm)]
    if not asking:
        return
    papers = queries.papers(projects.find(guard.current(), code), contact=False)
    for form in asking:
        (form.evidence if isinstance(form, ExtendForm) else form).offer(papers)
        if isinstance(form, ChoiceForm):
            form.offer_rivals([hit for hit in facing if hit.row.stands])


def _act(
    filing_id: int, verb: str, name: str, form: Any, act: Callable[[Filing, Any], str | None], done: str
) -> Any:
    """Finds the filing, holds the version against it, acts, and comes back to the page with what the act had to say."""
    filing, project = queries.find(guard.current(), filing_id, verb)
    if form.version.data and form.version.data != str(filing.version):
        raise Conflict("这条报备刚被他人处理。请刷新后核对，再办理。")
    facing = queries.facing(filing, clock.today()) if isinstance(form, ChoiceForm) else []
    _offer(project.code, facing, form)
    said: list[str | None] = []
    if form.validate_on_submit() and edges.attempt(form, lambda: said.append(act(filing, form))):
        flash(f"{done}{said[0] or ''}", "ok")
        return redirect(url_for("filings.show", filing_id=filing_id), 303)
    return page(filing_id, **{name: form}), 422


@bp.post("/filings/<int:filing_id>/decide")
@guard.requires(p.RECOGNISE)
def decide(filing_id: int) -> Any:
    actor, now = guard.current(), clock.now()

    def act(filing: Filing, form: DecideForm) -> str:
        return actions.decide(actor, filing, Decision(form.decision.data), form.reason.data or "", now)

    return _act(filing_id, p.RECOGNISE, "decide", DecideForm(), act, "已核定，报备的板块会收到通知。")


@bp.post("/filings/<int:filing_id>/choice")
@guard.requires(p.RECOGNISE)
def choose(filing_id: int) -> Any:
    actor, now = guard.current(), clock.now()

    def act(filing: Filing, form: ChoiceForm) -> str:
        paper = int(form.attachment.data or 0)
        return actions.choose(actor, filing, paper, form.reason.data or "", now, form.over.ids)

    return _act(
        filing_id, p.RECOGNISE, "choose", ChoiceForm(prefix="choose"), act, "已按投资方的书面选择核定。"
    )


@bp.post("/filings/<int:filing_id>/extension")
@guard.requires(p.FILING_WRITE)
def extend(filing_id: int) -> Any:
    actor, now = guard.current(), clock.now()

    def act(filing: Filing, form: ExtendForm) -> None:
        actions.ask_extension(actor, filing, form.reason.data or "", form.evidence.ids, now)

    return _act(
        filing_id, p.FILING_WRITE, "extend", ExtendForm(prefix="extend"), act, "已申请延期，等市商务局批准。"
    )


@bp.post("/filings/<int:filing_id>/extension/decide")
@guard.requires(p.RECOGNISE)
def answer(filing_id: int) -> Any:
    actor, now = guard.current(), clock.now()

    def act(filing: Filing, form: AnswerForm) -> None:
        actions.decide_extension(actor, filing, form.yes, form.reason.data or "", now)

    return _act(
        filing_id, p.RECOGNISE, "answer", AnswerForm(prefix="answer"), act, "延期已答复，板块会收到通知。"
    )


@bp.post("/filings/<int:filing_id>/release")
@guard.requires(p.FILING_WRITE)
def release(filing_id: int) -> Any:
    actor, now = guard.current(), clock.now()

    def act(filing: Filing, form: Reasoned) -> None:
        actions.release(actor, filing, form.reason.data or "", now)

    return _act(
        filing_id, p.FILING_WRITE, "release", Reasoned(prefix="release"), act, "已释放，项目进入共享池。"
    )
