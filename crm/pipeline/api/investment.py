"""Monthly investment over the API, under the same rules as the pages."""

from dataclasses import replace
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, validate

from crm.accounts.permissions import PROJECT_SEE, PROJECT_WRITE
from crm.core import clock
from crm.core.paging import Window
from crm.pipeline import actions, queries
from crm.pipeline import rules as pipeline_rules
from crm.pipeline.api import blp
from crm.pipeline.queries import Line
from crm.pipeline.rules import investment as rules
from crm.projects import queries as projects
from crm.projects.models import Phase, Project
from crm.web import api, edges, guard
from crm.web.api import amount_text


class LineArgs(Schema):
    """Which line of the project: a phase by its number, else the project as a whole."""

    class Meta:
        unknown = EXCLUDE

    phase = fields.Integer(load_default=None, validate=validate.Range(1, 99_999))


class YearArgs(LineArgs):
    year = fields.Integer(load_default=None, validate=validate.Range(2000, 2200))


class MonthArgs(api.ListArgs):
    zone = fields.String(load_default="")
    reported = fields.Boolean(load_default=None)


class InvestmentIn(api.In):
    """What is left out stays as it is, null empties; `reason` is required where the month is closed."""

    completed = api.Wan(allow_none=True)
    paid_in = api.Wan(allow_none=True)
    equipment = api.Wan(allow_none=True)
    progress = fields.String(validate=api.at_most(500))
    in_statistics = fields.Boolean()
    in_statistics_on = fields.Date(allow_none=True)
    note = fields.String(validate=api.at_most(300))
    evidence = fields.List(fields.Integer())
    reason = fields.String(load_default="", validate=api.at_most(500))


@blp.get("/projects/<code>/investment")
@guard.requires(PROJECT_SEE)
@blp.arguments(YearArgs, location="query")
def list_investment(args: dict[str, Any], code: str) -> Any:
    """月度投资，按月从早到晚；year 只取一年，phase 为分期序号。"""
    record = projects.record(guard.current(), code)
    phase = _phase(record.project, args["phase"])
    rows = queries.investment_rows([record.project.id]).get(record.project.id, [])
    months = sorted(
        {row.adjusts or row.month for row in rows if row.phase_id == (phase.id if phase else None)}
    )
    wanted = [m for m in months if args["year"] is None or m.startswith(str(args["year"]))]
    return {"items": [_month(record.project, phase, m, record.disclosed) for m in wanted]}


@blp.get("/projects/<code>/investment/<month>")
@guard.requires(PROJECT_SEE)
@blp.arguments(LineArgs, location="query")
def get_investment(args: dict[str, Any], code: str, month: str) -> Any:
    """一个月的投资；没有填报时各项为 null，version 为 0。"""
    rules.check_month(month, clock.today())
    record = projects.record(guard.current(), code)
    return _month(record.project, _phase(record.project, args["phase"]), month, record.disclosed)


@blp.put("/projects/<code>/investment/<month>")
@guard.requires(PROJECT_WRITE)
@blp.arguments(LineArgs, location="query")
@blp.arguments(InvestmentIn)
def put_investment(args: dict[str, Any], sent: dict[str, Any], code: str, month: str) -> Any:
    """填报一个月的投资，金额单位万元。已结账的月份要写 reason，差额记入未结账的月份；If-Match 写 version。"""
    actor = guard.current()
    project = projects.find(actor, code, PROJECT_WRITE)
    phase = _phase(project, args["phase"])
    rules.check_month(month, clock.today())
    known = _truth(project, phase, month)
    api.check_version(known.version, required=False)
    actions.report(
        actor,
        project,
        month,
        _draft(known, sent),
        clock.today(),
        clock.now(),
        phase=phase,
        seen=api.if_match(),
    )
    edges.commit()
    return _month(project, phase, month, projects.record(actor, code).disclosed)


@blp.get("/investment/<month>")
@guard.requires(PROJECT_SEE)
@blp.arguments(MonthArgs, location="query")
def list_month(args: dict[str, Any], month: str) -> Any:
    """一个月里应报和已报的项目；zone 为板块代码，reported=false 只取未报的。"""
    actor = guard.current()
    rules.check_month(month, clock.today())
    zone = projects.zone_by_code(args["zone"]) if args["zone"] else None
    counts = [c for c in queries.month_counts(actor, month) if zone is None or c.zone_id == zone.id]
    owing = args["reported"] is False
    total = sum(c.owing if owing else c.asked for c in counts)
    window = Window(args["per_page"], args["after"])
    page = queries.month_page(actor, month, zone.id if zone else None, owing, window, total)
    return api.answer_page(page, _line)


def _phase(project: Project, no: int | None) -> Phase | None:
    return None if no is None else projects.phase_numbered(project.id, no)


def _truth(project: Project, phase: Phase | None, month: str) -> rules.Truth:
    rows = queries.investment_rows([project.id]).get(project.id, [])
    return rules.truth([row for row in rows if row.phase_id == (phase.id if phase else None)], month)


def _draft(known: rules.Truth, sent: dict[str, Any]) -> rules.Draft:
    amounts = {name: sent[name] for name in rules.NAMES if name in sent}
    said = {
        name: sent[name] for name in ("progress", "in_statistics", "in_statistics_on", "note") if name in sent
    }
    evidence = tuple(sent["evidence"]) if "evidence" in sent else None
    return rules.Draft(
        replace(known.amounts, **amounts), replace(known.said, **said), evidence, sent["reason"]
    )


def _amounts(amounts: rules.Amounts) -> dict[str, Any]:
    return {name: amount_text(getattr(amounts, name)) for name in rules.NAMES}


def _month(project: Project, phase: Phase | None, month: str, disclosed: bool) -> dict[str, Any]:
    """`reported` is the month's own figure; `corrections` what later months carry for it; figures on top are both."""
    rows = queries.investment_rows([project.id]).get(project.id, [])
    line = [row for row in rows if row.phase_id == (phase.id if phase else None)]
    known = rules.truth(line, month)
    plan = queries.plans_of([project])[project.id, phase.id if phase else None]
    whole = rules.upto(line, month)
    now = rules.upto(line, pipeline_rules.month_of(clock.today())).completed
    asking = rules.question(now, plan.agreed)
    said = known.said
    return {
        "project": project.code,
        "month": month,
        "phase": phase.no if phase else None,
        "locked": month in queries.locked_months(),
        **_amounts(known.amounts),
        "progress": said.progress,
        "in_statistics": said.in_statistics,
        "in_statistics_on": said.in_statistics_on.isoformat() if said.in_statistics_on else None,
        "note": said.note,
        "evidence": list(known.files) if disclosed else [],
        "reported": _amounts(known.own.amounts) if known.own else None,
        "corrections": [{"month": c.month, **_amounts(c.amounts)} for c in known.corrections],
        "cumulative": _amounts(whole),
        "agreed_total": amount_text(plan.agreed),
        "share": amount_text(rules.share(whole.completed, plan.agreed)),
        "elapsed": amount_text(plan.elapsed(min(rules.last_day(month), clock.today()))),
        "questions": [asking] if asking else [],
        "version": known.version,
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "project": line.project.code,
        "name": line.project.name,
        "phase": line.phase.no if line.phase else None,
        "zone": line.zone,
        "reported": line.now.own is not None,
        **_amounts(line.now.amounts),
        "progress": line.now.said.progress,
        "last_month": _amounts(line.last.amounts),
        "year": _amounts(line.year),
        "cumulative": _amounts(line.whole),
        "agreed_total": amount_text(line.plan.agreed),
        "version": line.now.version,
    }
