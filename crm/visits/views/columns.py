"""Choosing the columns of the list of visits: one's own, kept per person as those of projects are."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts.actions import saved as preferences
from crm.accounts.permissions import PROJECT_SEE
from crm.accounts.queries import saved
from crm.core.actor import Actor
from crm.projects.rules.columns import moved
from crm.projects.views import asked
from crm.visits.rules import columns
from crm.visits.views import bp
from crm.web import edges, guard

LIST = "visits.index"


def in_sight(actor: Actor, address: str = "") -> tuple[str, ...]:
    """The columns an address names, else one's own, else the product's."""
    named = asked.parameters(address).get("cols", "").split(",")
    known = tuple(key for key in named if key in columns.COLUMNS)
    return known or columns.chosen(saved.preference(actor, LIST).columns)


def _picked() -> tuple[str, ...]:
    """The ticked columns in the order of the form; a pressed arrow moves one of them."""
    keys = [key for key in request.form.getlist("cols") if key in columns.COLUMNS]
    move, _, key = request.form.get("move", "").partition(":")
    return moved(dict.fromkeys(keys), key, -1 if move == "up" else 1 if move == "down" else 0)


@bp.route("/visits/columns", methods=["GET", "POST"])
@guard.requires(PROJECT_SEE)
def choose() -> Any:
    actor, back = guard.current(), edges.path_inside(request.values.get("back")) or url_for(LIST)
    act = request.form.get("act", "")
    if request.method == "POST" and act in ("save", "default"):
        preferences.choose_columns(actor, LIST, _picked() if act == "save" else ())
        edges.commit()
        flash("列已改好。" if act == "save" else "列已恢复为默认。", "ok")
        return redirect(asked.without(back, "cols"), 303)
    picked = _picked() if request.method == "POST" else in_sight(actor, back)
    return render_template(
        "visits/columns.html",
        picked=[columns.COLUMNS[key] for key in picked],
        others=[column for column in columns.COLUMNS.values() if column.key not in picked],
        groups=columns.GROUPS,
        back=back,
        part=False,
        action=url_for("visits.choose"),
        first="企业",
    )
