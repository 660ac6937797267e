"""The gate table in force and how it came to be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from crm.accounts.models import User
from crm.core import memo
from crm.core.db import db
from crm.core.errors import NotFound
from crm.pipeline import rules
from crm.pipeline.models import GateRuleChange
from crm.projects.rules import Tier


@dataclass(frozen=True, slots=True)
class GateChange:
    """A rule as somebody put it in force, by whom and when; the reason is its `source`."""

    rule: rules.Rule
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class GateLine:
    """A rule in force; `change` is None while the default stands, `default` None for one the bureau added."""

    rule: rules.Rule
    change: GateChange | None
    default: rules.Rule | None

    @property
    def differs(self) -> bool:
        """From the default; what the bureau added has none to differ from."""
        return self.default is not None and not self.rule.same_as(self.default)


def gate_table() -> tuple[rules.Rule, ...]:
    """The rules in force, stage by stage, those switched off among them; one statement a request."""
    changes = memo.once("pipeline.gates", _newest)
    return rules.overlay(rules.DEFAULTS, [change.rule for change in changes])


def gate_lines() -> list[GateLine]:
    """The same with who changed what, for the editor."""
    changed = {change.rule.key: change for change in memo.once("pipeline.gates", _newest)}
    return [GateLine(rule, changed.get(rule.key), rules.DEFAULT_OF.get(rule.key)) for rule in gate_table()]


def gate_line(key: str) -> GateLine:
    """NotFound for a key that neither the product nor the bureau knows."""
    found = next((line for line in gate_lines() if line.rule.key == key), None)
    if found is None:
        raise NotFound()
    return found


def gate_history(key: str) -> Sequence[GateChange]:
    """Every version of a rule after the default, newest first."""
    return list(reversed(_changes(GateRuleChange.key == key)))


def _newest() -> Sequence[GateChange]:
    newest: Any = select(func.max(GateRuleChange.id)).group_by(GateRuleChange.key)
    return _changes(GateRuleChange.id.in_(newest))


def _changes(condition: Any) -> Sequence[GateChange]:
    rows = db.session.execute(
        select(GateRuleChange, User.name)
        .outerjoin(User, User.id == GateRuleChange.changed_by)
        .where(condition)
        .order_by(GateRuleChange.id)
    )
    return [GateChange(_rule(change), name or "系统", change.changed_at) for change, name in rows]


def _rule(change: GateRuleChange) -> rules.Rule:
    return rules.Rule(
        change.key,
        change.stage,
        change.needs,
        rules.Span(change.span),
        change.condition,
        tuple(Tier(code) for code in change.tiers),
        change.bars,
        change.active,
        change.words,
        change.source,
        change.id,
    )
