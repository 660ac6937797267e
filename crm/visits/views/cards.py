"""专员考核: the group's cards of a month side by side, one officer's card in words, and checks of presence."""

from datetime import date, timedelta
from typing import Any

from flask import flash, render_template, request, url_for

from crm.accounts.permissions import ASSIGN, BOARD_SEE
from crm.core import clock
from crm.core.errors import NotFound, RuleBroken
from crm.pipeline.queries import cards as queries
from crm.projects.queries import choices
from crm.projects.views import asked
from crm.visits import queries as visits
from crm.visits.actions import stations as actions
from crm.visits.forms import AbsenceForm
from crm.visits.queries.figures import VISITED
from crm.visits.rules import Mode
from crm.visits.rules.card import Card, Item
from crm.visits.views import bp
from crm.visits.views.tabs import tabs, without
from crm.web import edges, guard


def month_asked() -> date:
    """?month=2026-11; without one, the present month."""
    present = clock.today().replace(day=1)
    try:
        asked = date.fromisoformat(f"{request.args.get('month', '')}-01")
    except ValueError:
        return present
    return asked if asked.year >= 1990 and asked <= present else present


def _months(month: date) -> dict[str, str | None]:
    before = (month - timedelta(days=1)).replace(day=1)
    after = (month + timedelta(days=32)).replace(day=1)

    def url(of: date) -> str:
        return url_for(
            str(request.endpoint),
            **(request.view_args or {}),
            **(without("month") | {"month": f"{of:%Y-%m}"}),
        )

    return {"before": url(before), "after": url(after) if after <= clock.today() else None}


def _behind(card: Card, of: queries.Month, page: str) -> dict[Item, str]:
    """The list behind each figure of a card; signings and checks are listed on its `page`."""
    days: dict[str, Any] = {"since": of.since, "until": of.until}
    person: dict[str, Any] = {"person": card.user_id, **days}
    owned: dict[str, Any] = {"owner": card.user_id, **days}
    return {
        Item.STATION_DAYS: url_for("visits.stations", officer=card.user_id, **days),
        Item.VISITS: url_for("visits.index", modes=",".join(mode.value for mode in VISITED), **person),
        Item.RECEPTIONS: url_for("visits.index", mode=Mode.INBOUND.value, **person),
        Item.PROJECTS: url_for("projects.index", **owned),
        Item.GOOD_PROJECTS: url_for("projects.index", tier=f"{of.good.value}{asked.UPWARD}", **owned),
        Item.LED: url_for("visits.index", led=1, **person),
        Item.FOREIGN: f"{page}#signings",
        Item.ABSENCES: f"{page}#absences",
    }


def _address(user_id: int, month: date, whole: bool) -> str:
    """An officer's page, compared with the whole city where the city's list leads to it."""
    return url_for("visits.card", user_id=user_id, month=f"{month:%Y-%m}", group=_WHOLE if whole else None)


_WHOLE = "all"


@bp.get("/visits/cards")
@guard.requires(BOARD_SEE)
def cards() -> Any:
    actor, month = guard.current(), month_asked()
    zone_id = actor.zone_id or request.args.get("zone", type=int)
    of = queries.month_of(actor, month, zone_id)
    pages = {card.user_id: _address(card.user_id, month, zone_id is None) for card in of.cards}
    return render_template(
        "visits/cards.html",
        tabs=tabs(),
        month=month,
        moves=_months(month),
        of=of,
        pages=pages,
        behind={card.user_id: _behind(card, of, pages[card.user_id]) for card in of.cards},
        zones=[(z.id, z.label) for z in choices.zones(actor)] if actor.zone_id is None else [],
        zone_id=zone_id,
        places={officer.id: officer.zone for officer in of.officers},
    )


@bp.get("/visits/cards/<int:user_id>")
@guard.requires(BOARD_SEE)
def card(user_id: int) -> Any:
    return _page(user_id, AbsenceForm(formdata=None, day=clock.today()))


def _page(user_id: int, form: AbsenceForm) -> str:
    """One officer's month in words; compared with his zone, or with all where ?group=all came from the city's list."""
    actor, month = guard.current(), month_asked()
    officer = next((o for o in visits.officers(actor, month, _last(month)) if o.id == user_id), None)
    if officer is None:
        raise NotFound()
    whole = actor.zone_id is None and request.args.get("group") == _WHOLE
    of = queries.month_of(actor, month, None if whole else officer.zone_id)
    mine = next(one for one in of.cards if one.user_id == user_id)
    absences = visits.absences(actor, of.since, of.until, [user_id])
    return render_template(
        "visits/card.html",
        card=mine,
        officer=officer,
        month=month,
        moves=_months(month),
        of=of,
        behind=_behind(mine, of, _address(user_id, month, whole)),
        group_url=url_for(
            "visits.cards",
            month=f"{month:%Y-%m}",
            zone=officer.zone_id if actor.zone_id is None and not whole else None,
        ),
        signings=[one for one in of.signings if user_id in one.user_ids],
        absences=[one for one in absences if not one.withdrawn],
        withdrawn=[one for one in absences if one.withdrawn],
        form=form if actor.can(ASSIGN) and actor.user_id != user_id else None,
        may_withdraw=actor.can(ASSIGN),
    )


def _last(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)


@bp.post("/visits/cards/<int:user_id>/absences")
@guard.requires(ASSIGN)
def note_absence(user_id: int) -> Any:
    actor, form, today = guard.current(), AbsenceForm(), clock.today()
    if not any(o.id == user_id for o in visits.officers(actor, month_asked(), today)):
        raise NotFound()
    if form.validate_on_submit() and edges.attempt(
        form,
        lambda: actions.note_absence(actor, user_id, form.day.data or today, form.note.data or "", today),
    ):
        flash("查岗离岗已记下，计入当月考核。", "ok")
        return edges.go(url_for("visits.card", user_id=user_id, month=f"{form.day.data:%Y-%m}"))
    return _page(user_id, form), 422


@bp.post("/visits/absences/<int:absence_id>/withdraw")
@guard.requires(ASSIGN)
def withdraw_absence(absence_id: int) -> Any:
    actor = guard.current()
    absence = visits.find_absence(actor, absence_id)
    back = url_for("visits.card", user_id=absence.user_id, month=f"{absence.day:%Y-%m}")
    try:
        actions.withdraw_absence(actor, absence, request.form.get("reason", ""))
        edges.commit()
        flash("已撤回，不再计入考核。", "ok")
    except RuleBroken as broken:
        flash(broken.message, "bad")
    return edges.go(back)
