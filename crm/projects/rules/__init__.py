"""A project's own vocabulary: stage, status, tier, kind, source. Moving it belongs to `pipeline`."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Stage(StrEnum):
    """The thirteen stages of rules.md §1.2; people move the first six, milestones the rest (decision 4)."""

    LEAD = "lead"
    FILED = "filed"
    PRELIMINARY = "preliminary"
    IN_DEPTH = "in_depth"
    REVIEW = "review"
    INTENT = "intent"
    SIGNED = "signed"
    REGISTERED = "registered"
    APPROVED = "approved"
    STARTED = "started"
    COMPLETED = "completed"
    PRODUCING = "producing"
    FULL = "full"

    @property
    def order(self) -> int:
        """1 to 13."""
        return _STAGE_ORDER[self]

    @property
    def label(self) -> str:
        return STAGE_LABELS[self]


_STAGE_ORDER = {stage: n for n, stage in enumerate(Stage, 1)}
STAGE_LABELS = dict(
    zip(
        Stage,
        (
            "线索",
            "在库",
            "初步洽谈",
            "深度洽谈",
            "联审",
            "拟签约",
            "签约",
            "注册",
            "备案",
            "开工",
            "竣工",
            "投产",
            "达产",
        ),
        strict=True,
    )
)
TALKING = tuple(s for s in Stage if s.order <= 6)
AFTER_SIGNING = tuple(s for s in Stage if s.order >= 7)


class Status(StrEnum):
    ACTIVE = "active"
    ON_HOLD = "on_hold"
    LOST = "lost"
    TERMINATED = "terminated"
    TRANSFERRED = "transferred"


STATUS_LABELS = {
    Status.ACTIVE: "进行中",
    Status.ON_HOLD: "搁置",
    Status.LOST: "流失",
    Status.TERMINATED: "终止",
    Status.TRANSFERRED: "已流转",
}


class Tier(StrEnum):
    T100 = "t100"
    T50 = "t50"
    T10 = "t10"
    T5 = "t5"
    T1 = "t1"
    BELOW = "below"


class PhaseKind(StrEnum):
    """A part of the agreement, or a capital increase after it."""

    PHASE = "phase"
    INCREASE = "increase"


PHASE_KIND_LABELS = {PhaseKind.PHASE: "分期", PhaseKind.INCREASE: "增资"}


class Capital(StrEnum):
    DOMESTIC = "domestic"
    FOREIGN = "foreign"


CAPITAL_LABELS = {Capital.DOMESTIC: "内资", Capital.FOREIGN: "外资"}


class ProjectKind(StrEnum):
    NEW = "new"
    EXPANSION = "expansion"
    RELOCATION = "relocation"
    HEADQUARTERS = "headquarters"
    OTHER = "other"


PROJECT_KIND_LABELS = {
    ProjectKind.NEW: "新建",
    ProjectKind.EXPANSION: "增资扩产",
    ProjectKind.RELOCATION: "迁建",
    ProjectKind.HEADQUARTERS: "总部研发",
    ProjectKind.OTHER: "其他",
}


class Source(StrEnum):
    """Where the lead came from (plan item 16)."""

    OWN = "own"
    CITY = "city"
    STATION = "station"
    EXISTING = "existing"
    CHAIN = "chain"
    INTRODUCER = "introducer"
    ASSOCIATION = "association"
    FUND = "fund"
    EVENT = "event"
    HOMETOWN = "hometown"
    OTHER = "other"


SOURCE_LABELS = {
    Source.OWN: "自行接洽",
    Source.CITY: "市级推荐",
    Source.STATION: "驻点招商",
    Source.EXISTING: "以商引商",
    Source.CHAIN: "产业链招商",
    Source.INTRODUCER: "中介引荐",
    Source.ASSOCIATION: "商会协会",
    Source.FUND: "基金招商",
    Source.EVENT: "活动",
    Source.HOMETOWN: "乡贤",
    Source.OTHER: "其他",
}


class Exclusion(StrEnum):
    """Kinds that never count as 引进 (rules.md §1.3)."""

    WORKING_CAPITAL = "working_capital"
    REAL_ESTATE = "real_estate"
    GOVERNMENT = "government"
    EXTRACTION = "extraction"
    NETWORK_OUTLET = "network_outlet"
    LOCAL_RELOCATION = "local_relocation"
    LATER_PHASE = "later_phase"
    OLD_PLANT_LINE = "old_plant_line"


EXCLUSION_LABELS = {
    Exclusion.WORKING_CAPITAL: "纯流动资金",
    Exclusion.REAL_ESTATE: "房地产",
    Exclusion.GOVERNMENT: "政府投资基础设施（含 PPP）",
    Exclusion.EXTRACTION: "资源开采",
    Exclusion.NETWORK_OUTLET: "垂直管理系统网点",
    Exclusion.LOCAL_RELOCATION: "市内企业迁移",
    Exclusion.LATER_PHASE: "已签协议内的后续期",
    Exclusion.OLD_PLANT_LINE: "老厂新线",
}


class GrantLevel(StrEnum):
    READ = "read"
    WORK = "work"


class CreditIndicator(StrEnum):
    COUNT = "count"
    SIGNED = "signed"
    FDI = "fdi"
    FIXED = "fixed"
    TAX = "tax"


CREDIT_LABELS = {
    CreditIndicator.COUNT: "个数",
    CreditIndicator.SIGNED: "签约额",
    CreditIndicator.FDI: "到账外资",
    CreditIndicator.FIXED: "固定资产投资",
    CreditIndicator.TAX: "税收",
}


class AttachmentKind(StrEnum):
    AGREEMENT = "agreement"
    FRAMEWORK = "framework"
    TERMINATION = "termination"
    LICENCE = "licence"
    FILING = "filing"
    LAND = "land"
    EIA = "eia"
    ENERGY = "energy"
    SAFETY = "safety"
    PERMIT = "permit"
    PHOTO = "photo"
    COMPLETION = "completion"
    INVOICE = "invoice"
    TAX = "tax"
    FAIR_COMPETITION = "fair_competition"
    CONTACT = "contact"
    TRANSFER = "transfer"
    MINUTES = "minutes"
    OTHER = "other"


ATTACHMENT_LABELS = {
    AttachmentKind.AGREEMENT: "投资协议",
    AttachmentKind.FRAMEWORK: "框架协议",
    AttachmentKind.TERMINATION: "解除协议",
    AttachmentKind.LICENCE: "营业执照",
    AttachmentKind.FILING: "备案证",
    AttachmentKind.LAND: "用地材料",
    AttachmentKind.EIA: "环评批复",
    AttachmentKind.ENERGY: "能评",
    AttachmentKind.SAFETY: "安评",
    AttachmentKind.PERMIT: "施工许可证",
    AttachmentKind.PHOTO: "现场照片",
    AttachmentKind.COMPLETION: "竣工验收材料",
    AttachmentKind.INVOICE: "销售发票",
    AttachmentKind.TAX: "纳税证明",
    AttachmentKind.FAIR_COMPETITION: "公平竞争审查材料",
    AttachmentKind.CONTACT: "接触证明",
    AttachmentKind.TRANSFER: "流转确认单",
    AttachmentKind.MINUTES: "会议纪要",
    AttachmentKind.OTHER: "其他",
}


@dataclass(frozen=True, slots=True)
class TierRow:
    """A row of the editable tier table: a project in USD is held against the USD column, never converted (decision 2)."""

    code: Tier
    label: str
    threshold: Decimal
    threshold_usd: Decimal


def tier_of(
    capital: Capital, amount: Decimal | None, amount_usd: Decimal | None, tiers: Sequence[TierRow]
) -> Tier | None:
    """The highest tier whose threshold is reached, thresholds inclusive; None while the deciding amount is unknown.

    A foreign project with a USD amount is decided by USD alone; one that only states CNY is held against CNY.
    """
    in_usd = capital is Capital.FOREIGN and amount_usd is not None
    value = amount_usd if in_usd else amount
    if value is None:
        return None
    for row in sorted(tiers, key=lambda r: r.threshold, reverse=True):
        if value >= (row.threshold_usd if in_usd else row.threshold):
            return row.code
    return Tier.BELOW
