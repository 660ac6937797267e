"""The pool: what was let go, claims on it, and the bureau's answer."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts import permissions as p
from crm.core import clock
from crm.core.paging import Window
from crm.filings import actions, queries
from crm.filings.forms import AnswerForm, Reasoned
from crm.filings.views import bp
from crm.web import edges, guard
from crm.web.forms import Form


@bp.get("/filings/pool")
@guard.requires(p.TERMINATE_PROPOSE, p.TERMINATE_APPROVE)
def pool() -> Any:
    return _page(request.args.get("claim", type=int))


def _page(
    claiming: int | None = None, asking: Form | None = None, refused: dict[int, Form] | None = None
) -> str:
    """`claiming` opens the form for one of the pool, `asking` is that form come back; `refused` are answers that were not
    possible, by claim."""
    actor = guard.current()
    may_claim = actor.zone_id is not None and actor.can(p.TERMINATE_PROPOSE)
    window = Window(after=request.args.get("after") or None, page=request.args.get("page", 1, type=int))
    page = queries.pool(window)
    claims = queries.claims(actor)
    return render_template(
        "filings/pool.html",
        page=page,
        next_url=url_for("filings.pool", after=page.next_token) if page.next_token else None,
        claims=claims,
        asked={row.filing_id for row in claims if row.zone_id == actor.zone_id},
        may_claim=may_claim,
        claiming=queries.pool_row(claiming) if claiming is not None and may_claim else None,
        form=asking or Reasoned(formdata=None),
        refused=refused or {},
    )


def _done(words: str) -> Any:
    flash(words, "ok")
    return redirect(url_for("filings.pool"), 303)


@bp.post("/filings/<int:filing_id>/claim")
@guard.requires(p.TERMINATE_PROPOSE)
def claim(filing_id: int) -> Any:
    actor, form, now = guard.current(), Reasoned(), clock.now()
    filing, _ = queries.pooled(filing_id)
    reason = form.reason.data or ""
    if form.validate_on_submit() and edges.attempt(form, lambda: actions.claim(actor, filing, reason, now)):
        return _done("已提出认领，等市商务局批准。")
    return _page(filing_id, form), 422


@bp.post("/filings/claims/<int:claim_id>/decide")
@guard.requires(p.TERMINATE_APPROVE)
def answer_claim(claim_id: int) -> Any:
    actor, form, now = guard.current(), AnswerForm(), clock.now()
    made = queries.claim_of(actor, claim_id, p.TERMINATE_APPROVE)
    note = form.reason.data or ""
    if form.validate_on_submit() and edges.attempt(
        form, lambda: actions.answer_claim(actor, made, form.yes, note, now)
    ):
        return _done("认领已答复，板块会收到通知。")
    return _page(refused={claim_id: form}), 422
