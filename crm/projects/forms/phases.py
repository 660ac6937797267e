"""Forms of phases, increases, and a change of ownership."""

from datetime import date
from typing import Any

from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Optional

from crm.projects.forms.fields import VersionForm, code
from crm.projects.models import Phase
from crm.projects.rules import PHASE_KIND_LABELS, PhaseKind
from crm.projects.rules.drafts import Investor
from crm.projects.rules.investors import InvestorDraft
from crm.projects.rules.phases import PhaseDraft
from crm.web.forms import AmountField, DayField, FilesField, at_most, required


class PhaseForm(VersionForm):
    kind = RadioField(
        "性质",
        choices=[SelectChoice(kind.value, label) for kind, label in PHASE_KIND_LABELS.items()],
        coerce=code(PhaseKind),
        default=PhaseKind.PHASE,
    )
    name = StringField("名称", [required("分期名称"), at_most(80)])
    total_investment = AmountField("总投资 亿元", unit="亿元", validators=[Optional()])
    fixed_investment = AmountField("固定资产投资 亿元", unit="亿元", validators=[Optional()])
    total_investment_usd = AmountField("总投资 万美元", unit="万美元", validators=[Optional()])
    expected_start_on = DayField("计划开工", validators=[Optional()])
    expected_complete_on = DayField("计划竣工", validators=[Optional()])
    content = TextAreaField("建设内容", [Optional(), at_most(4000)])

    def draft(self) -> PhaseDraft:
        return PhaseDraft(
            str(self.name.data),
            self.total_investment.data,
            self.total_investment_usd.data,
            self.expected_start_on.data,
            self.expected_complete_on.data,
            self.kind.data or PhaseKind.PHASE,
            self.fixed_investment.data,
            str(self.content.data or ""),
        )


_KEPT = (
    "kind",
    "name",
    "total_investment",
    "fixed_investment",
    "total_investment_usd",
    "expected_start_on",
    "expected_complete_on",
    "content",
    "version",
)


def phase_values(phase: Phase) -> dict[str, Any]:
    return {key: getattr(phase, key) for key in _KEPT}


class OwnershipForm(VersionForm):
    """更换业主: who takes over, from which day, why, and the paper."""

    company = StringField("新的投资方", [at_most(200)])
    company_id = HiddenField()
    uscc = StringField("统一社会信用代码", [Optional(), at_most(30)])
    on = DayField("更换日期", validators=[required("更换日期")])
    reason = TextAreaField("原因", [required("更换原因"), at_most(500)])
    paper = FilesField("变更材料", validators=[Optional()])

    def draft(self, attachment_id: int | None) -> InvestorDraft:
        number, name = str(self.company_id.data or ""), str(self.company.data or "").strip()
        investor = (
            Investor(int(number)) if number.isdigit() else Investor(name=name, uscc=str(self.uscc.data or ""))
        )
        on: date = self.on.data  # type: ignore[assignment]  # required
        return InvestorDraft(investor, on, str(self.reason.data or ""), attachment_id)
