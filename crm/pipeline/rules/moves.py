"""Moving a project through the first six stages, and what the next step still lacks (decision 4)."""

from collections.abc import Collection
from dataclasses import dataclass, field

from crm.core.errors import RuleBroken
from crm.pipeline.rules.milestones import MilestoneKind, Missing
from crm.projects.rules import Stage, Status


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


def other_steps(stage: Stage, live: Collection[MilestoneKind], to: Stage) -> tuple[Stage, ...]:
    """Stages besides `to` that one may turn to: any of talks while there is no milestone, any milestone not yet reached."""
    talks = () if live else tuple(s for s in Stage if s.order <= Stage.INTENT.order)
    ahead = tuple(kind.stage for kind in MilestoneKind if kind not in live)
    return tuple(s for s in (*talks, *ahead) if s not in (stage, to))


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
    """The next step of a project: what is missing (bars it), hints (do not), what is there, and whether the actor may act.

    `back`: the stage lies behind the present one; it asks for no evidence, but for a reason and the right to step back.
    """

    to: Stage
    missing: tuple[Missing, ...] = ()
    hints: tuple[Missing, ...] = ()
    have: tuple[str, ...] = ()
    may: bool = False
    path: str = ""
    others: tuple[Stage, ...] = field(default=())
    state: str = ""
    back: bool = False

    @property
    def ready(self) -> bool:
        return self.may and not self.missing

    @property
    def by_people(self) -> bool:
        return self.to.order <= Stage.INTENT.order
