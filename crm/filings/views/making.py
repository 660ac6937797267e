"""Filing a project from its page."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts import permissions as p
from crm.core.errors import NotFound
from crm.filings import actions, queries, rules
from crm.filings.forms import FilingForm
from crm.filings.models import Filing
from crm.filings.rules import FilingState
from crm.filings.views import bp
from crm.projects import queries as projects
from crm.web import edges, guard


@bp.route("/projects/<code>/filing", methods=["GET", "POST"])
@guard.requires(p.FILING_WRITE)
def new(code: str) -> Any:
    actor = guard.current()
    project = projects.find(actor, code, p.FILING_WRITE)
    if not projects.discloses(actor, project):
        raise NotFound()
    visits, papers = queries.visits_of(project), queries.papers(project)
    form = FilingForm(data=None if request.method == "POST" else _first(visits, papers))
    form.offer(visits, papers)
    made: list[Filing] = []
    if form.validate_on_submit() and edges.attempt(
        form, lambda: made.append(actions.file(actor, project, form.draft()))
    ):
        suspect = made[0].state is FilingState.SUSPECT
        words = (
            "已报备，与其他单位的报备疑似重复，等市商务局核定。" if suspect else "已报备，等市商务局核定。"
        )
        flash(words, "warn" if suspect else "ok")
        return redirect(url_for("filings.show", filing_id=made[0].id), 303)
    project = projects.find(actor, code, p.FILING_WRITE)
    page = render_template(
        "filings/new.html",
        project=project,
        form=form,
        lacks=rules.lacking(queries.facts_of(project)),
        terms=queries.terms(project.tier),
        norms=queries.norms(),
    )
    return page, 422 if form.is_submitted() else 200


def _first(visits: list[queries.VisitChoice], papers: list[tuple[int, str]]) -> dict[str, Any]:
    """The earliest visit is what a first talk is usually shown by; papers stand ready."""
    first = visits[-1] if visits else None
    return {
        "visit": str(first.id) if first else "",
        "contact_on": first.on if first else None,
        "evidence": [str(id_) for id_, _ in papers],
    }
