"""What happened: modes of a visit and what a complete record of one needs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from crm.core.errors import RuleBroken
from crm.followups import rules as duty_rules
from crm.followups.rules import WHAT_MOST
from crm.followups.rules import check_hour as check_hour
from crm.projects.rules import AttachmentKind
from crm.units.rules import LeaderLevel


class Mode(StrEnum):
    OUTBOUND = "outbound"
    INBOUND = "inbound"
    PHONE = "phone"
    VIDEO = "video"
    EVENT = "event"
    STATIONED = "stationed"

    @property
    def label(self) -> str:
        return MODE_LABELS[self]


MODE_LABELS = {
    Mode.OUTBOUND: "外出拜访",
    Mode.INBOUND: "来访接待",
    Mode.PHONE: "电话",
    Mode.VIDEO: "视频",
    Mode.EVENT: "活动",
    Mode.STATIONED: "驻点",
}

#: Modes of the quick form: what an officer does from the desk or comes back from.
QUICK_MODES = (Mode.OUTBOUND, Mode.INBOUND, Mode.PHONE, Mode.VIDEO)


@dataclass(frozen=True, slots=True)
class Ours:
    """One of ours: a user, a leader (by id), or a name, with the rank somebody wrote where the register has none."""

    name: str = ""
    user_id: int | None = None
    leader_id: int | None = None
    level: LeaderLevel | None = None


@dataclass(frozen=True, slots=True)
class Theirs:
    """One of theirs: a known contact, or a name with post and phone as written."""

    name: str = ""
    post: str = ""
    phone: str = ""
    contact_id: int | None = None


@dataclass(frozen=True, slots=True)
class NextStep:
    """What comes next, by when, and who does it (None: whoever logs the visit)."""

    what: str
    due_on: date | None
    owner_id: int | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """What the company asks for; `unit_id` has to answer, `leader_id` gave his word (领导承诺)."""

    what: str
    category: str = ""
    unit_id: int | None = None
    leader_id: int | None = None

    def duty(self, common: duty_rules.Draft, due_on: date) -> duty_rules.Draft:
        """As a duty; the unit is asked afterwards, so that it is told."""
        kind = duty_rules.DutyKind.DEMAND if self.leader_id is None else duty_rules.DutyKind.PROMISE
        return replace(
            common,
            what=self.what,
            due_on=due_on,
            kind=kind,
            category=self.category,
            leader_id=self.leader_id,
        )


@dataclass(frozen=True, slots=True)
class Draft:
    """A visit as somebody tells it. The company is given by id, or by name (and credit code) when it is new.

    `project_ids` None means: all live projects of that company in the zone. `closes` are duties this visit completes.
    `people_of` is an earlier visit to the same company whose people took part again. Intents in 万元 and 万美元.
    """

    client_id: str
    happened_on: date
    mode: Mode
    summary: str
    company_id: int | None = None
    company_name: str = ""
    company_code: str = ""
    zone_id: int | None = None
    project_ids: tuple[int, ...] | None = None
    ours: tuple[Ours, ...] = ()
    theirs: tuple[Theirs, ...] = ()
    place: str = ""
    starts_at: str = ""
    demands: tuple[Demand, ...] = ()
    next_step: NextStep | None = None
    no_next_step_reason: str = ""
    confidential: bool = False
    closes: tuple[int, ...] = ()
    agreed: str = ""
    intent_field: str = ""
    intent_amount: Decimal | None = None
    intent_amount_usd: Decimal | None = None
    occasion_id: int | None = None
    people_of: int | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """What is shown as it was written, where a telephone number has no place."""
        step = self.next_step.what if self.next_step else ""
        asked = (demand.what for demand in self.demands)
        facts = (self.place, self.summary, self.agreed, self.intent_field)
        return (*facts, step, self.no_next_step_reason, *asked)


def leading(levels: Sequence[LeaderLevel | None]) -> int:
    """Who leads: the first that has a rank, else the first of all."""
    return next((at for at, level in enumerate(levels) if level is not None), 0)


def check(draft: Draft, today: date) -> None:
    """What every new visit must have: an id of the sender's, a company, a past day, words, and what comes next."""
    check_client_id(draft.client_id)
    if draft.company_id is None and not draft.company_name.strip() and not draft.project_ids:
        raise RuleBroken("没有写企业。请从列表里选，列表里没有就写全称。", field="company")
    check_facts(draft, today)
    if any(len(demand.what) > WHAT_MOST for demand in draft.demands):
        raise RuleBroken(f"一条诉求最多{WHAT_MOST}字。请分成几条。", field="demands")
    _check_next_step(draft)


def check_facts(draft: Draft, today: date) -> None:
    """The part that also holds when a visit is edited."""
    if draft.happened_on > today:
        raise RuleBroken("日期晚于今天。走访日期请填今天或更早。", field="happened_on")
    if not draft.summary.strip():
        raise RuleBroken("没有写谈了什么。请写一句。", field="summary")
    check_hour(draft.starts_at, "starts_at")
    for text, label, most, field in (
        (draft.place, "地点", 120, "place"),
        (draft.summary, "谈了什么", 20_000, "summary"),
        (draft.agreed, "达成共识", 1_000, "agreed"),
        (draft.intent_field, "意向领域", 120, "intent_field"),
    ):
        if len(text) > most:
            raise RuleBroken(f"{label}最多{most}字，请缩短。", field=field)
    _check_people(draft)


def _check_people(draft: Draft) -> None:
    for person in draft.theirs:
        if person.contact_id is None and not person.name.strip():
            raise RuleBroken("对方人员没有写姓名。请补上，或去掉这一条。", field="theirs")
    for field, names in (("ours", [p.name for p in draft.ours]), ("theirs", [p.name for p in draft.theirs])):
        if any(len(name) > 40 for name in names):
            raise RuleBroken("姓名最多40字，请缩短。", field=field)
    if any(len(p.post) > 80 for p in draft.theirs):
        raise RuleBroken("职务最多80字，请缩短。", field="theirs")


def check_client_id(client_id: str) -> None:
    """The sender's own UUID, the same for every sending of one form."""
    try:
        same = str(UUID(client_id)) == client_id.lower()
    except ValueError:
        same = False
    if not same:
        raise RuleBroken(
            "client_id 不是 UUID。请由填写端生成一个，同一次填写始终用同一个。", field="client_id"
        )


def _check_next_step(draft: Draft) -> None:
    """A next step has what, a day and an owner; without one the reason is said."""
    step = draft.next_step
    if step is None:
        if not draft.no_next_step_reason.strip():
            raise RuleBroken("没有写下一步。请写做什么和哪天之前，没有下一步就写原因。", field="next_what")
        return
    if not step.what.strip():
        raise RuleBroken("下一步没有写做什么。请写一句。", field="next_what")
    if len(step.what) > WHAT_MOST:
        raise RuleBroken(f"下一步最多{WHAT_MOST}字，请缩短。", field="next_what")
    if step.due_on is None:
        raise RuleBroken("有下一步就要有日期。请填哪天之前。", field="next_due")
    if step.due_on < draft.happened_on:
        raise RuleBroken("下一步的日期早于走访日期。请填走访当天或更晚。", field="next_due")


def kind_of(media_type: str | None) -> AttachmentKind:
    """A picture of a visit is a photo; anything else is another paper."""
    return AttachmentKind.PHOTO if (media_type or "").startswith("image/") else AttachmentKind.OTHER
