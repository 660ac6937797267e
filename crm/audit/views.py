"""The audit, read by the auditor alone; taking it along is itself an act in it."""

import io
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from flask import Blueprint, render_template, request, send_file, url_for

from crm.accounts import permissions as p
from crm.accounts.rules import ROLE_LABELS
from crm.audit import actions, queries, rules
from crm.audit.codes import CODES
from crm.audit.queries import EventRow, Filters
from crm.chains.rules import ACTION_LABELS as CHAIN_ACTION_LABELS
from crm.chains.rules import STATE_LABELS as NODE_STATE_LABELS
from crm.companies.rules import KIND_LABELS, PROGRESS_LABELS
from crm.core import clock, dates
from crm.core.errors import RuleBroken
from crm.core.paging import Window
from crm.exports import sheets
from crm.exports.rules import MEDIA_TYPES, Format
from crm.exports.sheets import Column
from crm.filings.rules import END_LABELS, Extension
from crm.filings.rules import STATE_LABELS as FILING_STATE_LABELS
from crm.followups.rules import DUTY_LABELS, DUTY_STATE_LABELS
from crm.followups.rules.demands import CONFIRMER_LABELS, SATISFACTION_LABELS
from crm.pipeline.rules.milestones import AGREEMENT_LABELS, MILESTONE_STATE_LABELS
from crm.projects.rules import (
    CAPITAL_LABELS,
    EXCLUSION_LABELS,
    PROJECT_KIND_LABELS,
    SOURCE_LABELS,
    STAGE_LABELS,
    STATUS_LABELS,
)
from crm.visits.rules import MODE_LABELS
from crm.web import edges, guard

bp = Blueprint("audit", __name__)

_MOST_ROWS = 50_000
_FILTERS = ("since", "until", "person", "code", "subject", "result", "q")

for _field, _words in (
    ("stage", STAGE_LABELS),
    ("status", STATUS_LABELS),
    ("capital", CAPITAL_LABELS),
    ("exclusion", EXCLUSION_LABELS),
    ("project.kind", PROJECT_KIND_LABELS),
    ("project.source", SOURCE_LABELS),
    ("chain_action", CHAIN_ACTION_LABELS),
    ("chain_node.state", NODE_STATE_LABELS),
    ("chain_node.action", CHAIN_ACTION_LABELS),
    ("company.kind", KIND_LABELS),
    ("progress", PROGRESS_LABELS),
    ("followup.kind", DUTY_LABELS),
    ("followup.state", DUTY_STATE_LABELS),
    ("followup.satisfaction", SATISFACTION_LABELS),
    ("followup.confirmed_by", CONFIRMER_LABELS),
    ("milestone.state", MILESTONE_STATE_LABELS),
    ("agreement_kind", AGREEMENT_LABELS),
    ("filing.state", FILING_STATE_LABELS),
    ("end_kind", END_LABELS),
    ("extension", {one: one.label for one in Extension}),
    ("mode", MODE_LABELS),
    ("role", ROLE_LABELS),
):
    rules.name_values(_field, _words)


def _day(name: str) -> date | None:
    """A day of the filter form; what cannot be read is refused in words."""
    text = request.values.get(name, "").strip()
    read = dates.parse(text, today=clock.today()) if text else None
    return read.on if read else None


def _filters() -> Filters:
    words = {name: request.values.get(name, "").strip() for name in _FILTERS[2:]}
    return Filters(since=_day("since"), until=_day("until"), **words)


def _kept() -> dict[str, Any]:
    """The filters as they stand in the address."""
    return {name: value for name in _FILTERS if (value := request.values.get(name, "").strip())}


def _chips(filters: Filters) -> list[dict[str, str]]:
    """The filters in force, each with the address without it."""
    named = {
        "since": ("自", str(filters.since or "")),
        "until": ("至", str(filters.until or "")),
        "person": ("操作人", filters.person),
        "code": ("操作", rules.sentence(filters.code)),
        "subject": ("对象", rules.subject_word(filters.subject)),
        "result": ("结果", rules.RESULTS.get(filters.result, filters.result)),
        "q": ("名称", filters.q),
    }
    kept = _kept()
    return [
        {
            "label": label,
            "value": value,
            "url": url_for("audit.index", **{k: v for k, v in kept.items() if k != name}),
        }
        for name, (label, value) in named.items()
        if name in kept
    ]


@bp.get("/audit")
@guard.requires(p.AUDIT_READ)
def index() -> Any:
    filters = _filters()
    window = Window(after=request.args.get("after"), page=request.args.get("page", 1, type=int))
    page = queries.page(guard.current(), filters, window)
    kept = _kept()
    following = None
    if page.next_token:
        following = url_for("audit.index", **kept, after=page.next_token, page=window.page + 1)
    return render_template(
        "audit/index.html",
        page=page,
        next_url=following,
        filters=filters,
        chips=_chips(filters),
        kept=kept,
        codes=sorted(CODES.items(), key=lambda pair: pair[0]),
        subjects=[(k, v) for k, v in rules.SUBJECTS.items()],
        results=list(rules.RESULTS.items()),
        subject_word=rules.subject_word,
        result_word=lambda result: rules.RESULTS.get(result, result),
        most=_MOST_ROWS,
    )


def _changes(row: EventRow) -> str:
    return "；".join(f"{c.label}：{c.before} → {c.after}" for c in row.changes)


_COLUMNS = (
    Column("时间", lambda r: r.at),
    Column("操作人", lambda r: r.actor_name),
    Column("岗位", lambda r: r.post_words),
    Column("操作", lambda r: r.sentence),
    Column("对象类型", lambda r: rules.subject_word(r.subject_type)),
    Column("对象", lambda r: r.subject_label),
    Column("变更内容", _changes),
    Column("说明", lambda r: r.note),
    Column("结果", lambda r: rules.RESULTS.get(r.result, r.result)),
    Column("地址", lambda r: r.ip),
    Column("编号", lambda r: r.id),
)


@bp.post("/audit/export")
@guard.requires(p.AUDIT_READ)
def export() -> Any:
    """The rows behind the filters as a file; the act is in the audit before the file leaves."""
    actor, filters, now = guard.current(), _filters(), clock.now()
    form = Format.CSV if request.form.get("format") == Format.CSV else Format.XLSX
    total = queries.count(actor, filters)
    if total > _MOST_ROWS:
        raise RuleBroken(f"共 {total} 条，一次最多导出 {_MOST_ROWS} 条。请缩小时间范围后再导出。")
    rows: Iterator[EventRow] = queries.stream(actor, filters)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"audit.{form.value}"
        role = ROLE_LABELS[actor.role] if actor.role else ""
        written = sheets.write(
            path, form, "审计", _COLUMNS, rows, lambda n: sheets.watermark(actor, role, now, n)
        )
        note = "，".join(f"{c['label']} {c['value']}" for c in _chips(filters))
        actions.record(actor, "audit.exported", actions.Subject("audit", None, f"{written} 条"), note=note)
        edges.commit()
        return send_file(
            io.BytesIO(path.read_bytes()),
            mimetype=MEDIA_TYPES[form],
            as_attachment=True,
            download_name=f"审计-{clock.local(now):%Y%m%d-%H%M}.{form.value}",
        )
