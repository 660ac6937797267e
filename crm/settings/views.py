"""Settings by group, one setting with its history, and the working-day calendar."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from crm.accounts import permissions as p
from crm.core import clock, memo
from crm.core.actor import Actor
from crm.core.calendar import covered_years
from crm.core.db import db
from crm.core.errors import NotFound, Stale
from crm.projects import actions as projects
from crm.settings import actions, queries, rules
from crm.settings.forms import FIXED, DaysForm, ValueForm, table_form
from crm.settings.rules.days import read_days
from crm.web import constraints, edges, guard

bp = Blueprint("settings", __name__)

_AT_ONCE = ("他人刚刚修改了这一项。请刷新后核对再改。", "value")
constraints.declare({"uq_setting_changes_key": _AT_ONCE, "setting_changes.key": _AT_ONCE})


@bp.get("/admin/settings")
@guard.requires(p.PLAN_EDIT, p.ADMIN_SYSTEM)
def index() -> Any:
    """Both kinds of editors read every value; a link to the form appears where the post may change it."""
    groups = [
        (name, list(lines)) for name, lines in groupby(queries.lines(), lambda line: line.setting.group)
    ]
    return render_template(
        "settings/index.html",
        groups=groups,
        shown=rules.shown,
        may=_may(guard.current()),
        missing=queries.missing_years(clock.today()),
    )


def _may(actor: Actor) -> Mapping[str, bool]:
    return {key: actor.can(rules.verb_of(setting)) for key, setting in rules.SETTINGS.items()}


def _change(actor: Actor, key: str, raw: Any, form: Any) -> None:
    """New tiers reach the projects that exist already, in the same transaction."""
    actions.change(actor, key, raw, str(form.source.data), form.seen(), clock.now())
    if key == "tiers":
        memo.forget()
        projects.retier(actor)


@bp.route("/admin/settings/<key>", methods=["GET", "POST"])
@guard.requires(p.PLAN_EDIT, p.ADMIN_SYSTEM)
def edit(key: str) -> Any:
    actor, line = guard.current(), queries.find(key)
    form = _form(line)
    if form.validate_on_submit():
        raw = _raw(line, form)
        try:
            saved = edges.attempt(
                form,
                lambda: _change(actor, key, raw, form),
            )
        except Stale:
            return _conflict(line, form, raw)
        if saved:
            flash(f"{line.setting.label}已修改，立即生效。", "ok")
            return redirect(url_for("settings.edit", key=key), 303)
    return render_template(
        "settings/edit.html",
        line=line,
        form=form,
        shown=rules.shown,
        limits=rules.limits(line.setting),
        history=_history(line.setting),
        may=actor.can(rules.verb_of(line.setting)),
    ), 422 if form.is_submitted() else 200


def _history(setting: rules.Setting) -> list[dict[str, Any]]:
    return [
        {
            "on": clock.local(change.at),
            "title": rules.shown(setting, rules.typed(setting, change.value)),
            "text": f"{change.by}，{change.source}",
            "big": number == 0,
        }
        for number, change in enumerate(queries.history(setting.key))
    ]


def _fixed(setting: rules.Setting) -> list[str]:
    return [key for key, _, kind in setting.columns if kind in FIXED]


def _form(line: queries.Line) -> Any:
    if line.setting.kind == "table":
        fixed = _fixed(line.setting)
        rows = [{k: v for k, v in row.items() if k not in fixed} for row in line.value]
        form: Any = table_form(line.setting)(data={"value": rows})
    else:
        form = ValueForm(data={"value": str(line.value)})
    if not form.is_submitted():
        form.version.data = str(line.version)
    return form


def _raw(line: queries.Line, form: Any) -> Any:
    """What was typed; a table's rows get back what is not the typist's to choose."""
    if line.setting.kind != "table":
        return form.value.data
    fixed = _fixed(line.setting)
    return [
        {**row, **{key: default[key] for key in fixed}}
        for row, default in zip(form.value.data, line.setting.default, strict=True)
    ]


def _typed(line: queries.Line, raw: Any) -> str:
    return rules.shown(line.setting, raw)


def _conflict(line: queries.Line, form: Any, raw: Any) -> Any:
    """Both versions side by side; what was typed is sent again with the version brought up to date."""
    db.session.rollback()
    memo.forget()
    now = queries.find(line.setting.key)
    mine, theirs = _typed(line, raw), rules.shown(now.setting, now.value)
    their_source = now.change.source if now.change else now.setting.source
    hidden = [(name, value) for name, value in request.form.items(multi=True) if name != "version"]
    return render_template(
        "errors/conflict.html",
        record=line.setting.label,
        them=now.change.by if now.change else "",
        at=now.change.at if now.change else None,
        fields=[
            ("值", mine, theirs, mine != theirs),
            ("依据", form.source.data, their_source, form.source.data != their_source),
        ],
        action=url_for("settings.edit", key=line.setting.key),
        hidden=[*hidden, ("version", str(now.version))],
        record_url=url_for("settings.edit", key=line.setting.key),
    ), 409


@bp.route("/admin/calendar", methods=["GET", "POST"])
@guard.requires(p.PLAN_EDIT, p.ADMIN_SYSTEM)
def calendar() -> Any:
    actor, today, form = guard.current(), clock.today(), DaysForm()
    if form.validate_on_submit() and edges.attempt(
        form,
        lambda: actions.set_days(actor, read_days(str(form.lines.data)), str(form.source.data), clock.now()),
    ):
        first = read_days(str(form.lines.data))[0].day
        flash("工作日历已更新，期限和截止时间按新的日历计算。", "ok")
        return redirect(url_for("settings.calendar", year=first.year), 303)
    year = request.args.get("year", today.year, type=int)
    if not date.min.year < year < date.max.year:
        raise NotFound()
    return render_template(
        "settings/calendar.html",
        form=form,
        year=year,
        years=_years(year, today),
        days=queries.days_of(year),
        in_library=year in covered_years(),
        missing=queries.missing_years(today),
        working=_working_days(year),
        may=actor.can(p.ADMIN_SYSTEM),
    ), 422 if form.is_submitted() else 200


def _years(year: int, today: date) -> Sequence[int]:
    return sorted({today.year - 1, today.year, today.year + 1, year})


def _working_days(year: int) -> int:
    return queries.calendar().working_days_between(date(year - 1, 12, 31), date(year, 12, 31))


@bp.post("/admin/calendar/<day>/drop")
@guard.requires(p.ADMIN_SYSTEM)
def drop_day(day: str) -> Any:
    try:
        chosen = date.fromisoformat(day)
    except ValueError as error:
        raise NotFound() from error
    actions.drop_day(guard.current(), chosen)
    edges.commit()
    flash(f"{chosen} 已恢复按原历计算。", "ok")
    return redirect(url_for("settings.calendar", year=chosen.year), 303)
