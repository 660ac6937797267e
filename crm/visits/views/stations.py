"""驻点: signing in, the days of everybody within reach, and what they add up to."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts.permissions import PROJECT_SEE, VISIT_LOG
from crm.core import clock
from crm.core.paging import Window
from crm.followups import queries as duties
from crm.projects.queries import choices
from crm.visits import queries
from crm.visits.actions import stations as actions
from crm.visits.forms import StationForm
from crm.visits.queries import StationFilters, StationSum
from crm.visits.views import bp
from crm.visits.views.tabs import period_asked, person_words, tabs, without, zone_words
from crm.web import edges, guard


def filters_asked() -> StationFilters:
    since, until = period_asked()
    return StationFilters(
        request.args.get("zone", type=int), request.args.get("officer", type=int), since, until
    )


def _whole(sums: dict[int, StationSum]) -> StationSum:
    def total(name: str) -> int:
        return sum(getattr(one, name) for one in sums.values())

    return StationSum(total("days"), total("companies"), total("leads"), total("referrals"))


@bp.route("/visits/stations", methods=["GET", "POST"])
@guard.requires(PROJECT_SEE)
def stations() -> Any:
    """Who may log a visit signs in here; the list below is read by everybody within reach."""
    actor, today = guard.current(), clock.today()
    form, offered = StationForm(), queries.stations(actor)
    form.offer(offered)
    if form.validate_on_submit() and edges.attempt(
        form, lambda: actions.sign_in(actor, form.draft(offered), today)
    ):
        flash("驻点日已保存，当天再填一次就是修改。", "ok")
        edges.warn_of_numbers(form.station.data, form.work.data)
        return redirect(url_for("visits.stations"), 303)
    if not form.is_submitted():
        _prefill(form)
    filters = filters_asked()
    window = Window(after=request.args.get("after"), page=request.args.get("page", 1, type=int))
    page = queries.list_station_days(actor, filters, window)
    zones = [(z.id, z.label) for z in choices.zones(actor)] if actor.zone_id is None else []
    owners = duties.owners_for(actor, actor.zone_id, today)
    sums = queries.station_sums(actor, filters)
    return render_template(
        "visits/stations.html",
        tabs=tabs(),
        form=form if actor.can(VISIT_LOG) else None,
        page=page,
        filters=filters,
        zones=zones,
        owners=owners,
        chips=_chips(filters),
        whole=_whole(sums),
        own=actor.user_id,
        next_url=url_for("visits.stations", **without(), after=page.next_token, page=window.page + 1)
        if page.next_token
        else None,
    ), 422 if form.is_submitted() else 200


def _prefill(form: StationForm) -> None:
    actor, today = guard.current(), clock.today()
    form.day.data = today
    if actor.user_id is None:
        return
    if (known := queries.station_day_of(actor.user_id, today)) is not None:
        form.process(formdata=None, obj=known)
    else:
        form.station_id.data, form.station.data = queries.last_station(actor.user_id)


def _chips(filters: StationFilters) -> list[dict[str, Any]]:
    said = {
        "zone": ("板块", zone_words(filters.zone_id)),
        "officer": ("人员", person_words(filters.user_id)),
    }
    return [
        {"label": label, "value": value, "url": url_for("visits.stations", **without(name))}
        for name, (label, value) in said.items()
        if value
    ]


@bp.post("/visits/stations/<int:day_id>/remove")
@guard.requires(VISIT_LOG)
def remove_station_day(day_id: int) -> Any:
    actor = guard.current()
    actions.take_back(actor, queries.own_station_day(actor, day_id))
    edges.commit()
    flash("驻点日已删除。", "ok")
    return edges.go(url_for("visits.stations"))
