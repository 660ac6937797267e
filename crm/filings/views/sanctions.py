"""Sanctions: the list, holding something against a filing, taking it back."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts import permissions as p
from crm.core import clock
from crm.core.paging import Window
from crm.filings import actions, queries
from crm.filings.forms import Reasoned
from crm.filings.forms.sanctions import SanctionForm
from crm.filings.rules.sanctions import Offence
from crm.filings.views import bp
from crm.filings.views.record import page as filing_page
from crm.web import edges, guard


@bp.get("/filings/sanctions")
@guard.requires(p.PROJECT_SEE)
def sanctions() -> Any:
    return _page(request.args.get("revoke", type=int))


def _page(revoking: int | None = None, form: Reasoned | None = None) -> str:
    """`revoking` opens the form that takes one back; `form` is that form come back with its errors."""
    actor = guard.current()
    row = queries.sanction_row(actor, revoking) if revoking is not None and actor.can(p.RECOGNISE) else None
    window = Window(after=request.args.get("after") or None, page=request.args.get("page", 1, type=int))
    page = queries.sanctions(actor, window)
    return render_template(
        "filings/sanctions.html",
        page=page,
        next_url=url_for("filings.sanctions", after=page.next_token) if page.next_token else None,
        revoking=row if row is not None and row.stands else None,
        form=form or Reasoned(formdata=None),
    )


@bp.post("/filings/<int:filing_id>/sanctions")
@guard.requires(p.RECOGNISE)
def sanction(filing_id: int) -> Any:
    actor, form, now = guard.current(), SanctionForm(prefix="sanction"), clock.now()
    filing, _ = queries.find(actor, filing_id, p.RECOGNISE)

    def act() -> None:
        offence = Offence(form.offence.data)
        actions.sanction(actor, filing, offence, form.reason.data or "", form.basis.data or "", now)

    if form.validate_on_submit() and edges.attempt(form, act):
        flash("处理已记录，板块会收到通知。", "ok")
        return redirect(url_for("filings.show", filing_id=filing_id), 303)
    return filing_page(filing_id, sanction=form), 422


@bp.post("/filings/sanctions/<int:sanction_id>/revoke")
@guard.requires(p.RECOGNISE)
def revoke_sanction(sanction_id: int) -> Any:
    actor, form, now = guard.current(), Reasoned(), clock.now()
    made = queries.find_sanction(actor, sanction_id)
    ok = form.validate_on_submit() and edges.attempt(
        form, lambda: actions.revoke_sanction(actor, made, form.reason.data or "", now)
    )
    if ok:
        flash("处理已撤销，板块会收到通知。", "ok")
        return redirect(url_for("filings.sanctions"), 303)
    return _page(sanction_id, form), 422
