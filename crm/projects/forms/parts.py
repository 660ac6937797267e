"""Forms of what belongs to a project: weekly progress, phases, files, landing zone, shares."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from wtforms import (
    FieldList,
    FormField,
    HiddenField,
    SelectField,
    TextAreaField,
)
from wtforms import Form as WtForm
from wtforms.validators import Optional, ValidationError

from crm.projects.forms.fields import NumberField, code, number, options, pick
from crm.projects.queries import Choice
from crm.projects.rules import (
    ATTACHMENT_LABELS,
    CREDIT_LABELS,
    AttachmentKind,
    CreditIndicator,
)
from crm.projects.rules.drafts import ProgressDraft
from crm.web.forms import DayField, FilesField, Form, at_most, required


class ProgressForm(Form):
    on = DayField("日期", validators=[required("日期")])
    done = TextAreaField("本周进展", [Optional(), at_most(2000)])
    problem = TextAreaField("存在问题", [Optional(), at_most(2000)])
    next_step = TextAreaField("下一步", [Optional(), at_most(2000)])
    copied = HiddenField()

    def draft(self) -> ProgressDraft:
        on: date = self.on.data  # type: ignore[assignment]  # required
        return ProgressDraft(
            on, str(self.done.data or ""), str(self.problem.data or ""), str(self.next_step.data or "")
        )


class AttachmentForm(Form):
    kind = SelectField(
        "类型",
        choices=options(((k.value, v) for k, v in ATTACHMENT_LABELS.items()), "请选择"),
        coerce=code(AttachmentKind),
        validators=[required("类型")],
    )
    file = FilesField("文件", needed=True)


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
