"""What the gates refuse, and the bureau changing the gate table."""

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from crm.accounts import permissions
from crm.audit import actions as audit
from crm.core import memo
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import NotFound, RuleBroken, Stale
from crm.pipeline import queries, rules
from crm.pipeline.actions.following import subject
from crm.pipeline.models import GateRuleChange
from crm.projects.models import Project
from crm.projects.rules import Stage


def check_edit(project: Project, changed: Collection[str]) -> None:
    """Called by whoever edits a project, with the columns that changed: what the present stage demands is not emptied.

    Only what was touched is looked at, so a record that was bad before can still be saved and so be repaired.
    """
    if rules.GATE_COLUMNS.isdisjoint(changed):
        return
    lacks = rules.blanked(queries.gate_table(), queries.standing_facts(project), changed)
    if lacks:
        raise RuleBroken(lacks[0].message, lacks[0].field)


def check_gate(actor: Actor, project: Project, to: Stage) -> None:
    """Raises RuleBroken with everything that a forward move to a stage of talks lacks."""
    facts = queries.facts_of(project, actor)
    missing = rules.answer(queries.gate_table(), to, facts, actor.scopes).missing
    if missing:
        words = "".join(m.message for m in missing)
        raise RuleBroken(
            f"推进到{to.label}还差{len(missing)}项。{words}", "to", missing=[m.as_dict() for m in missing]
        )


def keep_refusal(actor: Actor, project: Project, to: Stage, broken: RuleBroken) -> None:
    """Writes down that a move was refused for want of evidence; called by an edge, which then answers the refusal.

    The open transaction is given up by it: a refused move has nothing to keep.
    """
    about = subject(project, to.label)
    audit.write_now(actor, "stage.refused", about, note=broken.message[:500], result="refused")


def change_rule(actor: Actor, wanted: rules.Rule) -> rules.Rule:
    """Puts another version of a rule in force. `wanted.version` is the one that was on the page; Stale over a newer one.

    What a rule asks for stays; another need is another rule. An unchanged rule is refused, so that the history tells
    changes only.
    """
    actor.require(permissions.PLAN_EDIT)
    line = queries.gate_line(wanted.key)
    if wanted.version != line.rule.version:
        raise Stale()
    wanted = replace(wanted, needs=line.rule.needs)
    rules.check_rule(wanted, queries.gate_table())
    if wanted.same_as(line.rule):
        raise RuleBroken("与现在的条件相同，没有保存。")
    return _put(actor, "gate.changed", wanted, line.rule)


def add_rule(actor: Actor, wanted: rules.Rule) -> rules.Rule:
    """A rule of the bureau's own; its key is made here."""
    actor.require(permissions.PLAN_EDIT)
    last = db.session.scalar(select(func.max(GateRuleChange.id))) or 0
    wanted = replace(wanted, key=f"added.{last + 1}", version=0)
    rules.check_rule(wanted, queries.gate_table())
    return _put(actor, "gate.added", wanted, None)


def reset_rule(actor: Actor, key: str, seen: int, source: str) -> rules.Rule:
    """Back to what the product ships with, as one more version of the history."""
    actor.require(permissions.PLAN_EDIT)
    line = queries.gate_line(key)
    if line.default is None:
        raise NotFound()
    if seen != line.rule.version:
        raise Stale()
    wanted = replace(line.default, version=line.rule.version, source=source.strip())
    rules.check_rule(wanted, queries.gate_table())
    if not line.differs:
        raise RuleBroken("这条条件就是默认的，不用恢复。")
    return _put(actor, "gate.reset", wanted, line.rule)


def _put(actor: Actor, code: str, wanted: rules.Rule, before: rules.Rule | None) -> rules.Rule:
    made = GateRuleChange(
        key=wanted.key,
        stage=wanted.stage,
        needs=wanted.needs,
        span=wanted.span.value,
        condition=wanted.condition,
        tiers=[tier.value for tier in wanted.tiers],
        bars=wanted.bars,
        active=wanted.active,
        words=wanted.words,
        source=wanted.source,
        replaces=before.version if before else 0,
        changed_by=actor.user_id,
    )
    db.session.add(made)
    try:
        db.session.flush()
    except IntegrityError as error:
        # Two of the bureau in one moment; the one that came second looks again.
        raise Stale() from error
    now = rules.told(wanted)
    diff = audit.difference(rules.told(before) if before else dict.fromkeys(now), now)
    label = f"{wanted.stage.label} {wanted.need.label}"
    audit.record(actor, code, audit.Subject("gate_rule", made.id, label), diff, note=wanted.source)
    memo.forget()
    return replace(wanted, version=made.id)
