"""The table in which the visits of one trip, reception or event are written down at once: all of them, or none."""

from collections.abc import Iterator
from typing import Any

from flask import flash, redirect, render_template, url_for

from crm.accounts.permissions import VISIT_LOG
from crm.core import clock
from crm.core.errors import Forbidden, RuleBroken
from crm.visits import actions, queries
from crm.visits.actions import Logged
from crm.visits.forms import BatchForm
from crm.visits.models import Occasion
from crm.visits.rules import Draft
from crm.visits.views import bp, entry
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
    if not actions.may_edit(actor, found):
        raise Forbidden("这条记录由记录人填写。请联系记录人或板块负责人。")
    row = queries.show_occasion(actor, occasion_id)
    form = BatchForm()
    team = "、".join(person.name for person in row.ours)
    drafts: list[tuple[int, Draft]] = []
    logged: list[Logged] = []

    def act() -> None:
        drafts.extend(form.drafts(found, team))
        _check_names(form, drafts)
        logged.extend(_log(form, drafts))

    if form.validate_on_submit() and edges.attempt(form, act):
        _said(logged)
        edges.warn_of_numbers(*(words for _, draft in drafts for words in draft.words))
        return redirect(url_for("visits.occasion", occasion_id=occasion_id), 303)
    if not form.is_submitted():
        _blank_rows(form, found)
    return render_template("visits/batch.html", form=form, row=row), 422 if form.is_submitted() else 200


def _blank_rows(form: BatchForm, occasion: Occasion) -> None:
    while len(form.rows.entries) < _OFFERED:
        form.rows.append_entry()
    form.rows.entries[0].form.happened_on.data = occasion.starts_on


def _check_names(form: BatchForm, drafts: list[tuple[int, Draft]]) -> None:
    """Names that the register may have in another spelling, all of them at once, are asked about before they stand there twice."""
    asked = []
    for at, draft in drafts:
        row = form.rows.entries[at].form
        row.suspects = [] if row.new_company.data else [each.name for each in entry.alike(draft.company_name)]
        if row.suspects:
            _put(form, at, RuleBroken(f"名录里有相近的：{'、'.join(row.suspects[:3])}。", "company"))
            asked.append(f"第{at + 1}行")
    if asked:
        raise RuleBroken(
            f"{'、'.join(asked)}的企业，名录里有相近的。是其中一家就写它的全称，确是新企业请在那一行勾选，再保存。"
        )


def _log(form: BatchForm, drafts: list[tuple[int, Draft]]) -> Iterator[Logged]:
    """Every filled row as a visit; the first that breaks a rule is told beside its own cell and stops all of them."""
    actor, today = guard.current(), clock.today()
    for at, draft in drafts:
        try:
            yield actions.log(actor, draft, today)
        except RuleBroken as broken:
            _put(form, at, broken)
            raise RuleBroken(
                f"第{at + 1}行没有保存：{broken.message}整张表都没有存，改好后再保存。"
            ) from broken


def _said(logged: list[Logged]) -> None:
    """How many visits were made, how many stood there already, and which days were moved."""
    made = sum(one.created for one in logged)
    if made or not logged:
        flash(f"已记 {made} 次走访。" if made else "表里没有填企业，没有记走访。", "ok" if made else "warn")
    if made < len(logged):
        flash(f"{len(logged) - made} 次走访已经保存过，没有重复记。", "ok")
    for note in dict.fromkeys(note for one in logged for note in one.notes):
        flash(note, "info")


def _put(form: BatchForm, at: int, broken: RuleBroken) -> None:
    row = form.rows.entries[at].form
    name = _COLUMNS.get(broken.field or "", broken.field or "")
    field = row[name] if name in row else row["summary"]
    field.errors = [*field.errors, broken.message]
