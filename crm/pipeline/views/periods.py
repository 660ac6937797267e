"""Months and their closing."""

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, url_for

from crm.accounts import permissions as p
from crm.core import clock
from crm.pipeline import actions, queries, rules
from crm.pipeline.forms import LockForm
from crm.pipeline.views import bp
from crm.web import edges, guard

_SHOWN = 18


def _months(today: date) -> list[str]:
    """This month and those before it, newest first."""
    year, month = today.year, today.month
    found = []
    for _ in range(_SHOWN):
        found.append(f"{year}-{month:02d}")
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return found


def _page(form: LockForm) -> str:
    today = clock.today()
    return render_template(
        "pipeline/periods.html",
        rows=queries.periods(_months(today)),
        this_month=rules.month_of(today),
        form=form,
    )


@bp.get("/recognition/periods")
@guard.requires(p.RECOGNISE)
def periods() -> Any:
    return _page(LockForm(formdata=None))


@bp.post("/recognition/periods/<month>/lock")
@guard.requires(p.RECOGNISE)
def lock(month: str) -> Any:
    actor, form = guard.current(), LockForm()
    if form.validate() and edges.attempt(
        form, lambda: actions.lock_month(actor, month, clock.today(), clock.now())
    ):
        flash(f"{month} 已结账。以后认定到这个月的日期记入下一个未结账的月份。", "ok")
        return redirect(url_for("pipeline.periods"), 303)
    return _page(form), 422
