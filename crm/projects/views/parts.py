"""Weekly progress and credit shares."""

from decimal import Decimal
from typing import Any

from flask import flash, redirect, render_template, url_for

from crm.accounts.permissions import PROJECT_WRITE, ZONE_ASSIGN
from crm.core import clock
from crm.projects import actions, forms, queries
from crm.projects.rules.credits import ShareDraft
from crm.projects.views import bp, show
from crm.web import edges, guard


@bp.post("/projects/<code>/progress")
@guard.requires(PROJECT_WRITE)
def progress(code: str) -> Any:
    actor, form = guard.current(), forms.ProgressForm()
    project = queries.find(actor, code, PROJECT_WRITE)
    if form.validate_on_submit():
        copied = form.copied.data == "1"
        if edges.attempt(
            form, lambda: actions.add_progress(actor, project, form.draft(), clock.now(), copied=copied)
        ):
            flash("本周进展已保存。", "ok")
            return redirect(url_for("projects.show", code=code, _anchor="progress"))
    return show.page(actor, code, progress=form), 422


@bp.route("/projects/<code>/credits", methods=["GET", "POST"])
@guard.requires(ZONE_ASSIGN)
def credits(code: str) -> Any:
    """The bureau divides a project between zones."""
    actor = guard.current()
    project = queries.find(actor, code, ZONE_ASSIGN)
    form = forms.CreditsForm(
        data={"effective_on": clock.today(), "shares": _suggested(project.first_zone_id, project.zone_id)}
    )
    form.offer(queries.all_zones())
    if form.validate_on_submit():
        drafts = [ShareDraft(zone_id, share, indicator) for zone_id, share, indicator in form.entries()]
        day = form.effective_on.data
        if day is not None and edges.attempt(form, lambda: actions.set_credits(actor, project, day, drafts)):
            flash("分享比例已设定。", "ok")
            return redirect(url_for("projects.show", code=code, tab="people"))
    return render_template(
        "projects/credits.html", project=project, form=form
    ), 422 if form.is_submitted() else 200


def _suggested(first: int | None, landing: int | None) -> list[dict[str, Any]]:
    """Half to who first talked and half to where it lands; the whole where that is one zone."""
    if first is None or first == landing:
        return [{"zone_id": landing, "share": Decimal(100)}]
    half = queries.default_share() * 100
    return [{"zone_id": first, "share": half}, {"zone_id": landing, "share": 100 - half}]
