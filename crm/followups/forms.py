"""Forms of a duty: stating it, and the three ways it moves on."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Optional

from crm.companies.models import Company
from crm.core import text
from crm.followups.models import Demand, Followup
from crm.followups.queries import FollowupRow
from crm.followups.rules import ANSWERED, BY_HAND, DUTY_LABELS, Draft, DutyKind
from crm.followups.rules.demands import (
    CATEGORIES,
    CONFIRMER_LABELS,
    SATISFACTION_LABELS,
    Confirmation,
    Confirmer,
    Satisfaction,
)
from crm.web.forms import DayField, Form, at_most, fits, required


def options(pairs: Iterable[tuple[Any, str]]) -> list[SelectChoice]:
    return [SelectChoice(str(value), label) for value, label in pairs]


class PlanForm(Form):
    """A new duty about a company or a project; a promise is raised where its leader is named."""

    kind = SelectField(
        "类别",
        choices=options((k, DUTY_LABELS[k]) for k in BY_HAND if k is not DutyKind.PROMISE),
        default=DutyKind.FOLLOWUP.value,
    )
    what = StringField(
        "做什么",
        validators=[required("做什么"), fits(Followup.what)],
    )
    due_on = DayField("哪天之前", validators=[required("日期")])
    due_at = StringField("几点", validators=[Optional(), at_most(20)])
    owner = SelectField("责任人", coerce=lambda v: int(v) if v else None, validate_choice=False)
    company = HiddenField()
    project = HiddenField()

    def offer(self, owners: Sequence[tuple[int, str]]) -> None:
        self.owner.choices = options(owners)

    def draft(self) -> Draft:
        return Draft(
            what=self.what.data or "",
            due_on=self.due_on.data or date.min,
            due_at=text.nfkc(self.due_at.data or "").zfill(5) if self.due_at.data else "",
            owner_id=self.owner.data,
            kind=DutyKind(self.kind.data),
        )


class CompleteForm(Form):
    version = HiddenField()
    answer = TextAreaField("办成了什么", validators=[required("结果"), at_most(20_000)])


class PostponeForm(Form):
    version = HiddenField()
    to = DayField("推迟到", validators=[required("日期")])
    reason = StringField("原因", validators=[required("原因"), fits(Followup.postpone_reason)])


class CancelForm(Form):
    version = HiddenField()
    reason = StringField("原因", validators=[required("原因"), fits(Followup.close_reason)])


class OwnerForm(Form):
    version = HiddenField()
    owner = SelectField("新的责任人", coerce=lambda v: int(v) if v else None, validate_choice=False)
    note = StringField("交接说明", validators=[Optional(), fits(Followup.postpone_reason)])


def in_place(row: FollowupRow | None) -> dict[str, Form]:
    """The small forms of the row that is open on a list, by what they do."""
    if row is None:
        return {}
    kinds: dict[str, type[Form]] = {"complete": CompleteForm, "postpone": PostponeForm, "cancel": CancelForm}
    return {name: kind(formdata=None, version=row.version) for name, kind in kinds.items()}


def _number(value: Any) -> int | None:
    return int(value) if value else None


class DemandForm(Form):
    """A demand, a promise or a problem as somebody raises it."""

    kind = RadioField(
        "类别", choices=options((k, DUTY_LABELS[k]) for k in ANSWERED), default=DutyKind.DEMAND.value
    )
    what = TextAreaField("具体诉求", validators=[required("具体诉求"), fits(Followup.what)])
    company = StringField("企业", validators=[Optional(), fits(Company.name)])
    company_id = HiddenField()
    project = HiddenField()
    category = SelectField("问题类别", choices=options([("", "未分类"), *((c, c) for c in CATEGORIES)]))
    unit = SelectField("责任单位", coerce=_number, validate_choice=False)
    due_on = DayField("哪天之前答复", validators=[required("日期")])
    owner = SelectField("责任人", coerce=_number, validate_choice=False)
    leader = SelectField("哪位领导承诺", coerce=_number, validate_choice=False)

    def offer(
        self,
        units: Sequence[tuple[int, str]],
        owners: Sequence[tuple[int, str]],
        leaders: Sequence[tuple[int, str]],
    ) -> None:
        self.unit.choices = options([("", "还没有定"), *units])
        self.owner.choices = options(owners)
        self.leader.choices = options([("", "不是领导承诺"), *leaders])

    def draft(self) -> Draft:
        return Draft(
            what=self.what.data or "",
            due_on=self.due_on.data or date.min,
            owner_id=self.owner.data,
            kind=DutyKind(self.kind.data),
            category=self.category.data or "",
            leader_id=self.leader.data,
        )


class ForwardForm(Form):
    version = HiddenField()
    unit = SelectField("责任单位", coerce=_number, validate_choice=False)
    category = SelectField("问题类别", choices=options([("", "未分类"), *((c, c) for c in CATEGORIES)]))
    due_on = DayField("哪天之前答复", validators=[required("日期")])
    note = StringField("转办说明", validators=[Optional(), fits(Demand.confirm_note)])

    def offer(self, units: Sequence[tuple[int, str]]) -> None:
        self.unit.choices = options([("", "请选择"), *units])


class AnswerForm(Form):
    version = HiddenField()
    answer = TextAreaField("答复", validators=[required("答复"), at_most(20_000)])


class ConfirmForm(Form):
    version = HiddenField()
    by = RadioField("谁确认", choices=options(CONFIRMER_LABELS.items()), default=Confirmer.COMPANY.value)
    name = StringField("姓名和职务", validators=[required("姓名"), fits(Demand.confirmed_name)])
    satisfaction = RadioField(
        "企业满意度", choices=options(SATISFACTION_LABELS.items()), validate_choice=False
    )
    note = StringField("说明", validators=[Optional(), fits(Demand.confirm_note)])

    def confirmation(self) -> Confirmation:
        chosen = self.satisfaction.data if self.satisfaction.data in set(Satisfaction) else None
        return Confirmation(
            Confirmer(self.by.data),
            self.name.data or "",
            Satisfaction(chosen) if chosen else None,
            self.note.data or "",
        )


class ReopenForm(Form):
    version = HiddenField()
    due_on = DayField("哪天之前答复", validators=[required("日期")])
    reason = StringField("原因", validators=[required("原因"), fits(Demand.confirm_note)])
