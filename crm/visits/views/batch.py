"""The table in which the visits of one trip, reception or event are written down at once: all of them, or none."""

from typing import Any

from flask import flash, redirect, render_template, url_for

from crm.accounts.permissions import VISIT_LOG
from crm.core import clock
from crm.core.errors import Forbidden, RuleBroken
from crm.visits import actions, queries
from crm.visits.actions import occasions
from crm.visits.forms import BatchForm
from crm.visits.models import Occasion
from crm.visits.views import bp
from crm.web import edges, guard

#: Empty rows that the table offers.
_OFFERED = 5
#: The rules' fields as the table's columns call them.
_COLUMNS = {"next_owner": "next_what", "ours": "summary", "zone": "company", "projects": "company"}


@bp.route("/visits/occasions/<int:occasion_id>/visits", methods=["GET", "POST"])
@guard.requires(VISIT_LOG)
def batch(occasion_id: int) -> Any:
    actor = guard.current()
    found = queries.find_occasion(actor, occasion_id, VISIT_LOG)
    if not occasions.may_edit(actor, found):
        raise Forbidden("这条记录由记录人填写。请联系记录人或板块负责人。")
    row = queries.show_occasion(actor, occasion_id)
    form = BatchForm()
    team = "、".join(person.name for person in row.ours)
    made: list[int] = []
    if form.validate_on_submit() and edges.attempt(form, lambda: made.append(_log(form, found, team))):
        flash(
            f"已记 {made[0]} 次走访。" if made[0] else "表里没有填企业，没有记走访。",
            "ok" if made[0] else "warn",
        )
        return redirect(url_for("visits.occasion", occasion_id=occasion_id), 303)
    if not form.is_submitted():
        _blank_rows(form, found)
    return render_template("visits/batch.html", form=form, row=row), 422 if form.is_submitted() else 200


def _blank_rows(form: BatchForm, occasion: Occasion) -> None:
    while len(form.rows.entries) < _OFFERED:
        form.rows.append_entry()
    form.rows.entries[0].form.happened_on.data = occasion.starts_on


def _log(form: BatchForm, occasion: Occasion, team: str) -> int:
    """Every filled row as a visit; the first that breaks a rule is told beside its own cell and stops all of them."""
    actor, today, many = guard.current(), clock.today(), 0
    for at, draft in form.drafts(occasion, team):
        try:
            many += actions.log(actor, draft, today).created
        except RuleBroken as broken:
            _put(form, at, broken)
            raise RuleBroken(
                f"第{at + 1}行没有保存：{broken.message}整张表都没有存，改好后再保存。"
            ) from broken
    return many


def _put(form: BatchForm, at: int, broken: RuleBroken) -> None:
    row = form.rows.entries[at].form
    name = _COLUMNS.get(broken.field or "", broken.field or "")
    field = row[name] if name in row else row["summary"]
    field.errors = [*field.errors, broken.message]
