"""What the register already has of a company being typed: a piece of the form, swapped in by htmx."""

from typing import Any

from flask import render_template, request

from crm.accounts import permissions
from crm.companies import actions, queries
from crm.companies.forms import CompanyForm, lines
from crm.companies.queries import Suspect
from crm.companies.views import bp
from crm.core.actor import Actor
from crm.web import edges, guard


@bp.get("/companies/similar")
@guard.requires(permissions.PROJECT_SEE)
def similar() -> Any:
    asked = request.args
    suspects = _suspects(
        guard.current(),
        asked.get("name", ""),
        asked.get("uscc", ""),
        listed_code=asked.get("listed_code", ""),
        other_names=(asked.get("short_name", ""), *lines(asked.get("aliases", "")[:4000])),
        parent_id=asked.get("parent_id", type=int),
        other_than=asked.get("except", type=int),
    )
    return render_template("companies/_similar.html", suspects=suspects)


@bp.post("/companies/similar")
@guard.requires(permissions.PROJECT_SEE)
def similar_by_phone() -> Any:
    """A number stands in no address. Asking by number is a way of asking whom one knows, so it leaves a trace."""
    actor, phone = guard.current(), request.form.get("contact_phone", "").strip()[:40]
    suspects = queries.possible_duplicates("", actor=actor, phone=phone) if phone else []
    if phone:
        actions.checked(actor, "按电话", len(suspects))
        edges.commit()
    return render_template("companies/_similar.html", suspects=suspects)


def of_form(actor: Actor, form: CompanyForm) -> list[Suspect]:
    """The same for a form that was sent, as a page without script shows it."""
    parent_id = str(form.parent_id.data or "")
    return _suspects(
        actor,
        str(form.name.data or ""),
        str(form.uscc.data or ""),
        phone=str(form["contact_phone"].data or "") if "contact_phone" in form else "",
        listed_code=str(form.listed_code.data or ""),
        other_names=(str(form.short_name.data or ""), *lines(form.aliases.data)),
        parent_id=int(parent_id) if parent_id.isdecimal() else None,
    )


def _suspects(actor: Actor, name: str, code: str, **more: Any) -> list[Suspect]:
    """Those one may mean, then the group the name looks like."""
    name = name if len(name.strip()) > 1 else ""
    more["other_names"] = tuple(filter(None, more["other_names"]))
    found = queries.possible_duplicates(name, code, actor=actor, **more)
    return queries.and_group(found, name, more.get("other_than"))
