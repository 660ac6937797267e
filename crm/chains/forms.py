"""Forms of a chain and its nodes."""

import re
from collections.abc import Sequence
from typing import Any

from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from crm.chains import rules
from crm.chains.models import Chain, ChainNode
from crm.web.choices import options
from crm.web.conflicts import VersionedForm
from crm.web.forms import DayField, required


def _split(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split(r"[、，,；;\s]+", text or "") if part.strip())


class NodeForm(VersionedForm):
    name = StringField("环节名称", [required("环节名称")])
    parent = SelectField("上级环节", coerce=int)
    position = SelectField("位置", choices=options(rules.POSITION_LABELS.items()))
    products = StringField("主要产品", [Optional()], description="几个产品用顿号隔开")
    gbt4754 = StringField("行业代码", [Optional()], description="GB/T 4754-2017，几个代码用顿号隔开")

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
        )


class StateForm(VersionedForm):
    state = SelectField("强弱", choices=options([("", "未评估"), *rules.STATE_LABELS.items()]))
    state_on = DayField("评估日期", [Optional()])
    state_note = TextAreaField("评估依据", [Optional()])

    def chosen(self) -> rules.NodeState | None:
        return rules.NodeState(self.state.data) if self.state.data else None


class ChainForm(VersionedForm):
    name = StringField("产业链名称", [required("产业链名称")])
    lead_name = StringField("链长", [Optional()])
    zones = StringField("重点开发区", [Optional()], description="填开发区代码，用顿号隔开，如 LYG-XUWEI")
    note = TextAreaField("说明", [Optional()])
    source = StringField("来源", [required("来源")])

    @classmethod
    def of(cls, chain: Chain, **kwargs: Any) -> "ChainForm":
        return cls(obj=chain, data={"zones": "、".join(chain.zone_codes)}, **kwargs)

    def zone_codes(self) -> tuple[str, ...]:
        return _split(self.zones.data)
