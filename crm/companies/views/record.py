"""A company's record: public facts, the zone's dealings, people, projects, visits and what has happened."""

from datetime import date
from typing import Any

from flask import redirect, render_template, url_for

from crm.accounts import permissions
from crm.companies import queries
from crm.companies.models import Company
from crm.companies.queries import LinkRow
from crm.companies.rules import KIND_LABELS, PROGRESS_LABELS
from crm.companies.views import bp
from crm.core import clock
from crm.core.actor import Actor
from crm.followups import queries as followups
from crm.projects import queries as projects
from crm.targeting import queries as targeting
from crm.visits import queries as visits
from crm.visits.rules import MODE_LABELS
from crm.web import guard


def _story(actor: Actor, company: Company, found: list[Any], deals: Any) -> list[dict[str, Any]]:
    """Visits and acts in one line, newest first."""
    codes = {project.id: project for project in deals}
    told = [
        {
            "on": visit.happened_on,
            "title": MODE_LABELS[visit.mode],
            "text": visit.summary,
            "url": url_for("visits.show", visit_id=visit.id),
            "big": True,
        }
        for visit in found
    ]
    for event in queries.events(actor, company.id, list(codes)):
        project = codes.get(event.project_id or 0)
        told.append(
            {
                "on": clock.local(event.at).date(),
                "title": event.title,
                "text": "，".join(filter(None, (project.name if project else event.label, event.who))),
                "url": url_for("projects.show", code=project.code) if project else "",
                "big": False,
            }
        )
    told.sort(key=lambda item: item["on"] or date.min, reverse=True)
    return told[:30]


def page(actor: Actor, company: Company, revealed: dict[int, str] | None = None) -> str:
    """The record; `revealed` holds numbers just shown to someone without script."""
    links = queries.links(actor, [company.id])
    nodes = queries.nodes([link.id for link in links])
    found = visits.of_company(actor, company.id, most=20)
    deals = projects.of_company(actor, company.id)
    own = queries.own_link(actor, links)
    parents = queries.names(filter(None, [company.parent_id]))
    family = queries.family(company.id)
    return render_template(
        "companies/show.html",
        company=company,
        aliases=queries.aliases(company.id),
        parent=parents.get(company.parent_id or 0),
        family=[_node(family.tree, company.id)] if family.tree else [],
        family_cut=family.more,
        own=own,
        links=[link for link in links if link is not own],
        nodes=nodes,
        contacts=queries.contacts(actor, company.id),
        can_edit=lambda link: _may_write(actor, link),
        revealed=revealed or {},
        targets=targeting.of_company(actor, company.id),
        today=clock.today(),
        projects=deals,
        former=projects.former_of_company(actor, company.id),
        visits=found,
        duties=followups.of_company(actor, company.id, clock.today(), open_only=True),
        story=_story(actor, company, found, deals),
        kinds=KIND_LABELS,
        progress=PROGRESS_LABELS,
        modes=MODE_LABELS,
    )


def _node(kin: queries.Kin, here: int) -> dict[str, Any]:
    """A company of the group as the tree draws it; the one whose page this is carries no link."""
    return {
        "label": kin.name,
        "note": "本企业" if kin.id == here else kin.city or kin.region,
        "url": None if kin.id == here else url_for("companies.show", company_id=kin.id),
        "children": [_node(child, here) for child in kin.children],
    }


def _may_write(actor: Actor, link: LinkRow) -> bool:
    return actor.can(permissions.PROJECT_WRITE) and (actor.zone_id is None or link.zone_id == actor.zone_id)


@bp.get("/companies/<int:company_id>")
@guard.requires(permissions.PROJECT_SEE)
def show(company_id: int) -> Any:
    actor = guard.current()
    company = queries.find(actor, company_id)
    if company.id != company_id:
        # Not for ever: a merge can be undone, and a browser keeps a 301.
        return redirect(url_for("companies.show", company_id=company.id))
    return page(actor, company)
