"""Gate rules: what each stage asks of a project. Evidence is enforced, not sequence (rules.md §1.2)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from crm.core.errors import RuleBroken
from crm.pipeline.rules.milestones import MilestoneKind, Missing
from crm.pipeline.rules.needs import CONDITIONS, NEEDS, Facts, Need, file_kind
from crm.projects.rules import AttachmentKind, Stage, Tier
from crm.settings.rules import basis


class Span(StrEnum):
    """Asked on entering the stage; on entering it or any later stage of talks; or on entering it or any later one."""

    AT = "at"
    TALKS = "talks"
    FROM = "from"


#: Longest text that a rule keeps, for its words and for its source.
GATE_WORDS_MOST = 200

SPAN_LABELS = {
    Span.AT: "进入这一阶段时",
    Span.TALKS: "这一阶段起，签约之前",
    Span.FROM: "这一阶段起，一直",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the gate table. `bars` stops the move, else it is only pointed out; no `tiers` means all.

    `words` stand under what is missing, `source` says where the rule comes from. `version` is 0 for the default.
    """

    key: str
    stage: Stage
    needs: str
    span: Span = Span.AT
    condition: str = ""
    tiers: tuple[Tier, ...] = ()
    bars: bool = True
    active: bool = True
    words: str = ""
    source: str = ""
    version: int = 0

    @property
    def need(self) -> Need:
        return NEEDS[self.needs]

    def same_as(self, other: "Rule") -> bool:
        """Whether both ask for the same, whoever wrote them down and when."""
        return replace(self, version=0, source="") == replace(other, version=0, source="")


def covers(rule: Rule, stage: Stage) -> bool:
    """Whether a project that enters this stage, or stands in it, falls under the rule's span."""
    if rule.span is Span.AT:
        return stage is rule.stage
    if rule.span is Span.TALKS and stage.order > Stage.INTENT.order:
        return False
    return stage.order >= rule.stage.order


def concerns(rule: Rule, facts: Facts) -> bool:
    """Whether the rule is for a project like this."""
    if not rule.active or (rule.tiers and facts.tier not in rule.tiers):
        return False
    return CONDITIONS[rule.condition][1](facts)


def asked(table: Iterable[Rule], to: Stage, facts: Facts) -> list[Rule]:
    """The rules that a move to `to` runs, what bars before what advises; of two that ask for one thing the stricter."""
    found: dict[str, Rule] = {}
    for rule in sorted(table, key=lambda r: not r.bars):
        if covers(rule, to) and concerns(rule, facts):
            found.setdefault(rule.needs, rule)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Answer:
    """What a move lacks (bars it), what it usually has besides (does not), and what is there, in words."""

    missing: tuple[Missing, ...] = ()
    hints: tuple[Missing, ...] = ()
    have: tuple[str, ...] = ()


def answer(table: Iterable[Rule], to: Stage, facts: Facts, verbs: Collection[str] | None = None) -> Answer:
    """All rules of the target run (§1.2). `verbs` are the actor's; a link he could not follow is left out."""
    missing: list[Missing] = []
    hints: list[Missing] = []
    have: list[str] = []
    for rule in asked(table, to, facts):
        seen = _seen(rule, to, facts)
        if rule.need.test(seen):
            have.append(rule.need.label)
        else:
            (missing if rule.bars else hints).append(_lack(rule, seen, verbs))
    return Answer(tuple(missing), tuple(hints), tuple(have))


def _seen(rule: Rule, to: Stage, facts: Facts) -> Facts:
    """A milestone's own files are chosen for it; what an earlier stage asks for may lie anywhere in the project."""
    return facts if rule.stage is to else replace(facts, evidence=None, milestone_path="")


def _lack(rule: Rule, facts: Facts, verbs: Collection[str] | None) -> Missing:
    need = rule.need
    link = need.place(facts) if verbs is None or need.verb in verbs else ""
    return Missing(need.name, need.message, link, rule.words, need.label, need.act, rule.key)


def blanked(table: Iterable[Rule], facts: Facts, touched: Collection[str]) -> list[Missing]:
    """What an edit has taken away that the present stage demands; `facts` are those after it, `touched` the changed columns.

    Only what was touched is looked at: a record that lacked something before can be saved and so be repaired.
    `field` is the form's.
    """
    return [
        Missing(
            rule.need.control,
            f"{facts.stage.label}阶段要有{rule.need.label}，不能清空。请填写。",
            rule=rule.key,
        )
        for rule in asked(table, facts.stage, facts)
        if rule.bars
        and rule.span is not Span.AT
        and not set(rule.need.columns).isdisjoint(touched)
        and not rule.need.test(facts)
    ]


def files_of(table: Iterable[Rule], kind: MilestoneKind, facts: Facts | None = None) -> list[AttachmentKind]:
    """Kinds of files that a milestone's own stage asks for, in the order of the table; without facts, of any project."""
    found: dict[AttachmentKind, None] = {}
    for rule in table:
        file = file_kind(rule.needs)
        if file is None or rule.stage is not kind.stage or not rule.active:
            continue
        if facts is None or concerns(rule, facts):
            found.setdefault(file)
    return list(found)


def overlay(defaults: Sequence[Rule], changes: Iterable[Rule]) -> tuple[Rule, ...]:
    """The defaults overlaid by what the bureau wrote, stage by stage; its own rules stand after the defaults."""
    table = {rule.key: rule for rule in defaults}
    for rule in changes:
        table[rule.key] = rule
    return tuple(sorted(table.values(), key=lambda rule: rule.stage.order))


def check_rule(rule: Rule, table: Iterable[Rule]) -> None:
    """Raises RuleBroken for a rule that makes no sense, or asks again for what another one asks of the same projects."""
    if rule.needs not in NEEDS:
        raise RuleBroken("没有这项条件。请从列表里选择。", "needs")
    if rule.condition not in CONDITIONS:
        raise RuleBroken("没有这种适用范围。请从列表里选择。", "condition")
    if rule.stage is Stage.LEAD:
        raise RuleBroken("线索是起点，不设条件。请选在库或以后的阶段。", "stage")
    if rule.span is Span.TALKS and rule.stage.order > Stage.INTENT.order:
        raise RuleBroken(f"{rule.stage.label}在签约或以后，不能只管到签约之前。请另选。", "span")
    _check_words(rule)
    twin = next((other for other in table if rule.active and _twins(rule, other)), None)
    if twin is not None:
        raise RuleBroken(f"{rule.stage.label}已经有这项条件。请修改那一条。", "needs")


def _check_words(rule: Rule) -> None:
    basis.checked(rule.source)
    for words, name in ((rule.source, "source"), (rule.words, "words")):
        if len(words) > GATE_WORDS_MOST:
            raise RuleBroken(f"写得太长。请不超过{GATE_WORDS_MOST}字。", name)


def _twins(one: Rule, other: Rule) -> bool:
    same = (one.stage, one.needs, one.condition, set(one.tiers)) == (
        other.stage,
        other.needs,
        other.condition,
        set(other.tiers),
    )
    return same and other.active and one.key != other.key


def told(rule: Rule) -> dict[str, str]:
    """A rule in words, field by field, for the history and the audit."""
    return {
        "stage": rule.stage.label,
        "needs": rule.need.label,
        "bars": "缺了不能推进" if rule.bars else "只提醒",
        "span": SPAN_LABELS[rule.span],
        "condition": CONDITIONS[rule.condition][0],
        "tiers": "、".join(tier.value for tier in rule.tiers) or "所有级别",
        "active": "启用" if rule.active else "停用",
        "words": rule.words,
    }
