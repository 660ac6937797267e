"""What a ledger says of milestones and stages, which never goes further than its evidence (decision 4)."""

from typing import Any

from crm.core import dates
from crm.imports.rules.cells import RowCells
from crm.imports.rules.grid import shown
from crm.pipeline.rules import AgreementKind, MilestoneKind
from crm.projects.rules import Stage

_MILESTONES = {
    "reg_date": MilestoneKind.REGISTERED,
    "filing_date": MilestoneKind.APPROVED,
    "start_date": MilestoneKind.STARTED,
    "finish_date": MilestoneKind.COMPLETED,
    "production_date": MilestoneKind.PRODUCING,
}
_AGREEMENTS = (
    (AgreementKind.TERMINATION, ("解除", "终止")),
    (AgreementKind.FRAMEWORK, ("框架", "意向", "备忘录", "战略合作")),
    (
        AgreementKind.INVESTMENT,
        ("投资协议", "入园协议", "投资合作", "投资合同", "正式协议", "项目协议", "进区协议", "入区协议"),
    ),
)
# The furthest a ledger's word may set a new project: signing and all later stages need their evidence (decision 4).
_STAGES = (
    (Stage.INTENT, ("拟签约", "框架", "意向", "已签", "签约", "开工", "注册", "投产", "竣工")),
    (Stage.REVIEW, ("联审", "预审", "研判", "评审")),
    (Stage.IN_DEPTH, ("深度", "选址", "考察", "实质")),
    (Stage.PRELIMINARY, ("初步", "接洽", "对接", "洽谈", "在谈")),
    (Stage.FILED, ("在库", "储备", "报备")),
    (Stage.LEAD, ("线索", "信息")),
)


def agreement_of(written: str) -> AgreementKind | None:
    return next((kind for kind, words in _AGREEMENTS if any(word in written for word in words)), None)


def stage_of(*written: str) -> Stage | None:
    """The stage that the first telling text names; never beyond 拟签约."""
    for said in written:
        for stage, words in _STAGES:
            if said and len(said) <= 40 and any(word in said for word in words):
                return stage
    return None


def milestones(row: RowCells, fields: dict[str, Any]) -> None:
    milestones = []
    if signed := _signed(row):
        milestones.append(signed)
    for source, kind in _MILESTONES.items():
        read = row.day(source)
        if read is not None and read.on <= row.today:
            milestones.append(_milestone(kind, read))
    if milestones:
        fields["milestones"] = milestones


def _milestone(kind: MilestoneKind, read: dates.FuzzyDate | None) -> dict[str, Any]:
    """`happened_on` is the first day of what the ledger says, as exact as `precision`."""
    if read is None:
        return {"kind": kind.value, "happened_on": None, "precision": None, "text": ""}
    return {
        "kind": kind.value,
        "happened_on": read.on.isoformat(),
        "precision": read.precision.value,
        "text": read.raw[:60],
    }


def _signed(row: RowCells) -> dict[str, Any] | None:
    read = row.day("sign_date")
    written = row.words("agreement_type", 60)
    column = row.first("agreement_type")
    kind = agreement_of(written) if written else None
    if kind is AgreementKind.TERMINATION:
        row.add("termination", column, "agreement_type", written, "解除协议不导入为签约，请在项目页办理终止")
        return None
    if read is None and kind is None:
        return None
    if written and kind is None:
        row.add("agreement_unknown", column, "agreement_type", written, "不认识，按未填处理")
    elif kind is AgreementKind.FRAMEWORK:
        row.add("framework", column, "agreement_type", written, "框架协议，不计签约")
    else:
        row.add(
            "signed_draft",
            row.first("sign_date"),
            "sign_date",
            shown(row.value(row.first("sign_date"))),
            "存为未报，补证据后申报",
        )
    signed = _milestone(MilestoneKind.SIGNED, read)
    signed["agreement_kind"] = kind.value if kind else None
    signed["agreement_text"] = written
    if (counted := row.day("sign_stat_date")) is not None:
        signed["statistical_text"] = dates.show(counted)
    return signed
