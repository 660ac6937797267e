"""Asking whether an investor is taken, and the bureau's list of what such questions met."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts import permissions as p
from crm.core import clock
from crm.core.errors import NotFound
from crm.core.paging import Window
from crm.filings import actions, queries, rules
from crm.filings.views import bp
from crm.projects import queries as projects
from crm.web import edges, guard
from crm.web.forms import Form


@bp.post("/projects/<code>/filing/check")
@guard.requires(p.FILING_WRITE)
def check(code: str) -> Any:
    """From the page of one's own lead, and back to it."""
    actor, form = guard.current(), Form()
    project = projects.find(actor, code, p.FILING_WRITE)
    if not projects.discloses(actor, project) or project.company_id is None:
        raise NotFound()
    company_id, found = project.company_id, {}

    def act() -> None:
        found.update(actions.taken(actor, [company_id], clock.now()))

    if edges.attempt(form, act):
        until = found.get(company_id)
        words = rules.taken_words(until, clock.today()) if until else "没有其他单位报备这个投资方"
        flash(f"{words}。", "warn" if until else "ok")
    else:
        flash("".join(form.form_errors), "bad")
    return redirect(url_for("projects.show", code=code), 303)


@bp.get("/filings/hits")
@guard.requires(p.RECOGNISE)
def hits() -> Any:
    window = Window(after=request.args.get("after") or None, page=request.args.get("page", 1, type=int))
    page = queries.check_hits(window)
    return render_template(
        "filings/hits.html",
        page=page,
        next_url=url_for("filings.hits", after=page.next_token) if page.next_token else None,
    )
