"""Forms of a duty: stating it, and the three ways it moves on."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Optional

from crm.core import text
from crm.followups.models import Followup
from crm.followups.queries import FollowupRow
from crm.followups.rules import BY_HAND, DUTY_LABELS, Draft, DutyKind
from crm.web.forms import DayField, Form, at_most, fits, required


def options(pairs: Iterable[tuple[Any, str]]) -> list[SelectChoice]:
    return [SelectChoice(str(value), label) for value, label in pairs]


class PlanForm(Form):
    """A new duty about a company or a project."""

    kind = SelectField(
        "类别", choices=options((k, DUTY_LABELS[k]) for k in BY_HAND), default=DutyKind.FOLLOWUP.value
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
