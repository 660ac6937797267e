"""Who answers for a project (decision 12, plan items 13 and 25)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from crm.core.errors import RuleBroken
from crm.projects.rules import Tier
from crm.units.rules import LeaderLevel


class AssignmentKind(StrEnum):
    DIRECT_LEADER = "direct_leader"
    LEAD_BY = "lead_by"
    SPECIALIST = "specialist"

    @property
    def label(self) -> str:
        return ASSIGNMENT_LABELS[self]

    @property
    def is_leader(self) -> bool:
        """Leaders are named from the list of leaders, specialists are users."""
        return self is not AssignmentKind.SPECIALIST


ASSIGNMENT_LABELS = {
    AssignmentKind.DIRECT_LEADER: "挂钩领导",
    AssignmentKind.LEAD_BY: "领办领导",
    AssignmentKind.SPECIALIST: "服务专员",
}

#: Tiers whose projects must have a direct leader.
MAJOR = (Tier.T100, Tier.T50)


@dataclass(frozen=True, slots=True)
class AssignmentDraft:
    """Exactly one of leader and user, by kind."""

    kind: AssignmentKind
    starts_on: date
    leader_id: int | None = None
    user_id: int | None = None
    ends_on: date | None = None
    note: str = ""


def check(draft: AssignmentDraft) -> None:
    if draft.kind.is_leader and draft.leader_id is None:
        raise RuleBroken(f"没有选{draft.kind.label}。请选择一位领导。", "leader")
    if not draft.kind.is_leader and draft.user_id is None:
        raise RuleBroken("没有选服务专员。请选择一位人员。", "user")
    if draft.leader_id is not None and draft.user_id is not None:
        raise RuleBroken(
            "领导从领导名单里选，专员从人员里选，两样不能同时填。请去掉一样。",
            "user" if draft.kind.is_leader else "leader",
        )
    if draft.ends_on is not None and draft.ends_on < draft.starts_on:
        raise RuleBroken("结束日期早于开始日期。请核对。", "ends_on")


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a project lies: its zone, and the county or functional block above it."""

    zone_id: int
    county_id: int | None
    in_block: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A leader in office."""

    id: int
    name: str
    title: str
    level: LeaderLevel
    unit_id: int
    zone_id: int | None
    rank_no: int


def suggested(kind: AssignmentKind, seat: Seat, leaders: Iterable[Candidate]) -> list[Candidate]:
    """Whom decision 12 names, by rank: the direct leader is a main leader of the block or the county, 领办 a member of the zone's team."""
    if kind is AssignmentKind.DIRECT_LEADER:
        places = {seat.county_id, seat.zone_id} if seat.in_block else {seat.county_id}
        fitting = [one for one in leaders if one.level is LeaderLevel.COUNTY_MAIN and one.unit_id in places]
    elif kind is AssignmentKind.LEAD_BY:
        fitting = [one for one in leaders if seat.zone_id in (one.unit_id, one.zone_id)]
    else:
        fitting = []
    return sorted(fitting, key=lambda one: (one.rank_no, one.id))


def needs_leader(tier: Tier | None, has_leader: bool) -> bool:
    return tier in MAJOR and not has_leader


# --- handing over -------------------------------------------------------------------------------------------


class Part(StrEnum):
    """What an officer holds and leaves behind, in the order of the sheet."""

    PROJECTS = "projects"
    COMPANIES = "companies"
    TARGETS = "targets"
    FOLLOWUPS = "followups"
    DEMANDS = "demands"
    FILINGS = "filings"
    ASSIGNMENTS = "assignments"

    @property
    def label(self) -> str:
        return PART_LABELS[self]


PART_LABELS = {
    Part.PROJECTS: "项目",
    Part.COMPANIES: "企业联系",
    Part.TARGETS: "靶向企业",
    Part.FOLLOWUPS: "跟进",
    Part.DEMANDS: "企业诉求",
    Part.FILINGS: "报备",
    Part.ASSIGNMENTS: "服务专员安排",
}
NOTE_MOST = 2000


@dataclass(frozen=True, slots=True)
class Held:
    """One thing somebody holds; `url` leads to it."""

    id: int
    label: str
    url: str
    note: str = ""


#: One thing of a part, by its number.
Thing = tuple[Part, int]


@dataclass(frozen=True, slots=True)
class Wish:
    """Who takes what: a colleague for a part, and for single things another one or nobody (None: it stays)."""

    parts: Mapping[Part, int]
    single: Mapping[Thing, int | None] = field(default_factory=dict)

    def shares(self, things: Mapping[Part, Sequence[Held]]) -> dict[Part, dict[int, list[Held]]]:
        """Part → colleague → what he takes, in the order of the sheet; what stays is missing."""
        found: dict[Part, dict[int, list[Held]]] = {}
        for part, held in things.items():
            for one in held:
                to = self.single.get((part, one.id), self.parts.get(part))
                if to is not None:
                    found.setdefault(part, {}).setdefault(to, []).append(one)
        return found


def check_hand_over(person_id: int, wish: Wish, note: str, colleagues: Collection[int]) -> None:
    """Recipients are colleagues in office of the same zone, and the note says what they need to know."""
    singly = [(part, to) for (part, _), to in wish.single.items() if to is not None]
    if not wish.parts and not singly:
        raise RuleBroken("没有选接手人。请至少为一类或一件选接手人。", field="everything")
    for part, user_id in (*wish.parts.items(), *singly):
        if user_id == person_id:
            raise RuleBroken("不能移交给本人。请选另一位同事。", part.value)
        if user_id not in colleagues:
            raise RuleBroken("接手人不是本板块的在岗人员。请重新选择。", part.value)
    if not note.strip():
        raise RuleBroken("没有写移交说明。请写清楚进展、联系人和要注意的事。", "note")
    if len(note) > NOTE_MOST:
        raise RuleBroken(f"移交说明最多 {NOTE_MOST} 个字，现有 {len(note)} 个。请缩短。", "note")


def check_still_held(wish: Wish, things: Mapping[Part, Sequence[Held]]) -> None:
    """What is named singly must be there: it may have been done or given away since the list was read."""
    there = {(part, one.id) for part, held in things.items() for one in held}
    if gone := [thing for thing in wish.single if thing not in there]:
        raise RuleBroken(
            f"单独选的有{len(gone)}件已不在名下，可能刚办结或移交。请核对清单后再移交。", gone[0][0].value
        )
