"""Forms of the tree editor and of the leaders."""

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import Optional

from crm.units import rules
from crm.units.models import Leader, Unit
from crm.web.choices import options
from crm.web.conflicts import VersionedForm
from crm.web.forms import DayField, Form, fits, required


class ChildForm(Form):
    code = StringField(
        "机构代码", [required("机构代码"), fits(Unit.code)], description="字母、数字、横线，保存后不能改"
    )
    name = StringField("名称", [required("名称"), fits(Unit.name)])
    short_name = StringField(
        "简称", [Optional(), fits(Unit.short_name)], description="列表里显示的名称，不填则同名称"
    )
    kind = SelectField("类型")

    def under(self, parent: rules.UnitKind) -> "ChildForm":
        """Offers the kinds that may stand there."""
        allowed = [(k, k.label) for k in rules.UnitKind if k in rules.CHILDREN[parent]]
        self.kind.choices = options(allowed)
        return self

    def draft(self) -> rules.UnitDraft:
        return rules.UnitDraft(
            code=str(self.code.data).strip(),
            name=str(self.name.data).strip(),
            short_name=str(self.short_name.data or "").strip(),
            kind=rules.UnitKind(self.kind.data),
            source="机构登记",
        )


class UnitForm(VersionedForm):
    name = StringField("名称", [required("名称"), fits(Unit.name)])
    short_name = StringField("简称", [Optional(), fits(Unit.short_name)])


class MoveForm(VersionedForm):
    parent = SelectField("移到", coerce=int)


class LeaderForm(VersionedForm):
    name = StringField("姓名", [required("姓名"), fits(Leader.name)])
    title = StringField("职务", [required("职务"), fits(Leader.title)])
    level = SelectField("级别", choices=options(rules.LEVEL_LABELS.items()))
    unit = SelectField("机构", coerce=int)
    rank_no = IntegerField("排序号", [required("排序号")], description="越小越靠前，按领导排名填")
    starts_on = DayField("任期开始", [required("任期开始")])
    ends_on = DayField("任期结束", [Optional()], description="调任时填，历史安排仍显示原来的人")

    @classmethod
    def of(cls, leader: Leader | None, units: Sequence[tuple[int, str]], **kwargs: Any) -> "LeaderForm":
        known = {"unit": leader.unit_id} if leader else {"rank_no": 100}
        form = cls(obj=leader, data=known, **kwargs)
        form.unit.choices = options(units)
        return form

    def draft(self) -> rules.LeaderDraft:
        return rules.LeaderDraft(
            name=str(self.name.data).strip(),
            title=str(self.title.data).strip(),
            level=rules.LeaderLevel(self.level.data),
            unit_id=int(self.unit.data or 0),
            rank_no=int(self.rank_no.data or 0),
            starts_on=cast(date, self.starts_on.data),
            ends_on=self.ends_on.data,
        )
