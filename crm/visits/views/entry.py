"""记走访: the form, and the quick one that completes a duty in place."""

from datetime import date
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for

from crm.accounts.permissions import VISIT_LOG
from crm.audit.actions import Subject
from crm.companies import queries as companies
from crm.core import clock, text
from crm.core.errors import NotFound, RuleBroken
from crm.followups import actions as followups
from crm.followups import queries as duties
from crm.projects import actions as projects
from crm.projects.queries import choices
from crm.projects.rules.files import ACCEPT
from crm.projects.views import holding
from crm.visits import actions, queries
from crm.visits.actions import Logged
from crm.visits.forms import QuickForm, VisitForm
from crm.visits.queries import About, OccasionRow
from crm.visits.rules import Draft, kind_of
from crm.visits.views import bp
from crm.web import edges, guard


def back_to(default: str) -> str:
    """Where to go afterwards: a path of this site from `next`, else the default."""
    return edges.path_inside(request.values.get("next")) or default


@bp.route("/visits/new", methods=["GET", "POST"])
@guard.requires(VISIT_LOG)
def new() -> Any:
    today, form = clock.today(), VisitForm()
    if request.method == "GET":
        _offer(form)
        about = _prefill(form)
        return page(form, about)
    number = _number(form.company_id.data)
    company_id = form.chosen_company(queries.names_of(queries.company(number) if number else None))
    if form.validate_on_submit() and edges.attempt(form, lambda: log_looked_up(form, company_id, today)):
        return redirect(url_for("visits.show", visit_id=_said()), 303)
    holding.keep(guard.current(), _about_new(), form)
    # What may be chosen is only shown: a form that is saved does not read it.
    _offer(form)
    about = show_about(form, number, chosen=False)
    return page(form, about), 422


def page(form: VisitForm, about: About | None) -> str:
    return render_template("visits/new.html", form=form, about=about, accept=ACCEPT, limits=projects.limits())


def log_looked_up(form: VisitForm, company_id: int | None, today: date) -> None:
    """A name that the register may have in another spelling is asked about once, before it stands there twice."""
    if company_id is None and not form.new_company.data:
        g.suspects = alike(form.company.data or "")
        if g.suspects:
            raise RuleBroken(
                "名录里有相近的企业。是其中一家就选它，确是新企业请勾选下面一项再保存。", field="company"
            )
    log(form, company_id, today)


def alike(name: str) -> list[Any]:
    """Companies that a typed name may mean; none where it is exactly one that the register knows."""
    found = companies.possible_duplicates(name) if len(name.strip()) > 1 else []
    typed = text.company_identity(name)
    known = any(text.company_identity(each.name) == typed for each in found)
    return [] if known else [each for each in found if each.score >= ALIKE]


#: From this score on a registered company is held up to whoever writes a new name.
ALIKE = 60


def log(form: VisitForm, company_id: int | None, today: date) -> None:
    """The visit with its photos, in one transaction; sent again it takes none of them twice."""
    actor = guard.current()
    photos = holding.take(actor, _about_new(), form.file)
    draft = form.draft(company_id)
    logged = actions.log(actor, draft, today)
    for kept in photos if logged.created else ():
        actions.add_attachment(actor, logged.visit, kind_of(kept.media_type), kept)
    _keep(logged, draft)


def _about_new() -> Subject:
    return Subject("visit", None, "新的走访", zone_id=guard.current().zone_id)


def _keep(logged: Logged, draft: Draft) -> None:
    """Kept for after the commit, when reading the visit would ask the database again."""
    g.logged, g.visit_id, g.words = logged, logged.visit.id, draft.words


def saved() -> tuple[Logged, int]:
    """What this request saved, with the visit's id."""
    return g.logged, int(g.visit_id)


def _said() -> int:
    """Says what was saved; answers the visit's id."""
    logged, visit_id = saved()
    flash("走访已保存。" if logged.created else "这次走访已经保存过，没有重复记。", "ok")
    if not logged.same:
        flash("这里是先前保存的内容，后来改的没有写进去。需要就点修改走访。", "warn")
    for note in logged.notes:
        flash(note, "info")
    edges.warn_of_numbers(*g.words)
    return visit_id


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None


def _offer(form: VisitForm) -> None:
    actor = guard.current()
    zones = [] if actor.zone_id is not None else [(z.id, z.label) for z in choices.zones(actor)]
    form.offer(zones, duties.owners_for(actor, actor.zone_id, clock.today()))
    form.offer_occasions(queries.offered_occasions(actor, clock.today(), zone_id=actor.zone_id))
    form.offer_answers(duties.units_for(actor.zone_id), duties.leaders_for(clock.today()))


def show_about(form: VisitForm, company_id: int | None, *, chosen: bool = True) -> About | None:
    """Offers the company's projects, contacts and open duties; with `chosen` its live projects are ticked."""
    actor = guard.current()
    about = queries.about(actor, company_id, clock.today()) if company_id else None
    g.about = about
    if about is None:
        return None
    g.week = queries.week_count(actor, clock.today())
    form.projects.offer((p.id, p.name) for p in about.projects)
    form.contacts.offer((c.id, f"{c.name} {c.post}".strip()) for c in about.contacts)
    form.closes.offer((d.id, f"{d.due_on:%m-%d} {d.what}") for d in about.mine(actor))
    if chosen:
        form.projects.data = [p.id for p in about.projects]
        form.seen.data = str(about.id)
    return about


def _prefill(form: VisitForm) -> About | None:
    """From ?company=, ?project= (code or id) or ?followup=."""
    actor = guard.current()
    form.happened_on.data = clock.today()
    form.next_owner.data = actor.user_id
    form.ours.entries[0].data = actor.name
    if (occasion_id := request.args.get("occasion", type=int)) is not None:
        _of_occasion(form, queries.show_occasion(actor, occasion_id))
    company_id, project_id = request.args.get("company", type=int), None
    if written := request.args.get("project", ""):
        project_id, company_id = _project(written, company_id)
    duty = None
    if (followup_id := request.args.get("followup", type=int)) is not None:
        duties.find(actor, followup_id, VISIT_LOG)
        # The row and not the record: it leaves out a company that is confidential to the reader.
        duty = duties.show(actor, followup_id, clock.today())
        company_id, project_id = duty.company_id or company_id, duty.project_id or project_id
    about = show_about(form, company_id)
    if about is not None:
        form.company.data, form.company_id.data = about.names[0], str(about.id)
        if any(p.id == project_id for p in about.projects):
            form.projects.data = [project_id]
    if duty is not None:
        form.closes.data = [duty.id]
    return about


def _of_occasion(form: VisitForm, occasion: OccasionRow) -> None:
    """A visit of a trip, a reception or an event starts from what they have in common."""
    form.mode.data = occasion.kind.mode.value
    offered = dict(queries.offered_occasions(guard.current(), clock.today(), zone_id=occasion.zone_id))
    offered.setdefault(occasion.id, f"{occasion.starts_on:%m-%d} {occasion.kind.label} {occasion.title}")
    form.offer_occasions(list(offered.items()))
    form.occasion.data = occasion.id
    form.happened_on.data = min(occasion.ends_on, clock.today())
    form.place.data = occasion.place
    form.ours.entries[0].data = "、".join(person.name for person in occasion.ours)


def _project(written: str, company_id: int | None) -> tuple[int | None, int | None]:
    """(project id, company id) of a project the actor may log a visit for."""
    actor = guard.current()
    if written.isdecimal():
        found = next(iter(queries.projects_named(actor, [int(written)])), None)
    else:
        found = queries.project_by_code(actor, written)
    if found is None:
        raise NotFound()
    return found.id, found.company_id or company_id


@bp.post("/visits/quick")
@guard.requires(VISIT_LOG)
def quick() -> Any:
    """Completes a duty by a visit told in one sentence; where the duty has no company, by the sentence alone."""
    actor, today, form = guard.current(), clock.today(), QuickForm()
    duty = duties.find(actor, _number(form.followup.data) or 0, VISIT_LOG)
    # A company that is confidential to the reader counts as none: the visit would tell him its name.
    company_id = duties.show(actor, duty.id, today).company_id
    home = back_to(url_for("dashboard.home"))

    def act() -> None:
        if company_id is None:
            followups.complete(actor, duty, form.summary.data or "")
            return
        draft = form.draft(company_id, duty.project_id, duty.zone_id, duty.id, today)
        _keep(actions.log(actor, draft, today), draft)

    if form.validate_on_submit() and edges.attempt(form, act):
        if "logged" in g:
            _said()
        else:
            edges.warn_of_numbers(form.summary.data)
        flash("跟进已完成。", "ok")
        return redirect(home, 303)
    row = duties.show(actor, duty.id, today)
    return render_template("visits/quick.html", form=form, row=row, back=home, today=today), 422
