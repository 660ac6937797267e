"""Forms of a project: the whole for a new one, one section at a time afterwards."""

from collections.abc import Sequence
from typing import Any

from wtforms import (
    BooleanField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Optional

from crm.chains.rules import ACTION_LABELS, ChainAction
from crm.companies.models import Company
from crm.core import dates
from crm.projects.forms.fields import NumberField, VersionForm, number, options, pick
from crm.projects.models import Project
from crm.projects.queries import Choice, Record
from crm.projects.rules import (
    CAPITAL_LABELS,
    EXCLUSION_LABELS,
    PROJECT_KIND_LABELS,
    SOURCE_LABELS,
    Capital,
    Exclusion,
    ProjectKind,
    Source,
)
from crm.projects.rules.drafts import LABELS, Investor, ProjectDraft
from crm.web.forms import AmountField, DayField, Form, FuzzyDateField, at_most, fits, required


class _Basics(Form):
    name = StringField("项目名称", [required("项目名称"), fits(Project.name)])
    kind = pick("建设性质", ProjectKind, PROJECT_KIND_LABELS, None)
    node_id = SelectField("产业链环节", choices=options((), "未定"), coerce=number)
    chain_action = pick("产业链动作", ChainAction, ACTION_LABELS, "按环节现状")
    chain_action_reason = StringField("延链理由", [Optional(), fits(Project.chain_action_reason)])
    owner_id = SelectField("责任人", choices=options((), "未定"), coerce=number)
    address = StringField("选址", [Optional(), fits(Project.address)])
    content = TextAreaField("建设内容", [Optional(), at_most(4000)])


class _Money(Form):
    capital = pick("内外资", Capital, CAPITAL_LABELS, None)
    total_investment = AmountField("总投资 亿元", unit="亿元", validators=[Optional()])
    fixed_investment = AmountField("固定资产投资 亿元", unit="亿元", validators=[Optional()])
    total_investment_usd = AmountField("总投资 万美元", unit="万美元", validators=[Optional()])
    fixed_investment_usd = AmountField("固定资产投资 万美元", unit="万美元", validators=[Optional()])
    equipment_investment = AmountField("其中设备 亿元", unit="亿元", validators=[Optional()])
    registered_capital = AmountField("注册资本 万元", unit="万元", validators=[Optional()])
    registered_capital_usd = AmountField("注册资本 万美元", unit="万美元", validators=[Optional()])
    land_mu = NumberField("用地 亩", [Optional()])
    plant_sqm = NumberField("厂房 ㎡", [Optional()])
    annual_output = AmountField("达产年产值 亿元", unit="亿元", validators=[Optional()])
    annual_tax = AmountField("达产年税收 亿元", unit="亿元", validators=[Optional()])
    expected_start_on = DayField("预计开工", validators=[Optional()])


class _Investor(Form):
    company = StringField("投资方", [fits(Company.name)])
    company_id = HiddenField()
    uscc = StringField("统一社会信用代码", [Optional(), at_most(40)])
    source = pick("信息来源", Source, SOURCE_LABELS)
    source_note = StringField("来源说明", [Optional(), fits(Project.source_note)])
    first_contact = FuzzyDateField("首次对接", validators=[Optional()])
    expected_sign = FuzzyDateField("预计签约", validators=[Optional()])

    def investor(self) -> Investor | None:
        """None where neither an id nor a name was given."""
        number, name = str(self.company_id.data or ""), str(self.company.data or "").strip()
        if number.isdigit():
            return Investor(int(number))
        return Investor(name=name, uscc=str(self.uscc.data or "")) if name else None


class _Statistics(Form):
    statistics_name = StringField("纳统名称", [Optional(), fits(Project.statistics_name)])
    statistics_amount = AmountField("纳统总投资 亿元", unit="亿元", validators=[Optional()])
    industry = StringField("行业类别", [Optional(), fits(Project.industry)])
    amount_note = StringField("金额说明", [Optional(), fits(Project.amount_note)])


class _Privacy(Form):
    confidential = BooleanField("保密项目")
    exclusion = pick("不计入情形", Exclusion, EXCLUSION_LABELS, "无，正常计入")


class _Draft(VersionForm):
    """Turns the fields that a form has into a draft of exactly those fields."""

    def draft(self) -> ProjectDraft:
        values = {f.short_name: f.data for f in self if f.short_name in LABELS}
        values = {key: ("" if value is None and key in _TEXTS else value) for key, value in values.items()}
        investor = self.investor() if isinstance(self, _Investor) else None
        return ProjectDraft(values, investor)

    def offer(self, nodes: Sequence[Choice], owners: Sequence[Choice]) -> None:
        """Fills the choices that come from the database."""
        for name, choices in (("node_id", nodes), ("owner_id", owners)):
            if name in self:
                self[name].choices = options(((c.id, c.label) for c in choices), "未定")


_TEXTS = frozenset(
    (
        "name",
        "chain_action_reason",
        "address",
        "content",
        "source_note",
        "statistics_name",
        "industry",
        "amount_note",
    )
)


class BasicsForm(_Draft, _Basics):
    pass


class MoneyForm(_Draft, _Money):
    pass


class InvestorForm(_Draft, _Investor):
    pass


class StatisticsForm(_Draft, _Statistics):
    pass


class PrivacyForm(_Draft, _Privacy):
    pass


class AllForm(_Draft, _Basics, _Investor, _Money, _Statistics, _Privacy):
    pass


class NewForm(_Draft, _Basics, _Investor, _Money, _Privacy):
    """Everything that is usually known when a lead is entered; `zone_id` is offered to the bureau alone."""

    zone_id = SelectField("落地板块", choices=options((), "暂不指定"), coerce=number)

    def offer_zones(self, zones: Sequence[Choice], blank: str) -> None:
        self.zone_id.choices = options(((z.id, z.label) for z in zones), blank)

    def draft(self) -> ProjectDraft:
        made = _Draft.draft(self)
        return ProjectDraft(made.values, made.investor, self.zone_id.data)


SECTIONS: dict[str, tuple[str, type[_Draft]]] = {
    "money": ("投资与用地", MoneyForm),
    "basics": ("基本情况", BasicsForm),
    "investor": ("投资方与来源", InvestorForm),
    "statistics": ("统计口径", StatisticsForm),
    "privacy": ("保密与不计入", PrivacyForm),
    "all": ("全部内容", AllForm),
}


def values_of(record: Record) -> dict[str, Any]:
    """A saved project as a form's data."""
    project = record.project
    values = {key: getattr(project, key) for key in LABELS if hasattr(project, key)}
    return values | {
        "company": record.investor_name,
        "company_id": record.company_id or "",
        "uscc": record.uscc or "",
        "first_contact": fuzzy_of(project, "first_contact"),
        "expected_sign": fuzzy_of(project, "expected_sign"),
        "version": project.version,
    }


def fuzzy_of(project: Project, key: str) -> dates.FuzzyDate | None:
    """The date from its three columns; its end is not kept and not needed for showing."""
    on = getattr(project, f"{key}_on")
    if on is None:
        return None
    precision = getattr(project, f"{key}_precision") or dates.Precision.DAY
    return dates.FuzzyDate(on, on, precision, getattr(project, f"{key}_text"))
