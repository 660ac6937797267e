"""What people fill in to move a project, to report a milestone, to decide on it, and to change its status."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from wtforms import (
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from crm.pipeline import rules
from crm.pipeline.rules import MilestoneKind, status
from crm.pipeline.rules.status import LOST_CATEGORIES, StatusDraft
from crm.projects.forms.fields import NumberField
from crm.projects.models import Attachment
from crm.projects.rules import ATTACHMENT_LABELS, AttachmentKind, Stage, Status
from crm.web.forms import AmountField, DayField, FilesField, Form, at_most, required

_LONG = at_most(500)
_SHORT = at_most(300)


class StageForm(Form):
    """Moving through the talks."""

    to = SelectField("阶段", choices=[SelectChoice(s.value, s.label) for s in Stage])
    note = TextAreaField("原因", validators=[Optional(), _LONG])

    def stage(self) -> Stage:
        return Stage(self.to.data)


class MilestoneForm(Form):
    """One milestone; `milestone_form` adds an upload for each kind of file it needs."""

    version = HiddenField()
    happened_on = DayField("日期", validators=[Optional()])
    order_reason = StringField("日期先后与其他里程碑不一致的原因", validators=[Optional(), _SHORT])
    evidence = SelectMultipleField(
        "已传文件",
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validators=[Optional()],
    )
    note = TextAreaField("说明", validators=[Optional(), _SHORT])

    #: Names of the upload fields by kind of file; filled by `milestone_form`.
    uploads: dict[AttachmentKind, str] = {}  # noqa: RUF012  (one class for each kind of milestone)

    def offer(self, files: Sequence[Attachment]) -> None:
        """The project's files one can choose from."""
        self.evidence.choices = [
            SelectChoice(str(f.id), f"{ATTACHMENT_LABELS[f.kind]} {f.filename}") for f in files
        ]

    def agreement(self) -> rules.AgreementDraft | None:
        return None

    def review(self) -> rules.ReviewDraft:
        return rules.ReviewDraft()

    def kind_of_agreement(self) -> rules.AgreementKind | None:
        return None

    def draft(self, uploaded: Sequence[int] = ()) -> rules.MilestoneDraft:
        """`uploaded` are the ids of the files that came with this form."""
        return rules.MilestoneDraft(
            happened_on=self.happened_on.data,
            evidence=tuple(dict.fromkeys([*(self.evidence.data or ()), *uploaded])),
            order_reason=self.order_reason.data or "",
            note=self.note.data or "",
            agreement_kind=self.kind_of_agreement(),
            agreement=self.agreement(),
            review=self.review(),
        )


class SigningForm(MilestoneForm):
    """Signing also says what the agreement says, and who reviewed it."""

    agreement_kind = RadioField(
        "协议类型",
        choices=[
            SelectChoice(k.value, label)
            for k, label in rules.AGREEMENT_LABELS.items()
            if k is not rules.AgreementKind.TERMINATION
        ],
        default=rules.AgreementKind.INVESTMENT.value,
    )
    agreement_total = AmountField("协议总投资", unit="亿元", validators=[Optional()])
    agreement_total_usd = AmountField("协议总投资（美元）", unit="万美元", validators=[Optional()])
    agreement_fixed = AmountField("其中固定资产投资", unit="亿元", validators=[Optional()])
    agreement_parties = StringField("签约各方", validators=[Optional(), _SHORT])
    agreement_land_mu = NumberField("用地 亩", validators=[Optional()])
    agreement_start_by = DayField("约定开工日期", validators=[Optional()])
    agreement_complete_by = DayField("约定竣工日期", validators=[Optional()])
    agreement_obligations = TextAreaField("其他履约义务", validators=[Optional(), at_most(2000)])
    review_by = StringField("审查人", validators=[Optional(), at_most(60)])
    review_on = DayField("审查日期", validators=[Optional()])
    review_conclusion = TextAreaField("审查结论", validators=[Optional(), _LONG])

    def agreement(self) -> rules.AgreementDraft | None:
        return rules.AgreementDraft(
            self.agreement_total.data,
            self.agreement_total_usd.data,
            self.agreement_fixed.data,
            self.agreement_parties.data or "",
            self.agreement_land_mu.data,
            self.agreement_start_by.data,
            self.agreement_complete_by.data,
            self.agreement_obligations.data or "",
        )

    def review(self) -> rules.ReviewDraft:
        return rules.ReviewDraft(
            (self.review_by.data or "").strip(),
            self.review_on.data,
            (self.review_conclusion.data or "").strip(),
        )

    def kind_of_agreement(self) -> rules.AgreementKind | None:
        return rules.AgreementKind(self.agreement_kind.data or rules.AgreementKind.INVESTMENT.value)


@cache
def milestone_form(kind: MilestoneKind, files: tuple[AttachmentKind, ...]) -> type[MilestoneForm]:
    """The form of one kind of milestone, with an upload for each kind of file the gate table asks for."""
    base = SigningForm if kind is MilestoneKind.SIGNED else MilestoneForm
    names = {needed: f"upload_{needed.value}" for needed in files}
    fields: dict[str, Any] = {
        name: FilesField(f"上传{rules.file_words(needed)}", validators=[Optional()])
        for needed, name in names.items()
    }
    return type(f"{kind.name.title()}Form", (base,), {**fields, "uploads": names})


class RecogniseForm(Form):
    version = HiddenField()
    back = HiddenField()
    recognised_on = DayField("统计日期", validators=[required("统计日期")])


class ReasonForm(Form):
    """Returning and revoking."""

    version = HiddenField()
    back = HiddenField()
    reason = TextAreaField("原因", validators=[required("原因"), _LONG])


class RedateForm(ReasonForm):
    """Correcting a statistical date."""

    recognised_on = DayField("统计日期", validators=[required("统计日期")])


class StatusForm(Form):
    """Hold, lost, terminated and back. The files' upload is named as the rule's field."""

    to = RadioField("状态", validate_choice=False)
    reason = TextAreaField("原因", validators=[required("原因"), _LONG])
    category = SelectField(
        "流失原因",
        choices=[SelectChoice("", "请选择"), *(SelectChoice(c) for c in LOST_CATEGORIES)],
        validators=[Optional()],
    )
    went_to = StringField("流失去向", validators=[Optional(), at_most(60)])
    review_on = DayField("复查日期", validators=[Optional()])
    effective_on = DayField("生效日期", validators=[Optional()])
    file = FilesField("上传解除协议", validators=[Optional()])

    def offer(self, now: Status, choices: Sequence[Status]) -> None:
        self.to.choices = [SelectChoice(s.value, status.label(now, s)) for s in choices]

    def validate_to(self, field: RadioField) -> None:
        if field.data not in {value for value, *_ in field.iter_choices()}:
            raise ValidationError("没有选择状态。请选择一种。")

    def draft(self) -> StatusDraft:
        return StatusDraft(
            to=Status(self.to.data),
            reason=self.reason.data or "",
            category=self.category.data or "",
            went_to=self.went_to.data or "",
            review_on=self.review_on.data,
            effective_on=self.effective_on.data,
        )


class DecideForm(Form):
    note = TextAreaField("意见", validators=[Optional(), _SHORT])


class LockForm(Form):
    month = HiddenField()
