"""Handing over: who has left and still holds something, what exactly, to whom it goes, and the sheet of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts import permissions as p
from crm.assignments import actions, queries
from crm.assignments.actions import Handing
from crm.assignments.forms import KEEP, HandoverForm
from crm.assignments.models import Handover
from crm.assignments.rules import Held, Part
from crm.assignments.views import bp
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import NotFound
from crm.filings import actions as filing_actions
from crm.filings import queries as filings
from crm.filings.rules import FilingState
from crm.projects import queries as projects
from crm.targeting import actions as targeting
from crm.targeting.models import Target
from crm.targeting.queries.handing import targets_held
from crm.web import edges, guard

#: Things of one part that are listed; the rest goes with its part.
_SHOWN = 500


def _filing(id_: int, code: str, state: FilingState) -> Held:
    return Held(id_, code, f"/filings/{id_}", state.label)


def _target(id_: int, name: str, node: str) -> Held:
    return Held(id_, name, f"/targets/{id_}", node)


def _give_targets(actor: Actor, ids: Sequence[int], to: int) -> None:
    for target_id in ids:
        targeting.assign(actor, db.session.get_one(Target, target_id), to)


actions.hands(Part.FILINGS, Handing(filings.filings_held, _filing, filing_actions.give_filings))
actions.hands(Part.TARGETS, Handing(targets_held, _target, _give_targets))


def zone_asked(actor: Actor) -> tuple[int | None, str]:
    """A chief's own zone; the bureau's own people (the city), or the zone of the address."""
    if actor.zone_id is not None:
        return actor.zone_id, ""
    zone = projects.zone_by_code(request.args.get("zone", ""))
    return (zone.id, zone.code) if zone else (None, "")


@bp.get("/assignments/handovers")
@guard.requires(p.ASSIGN)
def handovers() -> Any:
    actor = guard.current()
    zone_id, code = zone_asked(actor)
    people = queries.people(zone_id, clock.today(), actions.things(zone_id))
    return render_template(
        "assignments/handovers.html",
        people=people,
        left=[person for person in people if not person.here and person.holds],
        parts=list(Part),
        records=queries.handovers(actor),
        zone=code,
        zones=[(zone.code, zone.label) for zone in projects.all_zones()] if actor.zone_id is None else [],
    )


@bp.route("/assignments/handovers/of/<int:user_id>", methods=["GET", "POST"])
@guard.requires(p.ASSIGN)
def hand_over(user_id: int) -> Any:
    """What one person holds, each thing a link, and to whom it goes."""
    actor, now = guard.current(), clock.now()
    zone_id, code = zone_asked(actor)
    person = queries.person(user_id, zone_id, clock.today())
    things = actions.held(user_id, zone_id)
    form = HandoverForm()
    people = [one for one in projects.colleagues(zone_id, clock.today()) if one.id != user_id]
    form.offer(people, things)
    names = {str(one.id): one.label for one in people} | {KEEP: "先不移交"}

    def page() -> str:
        return _page(person, things, form, names, code)

    if request.form.get("act") == "share":
        # Nothing is kept yet: the form comes back with what was given out so far.
        return page()
    made: list[Handover] = []
    if form.validate_on_submit() and edges.attempt(
        form,
        lambda: made.append(
            actions.hand_over(actor, user_id, zone_id, form.wish(), form.note.data or "", now)
        ),
    ):
        flash("已移交，接手人会收到通知。", "ok")
        return redirect(url_for("assignments.handover", handover_id=made[0].id), 303)
    return page(), 422 if form.is_submitted() else 200


def _page(
    person: queries.PersonRow,
    things: Mapping[Part, Sequence[Held]],
    form: HandoverForm,
    names: Mapping[str, str],
    code: str,
) -> str:
    shared = form.share() if request.form.get("act") == "share" else None
    return render_template(
        "assignments/hand_over.html",
        person=person,
        things=things,
        form=form,
        total=_total(things),
        zone=code,
        shared=shared,
        given={f"{part.value}:{number}": to for (part, number), to in form.single().items()},
        names=names,
        shown=_SHOWN,
    )


def _total(things: Mapping[Part, Sequence[Held]]) -> int:
    return sum(len(held) for held in things.values())


@bp.get("/assignments/handovers/<int:handover_id>")
@guard.requires(p.ASSIGN_SEE)
def handover(handover_id: int) -> Any:
    """The record, which prints as the 移交单."""
    row, items = queries.handover(guard.current(), handover_id)
    if not items:
        raise NotFound()
    return render_template("assignments/handover.html", r=row, items=items)
