"""Moving a project through the first six stages, and what the next step still lacks (decision 4)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from crm.core.errors import RuleBroken
from crm.pipeline.rules.milestones import MilestoneKind, Missing
from crm.projects.rules import AttachmentKind, Stage, Status


@dataclass(frozen=True, slots=True)
class TalkFacts:
    """What is known of a project still in talks; the evidence that rules.md §1.2 names for its stages."""

    source: bool = False
    visits: int = 0
    received: int = 0
    content: bool = False
    files: Collection[AttachmentKind] = ()


#: Stage → (test, field, what is usual before it, note). Hints: evidence that a stage asks for, not a bar to it.
_HINTS: Mapping[Stage, tuple[tuple[str, str, str], ...]] = {
    Stage.FILED: (("source", "source", "线索来源"), ("content", "content", "建设内容")),
    Stage.PRELIMINARY: (("visited", "visits", "洽谈或走访记录"),),
    Stage.IN_DEPTH: (("met", "visits", "外出考察或来访记录"), ("content", "content", "投资方案")),
    Stage.REVIEW: (("minutes", "evidence", "预审材料或会议纪要"),),
    Stage.INTENT: (("framework", "evidence", "框架协议或意向书"),),
}


_ACTS = {"source": "填写来源", "content": "填写内容", "visits": "记走访", "evidence": "上传材料"}


def _has(facts: TalkFacts, test: str) -> bool:
    return {
        "source": facts.source,
        "content": facts.content,
        "visited": facts.visits > 0,
        "met": facts.received > 0,
        "minutes": AttachmentKind.MINUTES in facts.files,
        "framework": AttachmentKind.FRAMEWORK in facts.files,
    }[test]


def hints_for(to: Stage, facts: TalkFacts, links: Mapping[str, str]) -> tuple[list[Missing], list[str]]:
    """What a stage of talks usually has and this project lacks, and what it has. Evidence is asked for, a move is not barred."""
    lacks, has = [], []
    for test, name, words in _HINTS.get(to, ()):
        if _has(facts, test):
            has.append(words)
        else:
            lacks.append(Missing(name, f"还没有{words}。", links.get(name, ""), "", words, _ACTS[name]))
    return lacks, has


def is_backward(now: Stage, to: Stage) -> bool:
    return to.order < now.order


def check_move(now: Stage, to: Stage, status: Status, live: Collection[MilestoneKind], note: str) -> None:
    """Whether people may move a project to a stage of talks; the way back needs a reason."""
    if status is not Status.ACTIVE:
        raise RuleBroken("项目不在进行中。请先把状态恢复为进行中，再推进阶段。", "to")
    if to is now:
        raise RuleBroken(f"项目已经在{to.label}。请选另一个阶段。", "to")
    if to.order > Stage.INTENT.order:
        raise RuleBroken(f"{to.label}按里程碑确定。请申报{to.label}。", "to")
    if live:
        raise RuleBroken("项目已有里程碑，阶段按里程碑确定。要退回请由市商务局退回或撤销里程碑。", "to")
    if is_backward(now, to) and not note.strip():
        raise RuleBroken("退回阶段要写原因。请填写。", "note")


def next_step(stage: Stage, live: Collection[MilestoneKind]) -> Stage | None:
    """The stage the record page prepares: the next of talks, then the first milestone not yet reached; signing is never left out."""
    if stage.order < Stage.INTENT.order:
        return list(Stage)[stage.order]
    if MilestoneKind.SIGNED not in live:
        return Stage.SIGNED
    ahead = [k for k in MilestoneKind if k.stage.order > stage.order and k not in live]
    return ahead[0].stage if ahead else None


@dataclass(frozen=True, slots=True)
class QuotaEffect:
    """What recognising would do to a quota; numbers as shown, made by who reads the board (`quotas`)."""

    zone: str
    threshold: str
    before: str
    after: str
    target: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """The next step of a project: what is missing (bars it), hints (do not), what is there, and whether the actor may act."""

    to: Stage
    missing: tuple[Missing, ...] = ()
    hints: tuple[Missing, ...] = ()
    have: tuple[str, ...] = ()
    may: bool = False
    path: str = ""
    others: tuple[Stage, ...] = field(default=())
    state: str = ""

    @property
    def ready(self) -> bool:
        return self.may and not self.missing

    @property
    def by_people(self) -> bool:
        return self.to.order <= Stage.INTENT.order
