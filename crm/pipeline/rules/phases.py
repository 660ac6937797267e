"""Phases and capital increases: which milestones each has, and how they carry a project's stage (decision 8)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from crm.core.errors import RuleBroken
from crm.pipeline.rules.milestones import MilestoneKind
from crm.projects.rules import PhaseKind

#: One agreement with phases is signed, registered and approved once; an increase goes the whole way by itself.
PHASE_MILESTONES: Mapping[PhaseKind, tuple[MilestoneKind, ...]] = {
    PhaseKind.PHASE: (
        MilestoneKind.STARTED,
        MilestoneKind.COMPLETED,
        MilestoneKind.PRODUCING,
        MilestoneKind.FULL,
    ),
    PhaseKind.INCREASE: tuple(MilestoneKind),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A phase or an increase with its live milestones."""

    kind: PhaseKind
    live: frozenset[MilestoneKind]


def check_part(kind: MilestoneKind, part: PhaseKind) -> None:
    """A phase has no signing of its own: that belongs to the project."""
    if kind not in PHASE_MILESTONES[part]:
        raise RuleBroken(
            f"分期没有自己的{kind.label}，{kind.label}按整个项目填报。请到项目的里程碑填写。", "kind"
        )


def carried(own: Collection[MilestoneKind], parts: Iterable[Part]) -> frozenset[MilestoneKind]:
    """Milestones that carry the stage: the project's own, and what its phases have reached.

    A phase's start counts at once, completion and what follows when every phase has it; an increase never moves the stage.
    """
    phases = [part.live for part in parts if part.kind is PhaseKind.PHASE]
    if not phases:
        return frozenset(own)
    reached = frozenset.intersection(*phases)
    if any(MilestoneKind.STARTED in live for live in phases):
        reached |= {MilestoneKind.STARTED}
    return frozenset(own) | reached


def stone_words(kind: MilestoneKind, part: str = "") -> str:
    """开工, or 二期开工."""
    return f"{part}{kind.label}"
