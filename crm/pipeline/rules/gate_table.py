"""The gate rules the product ships with. Every row says where it comes from; the bureau changes them on 推进条件."""

from crm.pipeline.rules.gates import Rule, Span, files_of
from crm.pipeline.rules.milestones import MilestoneKind
from crm.projects.rules import AttachmentKind, Stage, Tier

_OWN = "产品默认值，非方案规定，请按本市实际修改"
_PLAN = "连政发〔2022〕32号第 {} 条"
_ELSEWHERE = "产品默认值（泰州、靖江、三明等地项目认定做法）"

_MAJOR = (Tier.T100, Tier.T50)


def _asks(stage: Stage, needs: str, source: str = _OWN, span: Span = Span.AT, **more: object) -> Rule:
    """A barring rule, named by its stage and what it asks for."""
    key = f"{stage.value}.{needs.partition(':')[2]}"
    return Rule(key, stage, needs, span, source=source, **more)  # type: ignore[arg-type]


def _advises(stage: Stage, needs: str, source: str = _OWN, span: Span = Span.AT, **more: object) -> Rule:
    return _asks(stage, needs, source, span, bars=False, **more)


DEFAULTS: tuple[Rule, ...] = (
    _asks(Stage.FILED, "field:source", _PLAN.format(16) + "，信息来源分类", Span.TALKS),
    _asks(Stage.FILED, "field:company", span=Span.FROM, words="登记的企业，或写明投资方"),
    _advises(Stage.FILED, "field:content", words="拟投什么、规模多大"),
    _advises(Stage.FILED, "fact:contact"),
    _advises(Stage.FILED, "field:owner", span=Span.FROM),
    _asks(Stage.PRELIMINARY, "fact:visit", words="任何方式的一次走访都算"),
    _asks(Stage.IN_DEPTH, "fact:meeting", words="外出拜访、来访接待、驻点或活动"),
    _advises(Stage.IN_DEPTH, "field:content", span=Span.FROM, words="投资方案或简版可研的要点"),
    _advises(
        Stage.IN_DEPTH,
        "fact:leader",
        _PLAN.format(13) + "，重大项目由主要领导直接挂钩",
        Span.FROM,
        tiers=_MAJOR,
    ),
    _advises(Stage.IN_DEPTH, "field:expected_sign_on", span=Span.TALKS),
    _asks(Stage.REVIEW, "file:minutes", _PLAN.format(23) + "，联审预审", words="综合预审意见书或会议纪要"),
    _asks(Stage.REVIEW, "field:total_investment", span=Span.FROM, words="人民币或美元，填一项即可"),
    _advises(Stage.REVIEW, "fact:site", span=Span.FROM),
    _advises(
        Stage.REVIEW,
        "field:total_investment_usd",
        "产品默认值（三明、泰州等地做法）：外资项目按美元门槛分级，不折算",
        Span.FROM,
        condition="foreign",
    ),
    _asks(Stage.INTENT, "file:framework", words="框架协议、意向书或备忘录，不算签约"),
    _asks(Stage.SIGNED, "file:agreement", _ELSEWHERE, words="双方盖章的扫描件，框架协议不算"),
    _asks(Stage.REGISTERED, "file:licence", _ELSEWHERE, words="本地独立法人的营业执照"),
    _asks(Stage.APPROVED, "file:filing", _ELSEWHERE, words="发改或行政审批部门的备案、核准文件"),
    _advises(Stage.APPROVED, "file:land", _ELSEWHERE, condition="land", words="土地成交确认书或出让合同"),
    _advises(Stage.APPROVED, "file:eia", _ELSEWHERE),
    _asks(
        Stage.STARTED,
        "file:permit",
        _ELSEWHERE,
        condition="built",
        words="施工许可证，桩基先行或分阶段许可也可以",
    ),
    _asks(Stage.STARTED, "file:photo", _ELSEWHERE, words="主体工程或设备进场的照片"),
    _asks(Stage.COMPLETED, "file:completion", _ELSEWHERE, words="竣工验收备案表或联合验收意见"),
    _asks(Stage.PRODUCING, "file:invoice", _ELSEWHERE, words="首张销售发票"),
    _asks(Stage.FULL, "file:tax", _ELSEWHERE, words="年度纳税证明"),
)

DEFAULT_OF = {rule.key: rule for rule in DEFAULTS}

#: Kinds of files that the shipped table asks every project for, by milestone.
REQUIRED_FILES: dict[MilestoneKind, tuple[AttachmentKind, ...]] = {
    kind: tuple(files_of([rule for rule in DEFAULTS if rule.bars], kind)) for kind in MilestoneKind
}
