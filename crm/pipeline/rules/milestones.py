"""Milestones, what each needs, and their states (decisions 4 to 7)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from crm.core.errors import RuleBroken
from crm.projects.rules import ATTACHMENT_LABELS, AttachmentKind, Stage


class MilestoneKind(StrEnum):
    SIGNED = "signed"
    REGISTERED = "registered"
    APPROVED = "approved"
    STARTED = "started"
    COMPLETED = "completed"
    PRODUCING = "producing"
    FULL = "full"

    @property
    def label(self) -> str:
        return MILESTONE_LABELS[self]

    @property
    def stage(self) -> Stage:
        return Stage(self.value)


MILESTONE_LABELS = dict(
    zip(MilestoneKind, ("签约", "注册", "备案", "开工", "竣工", "投产", "达产"), strict=True)
)


class MilestoneState(StrEnum):
    """未报: saved without its files; 待认定: submitted complete; then recognised, returned or revoked."""

    DRAFT = "draft"
    PENDING = "pending"
    RECOGNISED = "recognised"
    RETURNED = "returned"
    REVOKED = "revoked"


MILESTONE_STATE_LABELS = {
    MilestoneState.DRAFT: "未报",
    MilestoneState.PENDING: "待认定",
    MilestoneState.RECOGNISED: "已认定",
    MilestoneState.RETURNED: "退回",
    MilestoneState.REVOKED: "撤销",
}


class AgreementKind(StrEnum):
    INVESTMENT = "investment"
    FRAMEWORK = "framework"
    TERMINATION = "termination"


AGREEMENT_LABELS = {
    AgreementKind.INVESTMENT: "投资协议（含入园协议、投资合作合同）",
    AgreementKind.FRAMEWORK: "框架协议（含意向书、备忘录）",
    AgreementKind.TERMINATION: "解除协议",
}


class EndKind(StrEnum):
    """Why a recognition stopped counting: taken back as wrong, replaced by a newer one, or the agreement was dissolved."""

    REVOKED = "revoked"
    REPLACED = "replaced"
    TERMINATED = "terminated"


END_LABELS = {EndKind.REVOKED: "已撤销", EndKind.REPLACED: "已替换", EndKind.TERMINATED: "随终止调出"}


@dataclass(frozen=True, slots=True)
class AgreementDraft:
    """What the signed agreement says; amounts in 万元 and 万美元, land in 亩, the days its schedule obliges to."""

    total: Decimal | None = None
    total_usd: Decimal | None = None
    fixed: Decimal | None = None
    parties: str = ""
    land_mu: Decimal | None = None
    start_by: date | None = None
    complete_by: date | None = None
    obligations: str = ""


@dataclass(frozen=True, slots=True)
class ReviewDraft:
    """The fair-competition review (公平竞争审查): who, when, with which conclusion; its file is among the evidence."""

    by: str = ""
    on: date | None = None
    conclusion: str = ""


@dataclass(frozen=True, slots=True)
class MilestoneDraft:
    """`evidence` are ids of the project's attachments. `agreement` None means the project's own figures."""

    happened_on: date | None = None
    evidence: tuple[int, ...] = ()
    order_reason: str = ""
    note: str = ""
    agreement_kind: AgreementKind | None = None
    agreement: AgreementDraft | None = None
    review: ReviewDraft = ReviewDraft()


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing a gate still lacks: the form field it belongs to, the sentence, and where to put it right.

    `title`, `note` and `act` are how a gate shows it: the thing, words under it, the words on its button.
    `rule` is the key of the gate rule that asks, "" for what the code itself asks for.
    """

    field: str
    message: str
    link: str = ""
    note: str = ""
    title: str = ""
    act: str = ""
    rule: str = ""

    def as_dict(self) -> dict[str, str]:
        return {"field": self.field, "message": self.message, "link": self.link}


def file_words(kind: AttachmentKind) -> str:
    return "正式投资协议" if kind is AttachmentKind.AGREEMENT else ATTACHMENT_LABELS[kind]


def milestone_path(code: str, kind: MilestoneKind, phase_no: int | None = None) -> str:
    """The page where a milestone is written; gates link to its parts. Held equal to the route by a test."""
    part = "" if phase_no is None else f"/phases/{phase_no}"
    return f"/projects/{code}{part}/milestones/{kind.value}"


def missing_for_submit(
    kind: MilestoneKind,
    happened_on: date | None,
    by_table: Iterable[Missing],
    files: Collection[AttachmentKind],
    agreement: AgreementDraft,
    review: ReviewDraft,
    link: str = "",
) -> list[Missing]:
    """What a milestone lacks to be submitted; empty means it can go to the bureau (decision 5).

    `by_table` is what the gate table says is missing; the day, and for signing the amount and the fair-competition
    review, are asked for by the code and no rule can switch them off. `link` is the milestone's page.
    """
    lacks: list[Missing] = []
    if happened_on is None:
        words, place = f"没有{kind.label}日期。请填写。", f"{link}#happened_on"
        lacks.append(Missing("happened_on", words, place, title=f"{kind.label}日期"))
    lacks += by_table
    if kind is MilestoneKind.SIGNED:
        lacks += _missing_of_signing(files, agreement, review, link)
    return lacks


def _missing_of_signing(
    files: Collection[AttachmentKind], agreement: AgreementDraft, review: ReviewDraft, link: str
) -> list[Missing]:
    lacks: list[Missing] = []
    if agreement.total is None and agreement.total_usd is None:
        place = f"{link}#agreement_total"
        words = "没有协议总投资。请按协议填写。"
        note = "分级按协议总投资"
        lacks.append(Missing("agreement.total_investment", words, place, note, "协议总投资", "填写金额"))
    gaps = [
        word
        for word, there in (
            ("审查人", bool(review.by)),
            ("日期", review.on is not None),
            ("结论", bool(review.conclusion)),
            ("审查文件", AttachmentKind.FAIR_COMPETITION in files),
        )
        if not there
    ]
    if gaps:
        words = f"公平竞争审查缺{'、'.join(gaps)}。请补齐。"
        note = "审查人、日期、结论和文件"
        lacks.append(
            Missing("fair_competition", words, f"{link}#review_by", note, "公平竞争审查", "填写审查")
        )
    return lacks


def check_draft(kind: MilestoneKind, draft: MilestoneDraft, today: date) -> None:
    """Raises RuleBroken for what must not even be kept as a draft."""
    if kind is MilestoneKind.SIGNED and draft.agreement_kind is AgreementKind.FRAMEWORK:
        raise RuleBroken(
            "框架协议、意向书、备忘录不算签约。请在正式投资协议签订后再报签约。", "agreement_kind"
        )
    if kind is MilestoneKind.SIGNED and draft.agreement_kind is AgreementKind.TERMINATION:
        raise RuleBroken("解除协议不算签约。要终止项目请变更项目状态。", "agreement_kind")
    if kind is not MilestoneKind.SIGNED and draft.agreement_kind is not None:
        raise RuleBroken("协议类型只属于签约。请去掉。", "agreement_kind")
    if draft.happened_on is not None and draft.happened_on > today:
        raise RuleBroken(f"{kind.label}日期晚于今天。请填今天或更早。", "happened_on")
    if draft.review.on is not None and draft.review.on > today:
        raise RuleBroken("审查日期晚于今天。请填今天或更早。", "review_on")
    _check_amounts(draft.agreement or AgreementDraft())
    _check_schedule(draft.agreement or AgreementDraft())


def _check_schedule(agreement: AgreementDraft) -> None:
    """What is promised first comes first; the promised days may lie before the signing, a supplement repeats them."""
    start, complete = agreement.start_by, agreement.complete_by
    if start is not None and complete is not None and complete < start:
        raise RuleBroken("约定竣工日期早于约定开工日期。请核对协议。", "agreement_complete_by")


def _check_amounts(agreement: AgreementDraft) -> None:
    for value, field in (
        (agreement.total, "agreement_total"),
        (agreement.total_usd, "agreement_total_usd"),
        (agreement.fixed, "agreement_fixed"),
        (agreement.land_mu, "agreement_land_mu"),
    ):
        if value is not None and value < 0:
            raise RuleBroken("金额和用地不能为负。请核对。", field)
    if agreement.total is not None and agreement.fixed is not None and agreement.fixed > agreement.total:
        raise RuleBroken("固定资产投资大于总投资。请核对协议。", "agreement_fixed")


def check_order(
    kind: MilestoneKind, happened_on: date | None, others: Mapping[MilestoneKind, date], reason: str
) -> None:
    """A date before an earlier milestone's, or after a later one's, is allowed only with a reason (§1.2).

    `others` are the real dates of the project's other live milestones.
    """
    if happened_on is None or reason.strip():
        return
    for other, day in others.items():
        early = other.stage.order < kind.stage.order and happened_on < day
        late = other.stage.order > kind.stage.order and happened_on > day
        if early or late:
            word = "早于" if early else "晚于"
            raise RuleBroken(
                f"{kind.label}日期{word}{other.label}日期 {day.isoformat()}。确属如此请写明原因。",
                "order_reason",
            )


#: A milestone in one of these states carries the project's stage (decision 4).
LIVE = frozenset({MilestoneState.PENDING, MilestoneState.RECOGNISED})


def furthest(live: Iterable[MilestoneKind]) -> MilestoneKind | None:
    return max(live, key=lambda kind: kind.stage.order, default=None)


def stage_after(live: Iterable[MilestoneKind], last_talking: Stage) -> Stage:
    """Where a project stands: its furthest live milestone, or the stage of talks it had reached before any."""
    top = furthest(live)
    return top.stage if top else last_talking
