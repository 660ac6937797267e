"""The bureau's editor of the gate table: every rule by stage, one rule with its history, adding, back to the default."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from crm.accounts import permissions as p
from crm.core import clock, memo
from crm.core.db import db
from crm.core.errors import Stale
from crm.pipeline import actions, queries, rules
from crm.pipeline.forms import GateRuleForm, ReasonedForm
from crm.pipeline.queries import GateChange, GateLine
from crm.pipeline.views import bp
from crm.projects import queries as projects
from crm.web import edges, guard

_LABELS = {
    "stage": "阶段",
    "needs": "要有",
    "bars": "缺了怎样",
    "span": "何时要有",
    "condition": "适用项目",
    "tiers": "适用级别",
    "active": "是否启用",
    "words": "提示",
}


@bp.get("/admin/gates")
@guard.requires(p.PLAN_EDIT)
def gates() -> Any:
    lines = queries.gate_lines()
    return render_template(
        "pipeline/gates/index.html",
        groups=[(stage, list(rows)) for stage, rows in groupby(lines, lambda line: line.rule.stage)],
        conditions=rules.CONDITIONS,
        spans=rules.SPAN_LABELS,
        tiers=_tier_names(),
        total=len(lines),
        changed=sum(line.differs or line.default is None for line in lines),
    )


@bp.route("/admin/gates/new", methods=["GET", "POST"])
@guard.requires(p.PLAN_EDIT)
def new_gate() -> Any:
    actor = guard.current()
    asked = request.args.get("stage", "")
    first = {"active": True, "span": rules.Span.AT.value, "stage": asked}
    form = _offered(GateRuleForm(data=first if request.method == "GET" else None))
    if form.validate_on_submit() and edges.attempt(form, lambda: actions.add_rule(actor, form.rule(""))):
        flash("推进条件已新增，立即生效。", "ok")
        return redirect(url_for("pipeline.gates") + f"#{form.stage.data}", 303)
    return render_template("pipeline/gates/edit.html", form=form, line=None, history=()), _code(form)


@bp.route("/admin/gates/<key>", methods=["GET", "POST"])
@guard.requires(p.PLAN_EDIT)
def gate_rule(key: str) -> Any:
    actor, line = guard.current(), queries.gate_line(key)
    form = _form(line)
    if form.validate_on_submit():
        try:
            if edges.attempt(form, lambda: actions.change_rule(actor, form.rule(key))):
                flash("推进条件已修改，立即生效。", "ok")
                return redirect(url_for("pipeline.gate_rule", key=key), 303)
        except Stale:
            return _both(key, form)
    return _page(line, form), _code(form)


@bp.post("/admin/gates/<key>/reset")
@guard.requires(p.PLAN_EDIT)
def reset_gate(key: str) -> Any:
    """Back to what the product ships with, with a reason."""
    actor, form = guard.current(), ReasonedForm()
    line = queries.gate_line(key)
    if form.validate_on_submit() and edges.attempt(
        form, lambda: actions.reset_rule(actor, key, form.seen(), str(form.source.data))
    ):
        flash("已恢复默认，立即生效。", "ok")
        return redirect(url_for("pipeline.gate_rule", key=key), 303)
    shown = _offered(GateRuleForm(formdata=None, data=_values(line.rule)))
    refused = [e for errors in form.errors.values() for e in errors]
    shown.form_errors.extend(refused)
    return _page(line, shown), 422


def _code(form: GateRuleForm) -> int:
    return 422 if form.is_submitted() else 200


def _form(line: GateLine) -> GateRuleForm:
    form = _offered(GateRuleForm(data=_values(line.rule) if request.method == "GET" else None))
    # What a rule asks for is not the form's to change.
    form.needs.data = line.rule.needs
    return form


def _offered(form: GateRuleForm) -> GateRuleForm:
    form.tiers.choices = [SelectChoice(code, label) for code, label in _tier_names().items()]
    return form


def _tier_names() -> dict[str, str]:
    return {tier.code.value: tier.label for tier in projects.tiers()}


def _values(rule: rules.Rule) -> dict[str, Any]:
    return {
        "version": str(rule.version),
        "stage": rule.stage.value,
        "needs": rule.needs,
        "bars": "1" if rule.bars else "0",
        "span": rule.span.value,
        "condition": rule.condition,
        "tiers": list(rule.tiers),
        "words": rule.words,
        "active": rule.active,
    }


def _page(line: GateLine, form: GateRuleForm) -> str:
    history = queries.gate_history(line.rule.key)
    return render_template(
        "pipeline/gates/edit.html",
        form=form,
        line=line,
        history=_story(history, line.default),
        default=_in_words(line.default) if line.default else {},
        labels=_LABELS,
    )


def _in_words(rule: rules.Rule) -> dict[str, str]:
    names = _tier_names()
    told = rules.told(rule)
    return told | {
        "tiers": "、".join(names.get(tier.value, tier.value) for tier in rule.tiers) or told["tiers"]
    }


def _story(history: Sequence[GateChange], default: rules.Rule | None) -> list[dict[str, Any]]:
    """Newest first: what each version changed of the one before it, who made it, and why."""
    items = []
    for number, change in enumerate(history):
        older = history[number + 1].rule if number + 1 < len(history) else default
        items.append(
            {
                "on": clock.local(change.at),
                "title": _difference(older, change.rule),
                "text": f"{change.by}，{change.rule.source}",
                "big": number == 0,
            }
        )
    return items


def _difference(before: rules.Rule | None, after: rules.Rule) -> str:
    if before is None:
        return "新增"
    old, new = _in_words(before), _in_words(after)
    return "；".join(
        f"{_LABELS[name]} {old[name] or '—'} → {new[name] or '—'}" for name in new if old[name] != new[name]
    )


def _both(key: str, form: GateRuleForm) -> Any:
    """Both versions side by side; mine is sent again with the version brought up to date."""
    db.session.rollback()
    memo.forget()
    now = queries.gate_line(key)
    mine, theirs = _in_words(form.rule(key)), _in_words(now.rule)
    hidden = [(name, value) for name, value in request.form.items(multi=True) if name != "version"]
    return render_template(
        "errors/conflict.html",
        record=f"推进条件 {now.rule.stage.label} {now.rule.need.label}",
        them=now.change.by if now.change else "",
        at=now.change.at if now.change else None,
        fields=[
            (label, mine[name], theirs[name], mine[name] != theirs[name])
            for name, label in _LABELS.items()
            if name != "needs"
        ]
        + [("依据", form.source.data, now.rule.source, form.source.data != now.rule.source)],
        action=url_for("pipeline.gate_rule", key=key),
        hidden=[*hidden, ("version", str(now.rule.version))],
        record_url=url_for("pipeline.gate_rule", key=key),
    ), 409
