"""A zone's month as one table to fill in, saved row by row; and who has not reported yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask import flash, make_response, render_template, request, url_for

from crm.accounts.permissions import PROJECT_SEE, PROJECT_WRITE
from crm.core import clock
from crm.core.actor import Actor, Scope
from crm.core.errors import NotFound, RuleBroken, Stale
from crm.core.paging import Page, Window
from crm.pipeline import actions, queries
from crm.pipeline import rules as pipeline_rules
from crm.pipeline.forms import InvestmentForm
from crm.pipeline.queries import Counts, Line, MonthFilter
from crm.pipeline.rules import investment as rules
from crm.pipeline.views import bp
from crm.projects import queries as projects
from crm.projects.models import Phase, Project
from crm.web import edges, guard

_PER_PAGE = 60


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of the table with its form; `saved` says what has just become of it."""

    line: Line
    form: InvestmentForm
    url: str
    record_url: str
    share: Decimal | None
    question: str
    saved: str = ""


@bp.get("/investment")
@guard.requires(PROJECT_SEE)
def investments() -> Any:
    actor, today = guard.current(), clock.today()
    this, month = pipeline_rules.month_of(today), month_asked(today)
    counts = queries.month_counts(actor, month)
    zone_id = _zone(actor, counts)
    owing = _owing()
    asked, reported = _sums_of(counts, zone_id)
    page = None
    if zone_id is not None or not _everywhere(actor):
        window = Window(_PER_PAGE, request.args.get("after") or None)
        total = asked - reported if owing else asked
        page = queries.month_page(actor, month, zone_id, owing, window, total)
    return render_template(
        "pipeline/investments.html",
        month=month,
        this=this,
        locked=month in queries.locked_months(),
        months=rules.months_between(f"{today.year - 1}-01", this)[::-1],
        before=rules.month_before(month),
        counts=counts,
        chosen=next((c for c in counts if c.zone_id == zone_id), None),
        everywhere=_everywhere(actor),
        asked=asked,
        reported=reported,
        page=page,
        rows=[_shown(line, month) for line in page.items] if page else [],
        owing=owing,
        sums=_sums(page.items if page else []),
        **_links(month, page, owing, asked, reported),
    )


def month_asked(today: date) -> str:
    month = request.args.get("month", "") or pipeline_rules.month_of(today)
    rules.check_month(month, today)
    return month


def _owing() -> bool:
    return request.args.get("part") == "owing"


def _sums_of(counts: Sequence[Counts], zone_id: int | None) -> tuple[int, int]:
    """(asked, reported) of the zone in sight, or of all."""
    chosen = [c for c in counts if zone_id is None or c.zone_id == zone_id]
    return sum(c.asked for c in chosen), sum(c.reported for c in chosen)


def filter_asked(actor: Actor, today: date) -> MonthFilter:
    """The table of the address, as the page shows it."""
    month = month_asked(today)
    counts = queries.month_counts(actor, month)
    zone_id, owing = _zone(actor, counts), _owing()
    asked, reported = _sums_of(counts, zone_id)
    return MonthFilter(month, zone_id, owing, asked - reported if owing else asked)


def _links(month: str, page: Page[Line] | None, owing: bool, asked: int, reported: int) -> dict[str, Any]:
    """Where one may go from the table: everybody or those who owe, the following page, the first."""
    query: dict[str, Any] = {"month": month, "zone": request.args.get("zone") or None}
    after = page.next_token if page else None
    listed = "owing" if owing else None
    return {
        "segs": _segs(query, owing, asked, reported),
        "next_url": url_for("pipeline.investments", **query, part=listed, after=after) if after else "",
        "first_url": url_for("pipeline.investments", **query, part=listed)
        if request.args.get("after")
        else "",
    }


def _everywhere(actor: Actor) -> bool:
    """Whoever looks over several zones chooses one to fill in."""
    return actor.scope(PROJECT_SEE) in (Scope.CITY, Scope.COUNTY)


def _zone(actor: Actor, counts: Sequence[Counts]) -> int | None:
    asked = request.args.get("zone", "")
    if asked:
        found = projects.zone_by_code(asked)
        return found.id if found else None
    return None if _everywhere(actor) else actor.zone_id


def _segs(query: dict[str, Any], owing: bool, asked: int, reported: int) -> list[dict[str, Any]]:
    return [
        {
            "label": "全部",
            "url": url_for("pipeline.investments", **query),
            "count": asked,
            "current": not owing,
        },
        {
            "label": "未报",
            "url": url_for("pipeline.investments", **query, part="owing"),
            "count": asked - reported,
            "current": owing,
        },
    ]


def _sums(lines: Sequence[Line]) -> dict[str, rules.Amounts]:
    return {
        "last": rules.total(line.last.amounts for line in lines),
        "now": rules.total(line.now.amounts for line in lines),
        "whole": rules.total(line.whole for line in lines),
    }


def _shown(line: Line, month: str, form: InvestmentForm | None = None, saved: str = "") -> Shown:
    number = line.phase.no if line.phase else None
    code = line.project.code
    record_url = url_for("pipeline.investment", code=code, month=month, phase=number)
    return Shown(
        line,
        form or _form(line),
        url_for(
            "pipeline.investment_row", month=month, code=code, phase=number, zone=request.args.get("zone")
        ),
        record_url,
        rules.share(line.whole.completed, line.plan.agreed),
        rules.question(line.whole.completed, line.plan.agreed),
        saved,
    )


def _form(line: Line) -> InvestmentForm:
    said = line.now.said if line.now.known else line.entered
    return InvestmentForm(
        formdata=None,
        data={
            **{name: getattr(line.now.amounts, name) for name in rules.NAMES},
            "progress": said.progress,
            "in_statistics": said.in_statistics,
            "in_statistics_on": said.in_statistics_on,
            "note": said.note,
            "version": line.now.version,
        },
    )


# --- one row --------------------------------------------------------------------------------------


@bp.post("/investment/<month>/<code>")
@guard.requires(PROJECT_WRITE)
def investment_row(month: str, code: str) -> Any:
    """Saves one row. A script gets the row back, saved or with what was typed and why not; others the table again."""
    actor = guard.current()
    project = projects.find(actor, code, PROJECT_WRITE)
    phase = _phase(project)
    form = InvestmentForm()
    form.offer(())
    saved, status = "", 200
    if not form.validate():
        status = 422
    else:
        try:
            done = edges.attempt(form, lambda: _save(actor, project, month, phase, form))
            saved, status = ("已保存", 200) if done else ("", 422)
        except Stale:
            form.form_errors.append("这一行刚被他人修改，现值见上。仍按您填的保存，请再按一次保存。")
            status = 409
    if edges.is_htmx():
        return _answer(actor, code, month, form, saved, status)
    if status == 200:
        flash(f"{code} {month} 的投资已保存。", "ok")
    else:
        flash("；".join([*_errors(form), "这一行没有保存。"]), "bad")
    zone = request.args.get("zone")
    return edges.go(url_for("pipeline.investments", month=month, zone=zone) + f"#r-{code}")


def _phase(project: Project) -> Phase | None:
    asked = request.args.get("phase", "")
    if not asked:
        return None
    if not asked.isdigit() or len(asked) > 5:
        raise NotFound()
    return projects.phase_numbered(project.id, int(asked))


def _save(
    actor: Actor, project: Project, month: str, phase: Phase | None, form: InvestmentForm
) -> actions.Done:
    if month in queries.locked_months():
        raise RuleBroken(f"{month} 已结账。更正要写明原因，请到项目的月度投资页填写。")
    # The table has one column for both: whoever gives the day says that it has happened.
    form.in_statistics.data = bool(form.in_statistics.data or form.in_statistics_on.data)
    draft = form.draft(None)
    return actions.report(
        actor, project, month, draft, clock.today(), clock.now(), phase=phase, seen=form.seen()
    )


def _errors(form: InvestmentForm) -> list[str]:
    return [str(words) for field in form for words in field.errors] + [str(w) for w in form.form_errors]


def _answer(actor: Actor, code: str, month: str, form: InvestmentForm, saved: str, status: int) -> Any:
    """The row as it stands now: with the new version, and in a refused one with what was typed."""
    record = projects.record(actor, code)
    project = record.project
    line = queries.month_line(actor, project, _phase(project), month, record.zone or "")
    if saved:
        form = _form(line)
    else:
        form.version.data = form.version.raw_data = None
        form.version.data = str(line.now.version)
    row = _shown(line, month, form, saved)
    return make_response(
        render_template("pipeline/_month_row.html", r=row, month=month, locked=False, errors=_errors(form)),
        status,
    )
