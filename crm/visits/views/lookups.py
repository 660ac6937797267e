"""Type-ahead of ours, and what the form shows once a company is chosen."""

from typing import Any

from flask import g, jsonify, render_template, request

from crm.accounts.permissions import PROJECT_SEE, VISIT_LOG
from crm.core import clock
from crm.core.phones import mask_phone
from crm.visits import queries
from crm.visits.forms import VisitForm
from crm.visits.queries import OurPerson
from crm.visits.rules import people_in
from crm.visits.views import bp
from crm.visits.views.entry import alike, show_about
from crm.web import guard


@bp.get("/visits/ours")
@guard.requires(VISIT_LOG)
def lookup_ours() -> Any:
    """Leaders and colleagues, the nearest first: [{id, label, note}]."""
    q, today = request.args.get("q", "").strip(), clock.today()
    if not q:
        return jsonify([])
    found = queries.offered_people(guard.current(), today, q)
    return jsonify([{"id": p.leader_id or p.user_id, "label": p.name, "note": _note(p)} for p in found])


def _note(person: OurPerson) -> str:
    return (
        "，".join(word for word in (person.title, person.level.label if person.level else "") if word)
        or "同事"
    )


@bp.get("/visits/new/about")
@guard.requires(VISIT_LOG)
def about() -> Any:
    """The parts of the form that depend on the company, for the company just chosen."""
    form = VisitForm(request.args)
    show_about(form, request.args.get("company_id", type=int))
    return render_template("visits/_about.html", form=form, fresh=True)


@bp.get("/visits/new/similar")
@guard.requires(VISIT_LOG)
def similar() -> Any:
    """What the register may already have of a name being typed, to be chosen in place; nothing once one is chosen."""
    chosen = request.args.get("company_id", "")
    g.suspects = [] if chosen else alike(request.args.get("company", "")[:200])
    return render_template("visits/_similar.html", form=VisitForm(request.args))


@bp.post("/visits/people")
@guard.requires(VISIT_LOG)
def read_people() -> Any:
    """How a pasted message is taken apart, before it is saved. A POST, because an address would keep the numbers."""
    found = people_in(request.form.get("theirs_text", "")[:4000])
    return render_template("visits/_people.html", people=[(p, mask_phone(p.phone)) for p in found])


@bp.get("/visits/index.json")
@guard.requires(PROJECT_SEE)
def lookup() -> Any:
    """Visits of a company for a type-ahead of evidence: [{id, label, note}]."""
    company_id = request.args.get("company", type=int)
    rows = queries.of_company(guard.current(), company_id, most=10) if company_id else []
    return jsonify(
        [{"id": r.id, "label": f"{r.happened_on:%Y-%m-%d} {r.mode.label}", "note": r.place} for r in rows]
    )
