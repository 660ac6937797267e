"""Forms of a chain and its nodes."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from wtforms import DecimalField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from crm.chains import rules
from crm.chains.models import Chain, ChainNode, NodeAssessment
from crm.web.choices import options
from crm.web.conflicts import VersionedForm
from crm.web.forms import DayField, at_most, fits, required


def _split(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split(r"[、，,；;\s]+", text or "") if part.strip())


def _anchors(text: str | None) -> tuple[rules.Anchor, ...]:
    """A firm a line; what stands behind the first bar, half or full width, is its source."""
    parts = (re.split(r"[|｜]", line, maxsplit=1) for line in (text or "").splitlines() if line.strip())
    return tuple(rules.Anchor(part[0].strip(), part[1].strip() if part[1:] else "") for part in parts)


class NodeForm(VersionedForm):
    name = StringField("环节名称", [required("环节名称"), fits(ChainNode.name)])
    parent = SelectField("上级环节", coerce=int)
    position = SelectField("位置", choices=options(rules.POSITION_LABELS.items()))
    products = StringField("主要产品", [Optional(), at_most(1000)], description="几个产品用顿号隔开")
    gbt4754 = StringField(
        "行业代码", [Optional(), at_most(400)], description="GB/T 4754-2017，几个代码用顿号隔开"
    )

    anchors = TextAreaField(
        "本地代表企业",
        [Optional(), at_most(4000)],
        description="一行一家，名称后用竖线隔开写来源，如 卫星化学 | 市工信局名录",
    )

    @classmethod
    def of(cls, node: ChainNode | None, parents: Sequence[tuple[int, str]], **kwargs: Any) -> "NodeForm":
        known: dict[str, Any] = {}
        if node is not None:
            known = {
                "name": node.name,
                "parent": node.parent_id or 0,
                "position": node.position,
                "products": "、".join(node.products),
                "gbt4754": "、".join(node.gbt4754),
                "anchors": "\n".join(f"{a['name']} | {a['source']}" for a in node.anchors),
                "version": node.version,
            }
        form = cls(data=known, **kwargs)
        form.parent.choices = options([(0, "（直接属于产业链）"), *parents])
        return form

    def draft(self) -> rules.NodeDraft:
        return rules.NodeDraft(
            name=str(self.name.data).strip(),
            position=rules.Position(self.position.data),
            products=_split(self.products.data),
            gbt4754=_split(self.gbt4754.data),
            anchors=_anchors(self.anchors.data),
        )


class AssessmentForm(VersionedForm):
    """How strong a link is here. The direction follows from the state unless somebody chooses another with a reason."""

    state = SelectField("强弱", choices=options([("", "未评估"), *rules.STATE_LABELS.items()]), default="")
    state_on = DayField("评估日期", [Optional()])
    valid_until = DayField("有效期至", [Optional()])
    assessor = StringField("评估人或单位", [Optional(), fits(NodeAssessment.assessor)])
    local_firms = IntegerField("本地企业数", [Optional()])
    local_share = DecimalField("本地配套率 %", [Optional()])
    priority = SelectField(
        "招引优先级", choices=options([("", "未定"), *((str(n), f"{n} 级") for n in range(1, 6))]), default=""
    )
    depends_on = StringField("主要依赖来源", [Optional(), fits(NodeAssessment.depends_on)])
    gap = StringField("关键技术或产品缺口", [Optional(), fits(NodeAssessment.gap)])
    action = SelectField(
        "方向", choices=options([("", "按强弱推出"), *rules.ACTION_LABELS.items()]), default=""
    )
    action_reason = StringField("另选方向的理由", [Optional(), fits(NodeAssessment.action_reason)])
    note = TextAreaField("评估依据", [Optional(), fits(NodeAssessment.note)])

    @classmethod
    def of(cls, node: ChainNode, made: NodeAssessment | None, today: date, **kwargs: Any) -> "AssessmentForm":
        known: dict[str, Any] = {"state_on": today, "version": node.version}
        if made is not None and made.state is not None:
            names = ("valid_until", "assessor", "local_firms", "depends_on", "gap", "action_reason", "note")
            known |= {name: getattr(made, name) for name in names}
            known["state"], known["state_on"] = made.state.value, made.assessed_on
            known["action"] = made.action.value if made.action else ""
            known["priority"] = str(made.priority or "")
            known["local_share"] = None if made.local_share is None else made.local_share * 100
            if made.valid_until is not None and rules.has_expired(made.valid_until, today):
                # Assessed anew from today on, for as long as it was good before.
                term = made.valid_until - (made.assessed_on or made.valid_until)
                known["state_on"], known["valid_until"] = today, today + term
        return cls(data=known, **kwargs)

    def draft(self) -> rules.Assessment:
        share = self.local_share.data
        return rules.Assessment(
            state=rules.NodeState(self.state.data) if self.state.data else None,
            on=self.state_on.data,
            note=self.note.data or "",
            local_firms=self.local_firms.data,
            local_share=None if share is None else (share / 100).quantize(Decimal("0.000001")),
            depends_on=self.depends_on.data or "",
            gap=self.gap.data or "",
            priority=int(self.priority.data) if self.priority.data else None,
            action=rules.ChainAction(self.action.data) if self.action.data else None,
            action_reason=self.action_reason.data or "",
            assessor=self.assessor.data or "",
            valid_until=self.valid_until.data,
        )


class ChainForm(VersionedForm):
    name = StringField("产业链名称", [required("产业链名称"), fits(Chain.name)])
    lead_name = StringField("链长", [Optional(), fits(Chain.lead_name)])
    note = TextAreaField("说明", [Optional(), at_most(4000)])
    source = StringField("来源", [required("来源"), fits(Chain.source)])

    @classmethod
    def of(cls, chain: Chain, **kwargs: Any) -> "ChainForm":
        return cls(obj=chain, **kwargs)
