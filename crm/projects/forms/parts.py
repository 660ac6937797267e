"""Forms of what belongs to a project: weekly progress, phases, files, landing zone, shares."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from flask_wtf.file import FileField
from wtforms import (
    FieldList,
    FormField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms import Form as WtForm
from wtforms.validators import Length, Optional, ValidationError

from crm.projects.forms.fields import NumberField, VersionForm, code, number, options, pick
from crm.projects.models import Phase
from crm.projects.queries import Choice
from crm.projects.rules import (
    ATTACHMENT_LABELS,
    CREDIT_LABELS,
    AttachmentKind,
    CreditIndicator,
)
from crm.projects.rules.drafts import PhaseDraft, ProgressDraft
from crm.web.forms import AmountField, DayField, Form, required


class ProgressForm(Form):
    on = DayField("日期", validators=[required("日期")])
    done = TextAreaField("本周进展", [Optional(), Length(max=2000, message="最多 2000 字。")])
    problem = TextAreaField("存在问题", [Optional(), Length(max=2000, message="最多 2000 字。")])
    next_step = TextAreaField("下一步", [Optional(), Length(max=2000, message="最多 2000 字。")])
    copied = HiddenField()

    def draft(self) -> ProgressDraft:
        on: date = self.on.data  # type: ignore[assignment]  # required
        return ProgressDraft(
            on, str(self.done.data or ""), str(self.problem.data or ""), str(self.next_step.data or "")
        )


class PhaseForm(VersionForm):
    name = StringField("分期", [required("分期名称"), Length(max=80, message="最多 80 字。")])
    total_investment = AmountField("总投资 亿元", unit="亿元", validators=[Optional()])
    total_investment_usd = AmountField("总投资 万美元", unit="万美元", validators=[Optional()])
    expected_start_on = DayField("计划开工", validators=[Optional()])
    expected_complete_on = DayField("计划竣工", validators=[Optional()])

    def draft(self) -> PhaseDraft:
        return PhaseDraft(
            str(self.name.data),
            self.total_investment.data,
            self.total_investment_usd.data,
            self.expected_start_on.data,
            self.expected_complete_on.data,
        )


def phase_values(phase: Phase) -> dict[str, Any]:
    keys = (
        "name",
        "total_investment",
        "total_investment_usd",
        "expected_start_on",
        "expected_complete_on",
        "version",
    )
    return {key: getattr(phase, key) for key in keys}


class AttachmentForm(Form):
    kind = SelectField(
        "类型",
        choices=options((k.value, v) for k, v in ATTACHMENT_LABELS.items()),
        coerce=code(AttachmentKind),
    )
    file = FileField("文件")

    def validate_file(self, field: FileField) -> None:
        if not field.data or not getattr(field.data, "filename", ""):
            raise ValidationError("没有选择文件。请选择。")


class ShareForm(WtForm):
    """One line of a set of shares; without CSRF of its own, the outer form has it."""

    zone_id = SelectField("板块", choices=[], coerce=number)
    share = NumberField("比例 %")
    indicator = pick("指标", CreditIndicator, CREDIT_LABELS, "全部指标")


class CreditsForm(Form):
    effective_on = DayField("起算日期", validators=[required("起算日期")])
    shares = FieldList(FormField(ShareForm), "分享比例", min_entries=3, max_entries=30)

    def offer(self, zones: Sequence[Choice]) -> None:
        for entry in self.shares:
            entry.form.zone_id.choices = options(((z.id, z.label) for z in zones), "请选择")

    def entries(self) -> list[tuple[int, Decimal, CreditIndicator | None]]:
        """(zone, share as a ratio, indicator) of the lines that were filled in."""
        lines = [entry.form for entry in self.shares]
        return [
            (line.zone_id.data, line.share.data / 100, line.indicator.data)
            for line in lines
            if line.zone_id.data is not None and line.share.data is not None
        ]


class ZoneForm(Form):
    zone_id = SelectField("落地板块", choices=[], coerce=number)

    def offer_zones(self, zones: Sequence[Choice], blank: str) -> None:
        self.zone_id.choices = options(((z.id, z.label) for z in zones), blank)

    def validate_zone_id(self, field: SelectField) -> None:
        if field.data is None:
            raise ValidationError("没有选择板块。请选择。")
