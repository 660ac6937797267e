"""Forms of the bureau: a zone's facts, aliases, plans and quotas."""

import re
from typing import Any

from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from crm.web.choices import options
from crm.web.conflicts import VersionedForm
from crm.web.forms import AmountField, Form, at_most, fits, required
from crm.zones import rules
from crm.zones.models import Plan, Quota, Zone, ZoneAlias


def _split(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"[、，,；;\n]+", text or "") if part.strip()]


class ZoneForm(VersionedForm):
    """Every fact twice: the value and, under `…_source`, where it comes from."""

    short_name = StringField("简称", [required("简称"), fits(Zone.short_name)])
    name = StringField("全称", [required("全称"), fits(Zone.name)])
    name_source = StringField("全称的来源", [Optional(), at_most(400)])
    level = StringField("级别", [Optional(), fits(Zone.level)])
    level_source = StringField("级别的来源", [Optional(), at_most(400)])
    zone_type = StringField("类型", [Optional(), fits(Zone.zone_type)])
    zone_type_source = StringField("类型的来源", [Optional(), at_most(400)])
    district = StringField("所在地", [Optional(), fits(Zone.district)])
    district_source = StringField("所在地的来源", [Optional(), at_most(400)])
    leading_industries = StringField("主导产业", [Optional(), at_most(400)], description="几个产业用顿号隔开")
    leading_industries_source = StringField("主导产业的来源", [Optional(), at_most(400)])
    established = StringField("设立", [Optional(), fits(Zone.established)])
    established_source = StringField("设立的来源", [Optional(), at_most(400)])
    chemical_park = StringField("化工园区", [Optional(), fits(Zone.chemical_park)])
    chemical_park_source = StringField("化工园区的来源", [Optional(), at_most(400)])
    notes = TextAreaField("说明", [Optional(), at_most(2000)])
    notes_source = StringField("说明的来源", [Optional(), at_most(400)])

    @classmethod
    def of(cls, zone: Zone, **kwargs: Any) -> "ZoneForm":
        data = {key: getattr(zone, key) for key in rules.FACTS}
        data["leading_industries"] = "、".join(zone.leading_industries)
        sources = {f"{key}_source": zone.sources.get(key, "") for key in rules.FACTS}
        return cls(data={**data, **sources, "short_name": zone.short_name, "version": zone.version}, **kwargs)

    def draft(self) -> rules.ZoneDraft:
        values: dict[str, Any] = {key: str(self[key].data or "").strip() for key in rules.FACTS}
        values["leading_industries"] = _split(values["leading_industries"])
        sources = {key: str(self[f"{key}_source"].data or "").strip() for key in rules.FACTS}
        return rules.ZoneDraft(str(self.short_name.data or "").strip(), values, sources)


class AliasForm(Form):
    alias = StringField("别名", [required("别名"), fits(ZoneAlias.alias)])
    source = StringField("来源", [required("来源"), fits(ZoneAlias.source)])


def _number(form: Form, name: str) -> int:
    return int(form[name].data or 0)


class PlanForm(VersionedForm):
    code = StringField(
        "方案代码", [required("方案代码"), fits(Plan.code)], description="如 LYG-2026-2030，保存后不能改"
    )
    title = StringField("方案名称", [required("方案名称"), fits(Plan.title)])
    document_no = StringField("文号", [Optional(), fits(Plan.document_no)])
    first_year = IntegerField("起始年", [required("起始年")])
    last_year = IntegerField("结束年", [required("结束年")])
    counting_milestone = SelectField("按哪个里程碑计", choices=options(rules.COUNTING_LABELS.items()))
    amount_basis = SelectField("按哪个金额定级", choices=options(rules.BASIS_LABELS.items()))
    carry_surplus = BooleanField("超额部分结转到下一年")
    banner = StringField(
        "横幅",
        [Optional(), fits(Plan.banner)],
        description="显示在配额和周报的上方，如“沿用2022–2025，待市政府确定”",
    )
    source = TextAreaField("来源", [required("来源"), at_most(2000)])

    @classmethod
    def of(cls, plan: Plan, **kwargs: Any) -> "PlanForm":
        return cls(obj=plan, **kwargs)

    def draft(self) -> rules.PlanDraft:
        return rules.PlanDraft(
            code=str(self.code.data).strip(),
            title=str(self.title.data).strip(),
            document_no=str(self.document_no.data or "").strip(),
            first_year=_number(self, "first_year"),
            last_year=_number(self, "last_year"),
            counting_milestone=rules.CountingMilestone(self.counting_milestone.data),
            amount_basis=rules.AmountBasis(self.amount_basis.data),
            carry_surplus=bool(self.carry_surplus.data),
            banner=str(self.banner.data or "").strip(),
            source=str(self.source.data or "").strip(),
        )


class CopyForm(Form):
    code = StringField(
        "新方案代码", [required("新方案代码"), fits(Plan.code)], description="如 LYG-2026-2030"
    )
    title = StringField(
        "新方案名称", [Optional(), fits(Plan.title)], description="不填则沿用原名称并注明年份"
    )
    first_year = IntegerField("起始年", [required("起始年")])
    last_year = IntegerField("结束年", [required("结束年")])


class QuotaForm(VersionedForm):
    target = IntegerField("每年个数", [required("每年个数")])
    threshold = AmountField("人民币门槛", unit="亿元", validators=[required("人民币门槛")])
    threshold_usd = AmountField("美元门槛", unit="亿美元", validators=[required("美元门槛")])
    wording = StringField("方案原文", [Optional(), fits(Quota.wording)])
    to_confirm = BooleanField("待确认")
    source = StringField("来源", [required("来源"), fits(Quota.source)])
    later = BooleanField("同时改到本方案以后各年")

    @classmethod
    def of(cls, quota: Quota | None, **kwargs: Any) -> "QuotaForm":
        return cls(obj=quota, **kwargs)

    def draft(self) -> rules.QuotaDraft:
        return rules.QuotaDraft(
            target=self.target.data,
            threshold=self.threshold.data,
            threshold_usd=self.threshold_usd.data,
            wording=str(self.wording.data or "").strip(),
            to_confirm=bool(self.to_confirm.data),
            source=str(self.source.data or "").strip(),
        )
