"""The gate table over the API: the bureau reads and changes what the editor's page does."""

from typing import Any

from marshmallow import fields, validate

from crm.accounts import permissions as p
from crm.pipeline import actions, queries, rules
from crm.pipeline.api import blp
from crm.projects.rules import Stage, Tier
from crm.web import api, edges, guard

_TEXT = api.at_most(rules.GATE_WORDS_MOST)


class RuleIn(api.In):
    """A whole rule; `needs` counts for a new one only."""

    stage = fields.String(required=True, validate=validate.OneOf([s.value for s in Stage]))
    needs = fields.String(load_default="", validate=validate.OneOf(["", *rules.NEEDS]))
    span = fields.String(
        load_default=rules.Span.AT.value, validate=validate.OneOf([s.value for s in rules.Span])
    )
    condition = fields.String(load_default="", validate=validate.OneOf(list(rules.CONDITIONS)))
    tiers = fields.List(fields.String(validate=validate.OneOf([t.value for t in Tier])), load_default=list)
    bars = fields.Boolean(load_default=True)
    active = fields.Boolean(load_default=True)
    words = fields.String(load_default="", validate=_TEXT)
    source = fields.String(required=True, validate=_TEXT)


class SourceIn(api.In):
    source = fields.String(required=True, validate=_TEXT)


def _wanted(args: dict[str, Any], key: str, seen: int) -> rules.Rule:
    return rules.Rule(
        key,
        Stage(args["stage"]),
        args["needs"],
        rules.Span(args["span"]),
        args["condition"],
        tuple(Tier(code) for code in dict.fromkeys(args["tiers"])),
        args["bars"],
        args["active"],
        args["words"].strip(),
        args["source"].strip(),
        seen,
    )


def _shape(rule: rules.Rule) -> dict[str, Any]:
    default = rules.DEFAULT_OF.get(rule.key)
    return {
        "key": rule.key,
        "version": rule.version,
        "stage": rule.stage.value,
        "needs": rule.needs,
        "label": rule.need.label,
        "span": rule.span.value,
        "condition": rule.condition,
        "tiers": [tier.value for tier in rule.tiers],
        "bars": rule.bars,
        "active": rule.active,
        "words": rule.words,
        "source": rule.source,
        "is_default": default is not None and rule.same_as(default),
    }


@blp.get("/gates")
@guard.requires(p.PLAN_EDIT)
@blp.response(200)
def gates() -> dict[str, Any]:
    """推进条件：每个阶段要有什么，按阶段排列，停用的也在内。"""
    return {"items": [_shape(rule) for rule in queries.gate_table()]}


@blp.post("/gates")
@guard.requires(p.PLAN_EDIT)
@blp.arguments(RuleIn)
@blp.response(201)
def add_gate(args: dict[str, Any]) -> dict[str, Any]:
    """新增一条推进条件。"""
    made = actions.add_rule(guard.current(), _wanted(args, "", 0))
    edges.commit()
    return _shape(made)


@blp.get("/gates/<key>")
@guard.requires(p.PLAN_EDIT)
@blp.response(200)
def gate_rule(key: str) -> dict[str, Any]:
    """一条推进条件和它的历史，新的在前。"""
    line = queries.gate_line(key)
    history = [
        {**_shape(change.rule), "by": change.by, "at": change.at.isoformat()}
        for change in queries.gate_history(key)
    ]
    return {**_shape(line.rule), "history": history}


@blp.put("/gates/<key>")
@guard.requires(p.PLAN_EDIT)
@blp.arguments(RuleIn)
@blp.response(200)
def change_gate(args: dict[str, Any], key: str) -> dict[str, Any]:
    """修改一条推进条件；If-Match 写 version。"""
    api.check_version(queries.gate_line(key).rule.version)
    made = actions.change_rule(guard.current(), _wanted(args, key, api.if_match() or 0))
    edges.commit()
    return _shape(made)


@blp.post("/gates/<key>/reset")
@guard.requires(p.PLAN_EDIT)
@blp.arguments(SourceIn)
@blp.response(200)
def reset_gate(args: dict[str, Any], key: str) -> dict[str, Any]:
    """恢复默认；If-Match 写 version。"""
    api.check_version(queries.gate_line(key).rule.version)
    made = actions.reset_rule(guard.current(), key, api.if_match() or 0, args["source"])
    edges.commit()
    return _shape(made)
