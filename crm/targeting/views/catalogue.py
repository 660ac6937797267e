"""The guidance catalogue: the draft from live data, what the bureau writes of a link, and its releases."""

import io
from typing import Any

from flask import Response, flash, redirect, render_template, request, send_file, url_for

from crm.accounts.permissions import EXPORT, PLAN_EDIT, PROJECT_SEE
from crm.chains import queries as chains
from crm.chains.models import ChainNode
from crm.chains.rules import ACTION_LABELS, POSITION_LABELS, STATE_LABELS, ChainAction
from crm.companies import queries as companies
from crm.core import clock, dates
from crm.core.db import db
from crm.core.errors import Conflict, NotFound, RuleBroken
from crm.targeting import actions, sheets
from crm.targeting.forms.catalogue import EntryForm, ReleaseForm
from crm.targeting.queries import catalogue as queries
from crm.targeting.queries import releases
from crm.targeting.rules import catalogue as rules
from crm.targeting.rules.catalogue import Row
from crm.targeting.views import bp
from crm.web import conflicts, edges, guard
from crm.zones import queries as zones


@bp.get("/chains/catalogue")
@guard.requires(PROJECT_SEE)
def catalogue() -> Any:
    actor = guard.current()
    chain, action = request.args.get("chain", ""), request.args.get("action", "")
    rows = queries.draft(actor, chain=chain)
    shown = [row for row in rows if not action or (row.action and row.action.value == action)]
    return render_template(
        "targeting/catalogue.html",
        rows=shown,
        segments=_segments(rows, chain, action),
        chain=chain,
        action=action,
        chains=[(row.code, row.name) for row in chains.chains()],
        releases=releases.every(),
        may_edit=actor.can(PLAN_EDIT),
        **_words(),
    )


def _segments(rows: list[Row], chain: str, chosen: str) -> list[dict[str, Any]]:
    """全部, then 建链, 补链, 强链, 延链 with how many links each has."""

    def one(label: str, code: str, count: int) -> dict[str, Any]:
        url = url_for("targeting.catalogue", chain=chain or None, action=code or None)
        return {"label": label, "url": url, "count": count, "current": chosen == code}

    each = [one(ACTION_LABELS[a], a.value, sum(1 for row in rows if row.action is a)) for a in ChainAction]
    return [one("全部", "", len(rows)), *each]


def _words() -> dict[str, Any]:
    return {
        "action_labels": ACTION_LABELS,
        "state_labels": STATE_LABELS,
        "position_labels": POSITION_LABELS,
        "title_words": rules.TITLE,
    }


def _node(code: str) -> ChainNode:
    node = chains.node_by_code(code)
    if node is None or not node.active:
        raise NotFound()
    return node


@bp.route("/chains/catalogue/nodes/<node_code>", methods=["GET", "POST"])
@guard.requires(PLAN_EDIT)
def catalogue_entry(node_code: str) -> Any:
    actor, node = guard.current(), _node(node_code)
    entry, choices = queries.entry(node.id), [(z.code, z.short_name) for z in zones.all_names()]
    form, back = EntryForm.of(entry, choices), url_for("targeting.catalogue", _anchor=node.code)
    version = entry.version if entry else 0
    if conflicts.stale(form, version):
        theirs = EntryForm.of(entry, choices, formdata=None)
        return conflicts.page(form, theirs, record=node.name, version=version, record_url=back)
    if form.validate_on_submit() and edges.attempt(
        form, lambda: actions.write_entry(actor, node, form.draft())
    ):
        flash(f"{node.name}的目录内容已保存，下次发布时生效。", "ok")
        return redirect(back, 303)
    newest = chains.assessment_of(node.id)
    return render_template(
        "targeting/catalogue_entry.html",
        form=form,
        node=node,
        gap=newest.gap if newest else "",
        candidates=queries.candidates(actor, [node.id]),
    ), 422 if form.is_submitted() else 200


@bp.post("/chains/catalogue/nodes/<node_code>/naming")
@guard.requires(PLAN_EDIT)
def catalogue_naming(node_code: str) -> Any:
    actor, node = guard.current(), _node(node_code)
    raw = request.form.get("company_id", "")
    if not (raw.isdecimal() and len(raw) < 10):
        raise NotFound()
    company, wanted = companies.find(actor, int(raw)), request.form.get("named") == "1"
    try:
        actions.name(actor, node, company, wanted, clock.now())
        edges.commit()
        flash(f"{company.name}{'列入' if wanted else '不列入'}目录。", "ok")
    except (RuleBroken, Conflict) as refused:
        db.session.rollback()
        flash(refused.message, "bad")
    return redirect(url_for("targeting.catalogue_entry", node_code=node_code, _anchor="naming"), 303)


@bp.route("/chains/catalogue/release", methods=["GET", "POST"])
@guard.requires(PLAN_EDIT)
def catalogue_release() -> Any:
    """What the next release would hold and what it changes; releasing is the button below it."""
    actor, form, newest = guard.current(), ReleaseForm(), releases.newest()
    made: list[int] = []
    if form.validate_on_submit() and edges.attempt(
        form,
        lambda: made.append(
            actions.release(actor, str(form.note.data or ""), clock.now(), seen=form.number).number
        ),
    ):
        flash(f"第 {made[0]} 版已发布。", "ok")
        return redirect(url_for("targeting.catalogue_show", number=made[0]), 303)
    if not form.is_submitted():
        form.seen.data = str(newest.number if newest else 0)
    rows = queries.draft(actor, release=True)
    return render_template(
        "targeting/catalogue_release.html",
        form=form,
        rows=rows,
        newest=newest,
        changes=rules.changes(releases.rows_of(newest), rows) if newest else [],
        **_words(),
    ), 422 if form.is_submitted() else 200


@bp.get("/chains/catalogue/releases/<int:number>")
@guard.requires(PROJECT_SEE)
def catalogue_show(number: int) -> Any:
    found = releases.numbered(number)
    return render_template(
        "targeting/catalogue_show.html",
        release=found,
        rows=releases.rows_of(found),
        releases=releases.every(),
        **_words(),
    )


@bp.post("/chains/catalogue/export")
@guard.requires(EXPORT)
def catalogue_export() -> Response:
    """The draft (of one chain where asked) or a release, as .xlsx or .docx."""
    actor = guard.current()
    actor.require(PROJECT_SEE)
    kind = "docx" if request.form.get("format") == "docx" else "xlsx"
    raw = request.form.get("number", "")
    if raw:
        if not (raw.isdecimal() and len(raw) < 10):
            raise NotFound()
        kept = releases.numbered(int(raw))
        rows, label, line = (
            releases.rows_of(kept),
            f"第{kept.number}版",
            f"第 {kept.number} 版　{dates.long(kept.released_on)}发布",
        )
    else:
        rows = queries.draft(actor, chain=request.form.get("chain", ""))
        label, line = (
            "草案",
            f"{rules.DRAFT}　{dates.long(clock.today())}　{actor.unit_name} {actor.name}导出",
        )
    content = _file(rows, line, kind)
    actions.exported(actor, f"{rules.TITLE} {label}", len(rows), kind)
    edges.commit()
    return send_file(
        content,
        mimetype=sheets.DOCX if kind == "docx" else sheets.XLSX,
        as_attachment=True,
        download_name=f"{rules.TITLE}-{label}.{kind}",
        max_age=0,
    )


def _file(rows: list[Row], line: str, kind: str) -> io.BytesIO:
    content = io.BytesIO()
    (sheets.write_docx if kind == "docx" else sheets.write_xlsx)(rows, line, content)
    content.seek(0)
    return content
