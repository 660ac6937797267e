"""The board, and what each of its numbers is made of."""

import io
from typing import Any

from flask import Blueprint, current_app, render_template, request, send_file, url_for

from crm.accounts import permissions as p
from crm.audit import actions as audit
from crm.core import clock, dates
from crm.core.actor import Scope
from crm.core.errors import NotFound, RuleBroken
from crm.quotas import asking, rules, sheets, words
from crm.quotas.asking import Answer, Asked
from crm.quotas.forms import LookBackForm
from crm.quotas.rules import Board, State, ZoneLine
from crm.web import edges, guard

bp = Blueprint("quotas", __name__)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: What a zone's page lists under its own heading, in this order.
PARTS = (
    ("计入", "counted", (State.COUNTED,), "还没有计入的项目"),
    ("待认定", "pending", (State.PENDING,), "没有待认定的项目"),
    (
        "最接近但不计入",
        "near",
        tuple(s for s in State if s not in (State.COUNTED, State.PENDING)),
        "没有接近门槛的其他项目",
    ),
)


def _asked(form: LookBackForm) -> tuple[Asked, int]:
    """What the address asks for; what cannot be read is said beside its field and today's board is shown."""
    form.validate()
    try:
        return asking.read(**form.words()), 200
    except RuleBroken as broken:
        edges.put_error(form, broken)
        return asking.read(), 422


@bp.get("/quotas")
@guard.requires(p.BOARD_SEE)
def board() -> Any:
    actor, form = guard.current(), LookBackForm(request.args)
    asked, status = _asked(form)
    reach = actor.scope(p.BOARD_SEE)
    # One zone's board lists what comes near as well; over many zones only what moves a line is named.
    found = asking.answer(actor, asked, whole=reach is Scope.ZONE)
    if found.board is None:
        return render_template("quotas/none.html", **_frame(found, form)), status
    own = found.board.lines[0] if len(found.board.lines) == 1 and reach is Scope.ZONE else None
    shown = {
        "board": found.board,
        "sum": found.board.sum(),
        "groups": found.board.groups(),
        "chart": rules.chart_of(found.board),
        "own": own,
        "own_parts": _parts(own),
        "whole": reach is Scope.CITY,
    }
    return render_template("quotas/board.html", **shown, **_frame(found, form)), status


@bp.get("/quotas/<zone_code>")
@guard.requires(p.BOARD_SEE)
def zone(zone_code: str) -> Any:
    """One zone's line with every project that counts, waits or comes near, and why."""
    form = LookBackForm(request.args)
    asked, status = _asked(form)
    found = asking.answer(guard.current(), asked, zone_code)
    if found.board is None:
        raise NotFound()
    line = found.board.lines[0] if found.board.lines else None
    name = line.zone.name if line else found.board.not_assessed[0].name
    shown = {
        "board": found.board,
        "line": line,
        "name": name,
        "own_parts": _parts(line),
        "terms": _terms(found.board),
    }
    return render_template("quotas/zone.html", code=zone_code, **shown, **_frame(found, form)), status


def _parts(line: ZoneLine | None) -> list[tuple[str, str, Any, str]]:
    """(heading, anchor, entries, words when there are none) of a zone's page."""
    return (
        []
        if line is None
        else [(title, anchor, line.of(*states), empty) for title, anchor, states, empty in PARTS]
    )


@bp.post("/quotas/export")
@guard.requires(p.EXPORT)
def export() -> Any:
    """The board as a workbook; the export is on the record."""
    actor, form = guard.current(), LookBackForm(request.form)
    if not actor.can(p.BOARD_SEE):
        raise NotFound()
    found = asking.answer(actor, asking.read(**form.words()))
    if found.board is None:
        raise NotFound()
    file = io.BytesIO()
    rows = sheets.write(found.board, file)
    title = f"{found.board.year}年重大项目配额"
    audit.write_now(
        actor, "export.made", audit.Subject("quota_board", found.board.plan.id, title), note=f"{rows}行"
    )
    file.seek(0)
    return send_file(
        file, XLSX, as_attachment=True, download_name=f"{title}_{found.board.times.as_of.isoformat()}.xlsx"
    )


def _terms(found: Board) -> list[tuple[str, str]]:
    """The terms of counting in words, under every zone's figures."""
    return [
        ("方案", f"{found.plan.title}{found.plan.document_no and '（' + found.plan.document_no + '）'}"),
        ("计数口径", f"{found.plan.milestone_label}经市商务局认定，按统计日期计入{found.year}年"),
        ("定级金额", "协议总投资" if found.plan.basis == "total" else "固定资产投资"),
        ("超额结转", "结转下一年" if found.plan.carry_surplus else "不结转"),
    ]


def _frame(found: Answer, form: LookBackForm) -> dict[str, Any]:
    """Year and plan switches, and the two times in words."""
    asked, now = found.asked, clock.today()
    back = (
        {"as_of": request.args.get("as_of"), "known_at": request.args.get("known_at")}
        if asked.looks_back
        else {}
    )
    years = {year for plan in found.plans for year in range(plan.first_year, plan.last_year + 1)} | {
        now.year,
        asked.year,
    }
    endpoint, args = request.endpoint or "quotas.board", dict(request.view_args or {})
    same = [plan for plan in found.plans if plan.first_year <= asked.year <= plan.last_year]
    current = found.board.plan.code if found.board else ""
    percent = f"{found.board.elapsed * 100:.1f}" if found.board else ""
    return {
        "w": words,
        "percent": percent,
        "form": form,
        "asked": asked,
        "back": back,
        "years": [
            {"label": f"{year}年", "url": url_for(endpoint, **args, year=year), "current": year == asked.year}
            for year in sorted(years, reverse=True)
            if year <= now.year + 1
        ],
        "plans": [
            {
                "label": plan.title,
                "url": url_for(endpoint, **args, year=asked.year, plan=plan.code),
                "current": plan.code == current,
            }
            for plan in same
        ],
        "may_plan": guard.current().can(p.PLAN_EDIT),
        "plans_url": url_for("zones.plans") if "zones.plans" in current_app.view_functions else "",
        "as_of_words": _as_of(found.board, asked) if found.board else "",
    }


def _as_of(found: Board, asked: Asked) -> str:
    day = found.times.as_of
    words = f"截至{day.month}月{day.day}日" if day.year == found.year else f"截至{dates.long(day)}"
    if asked.known_at:
        return f"{words}，按{clock.local(found.times.known_at):%Y-%m-%d %H:%M}已登记的内容"
    return f"{words}，按认定日期"
