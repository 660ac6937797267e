"""Putting somebody on a project."""

from collections.abc import Sequence

from wtforms import RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Optional

from crm.assignments.models import Assignment
from crm.assignments.rules import ASSIGNMENT_LABELS, AssignmentDraft, AssignmentKind, Candidate
from crm.projects.queries import Choice
from crm.web.forms import DayField, Form, fits, required


class AssignForm(Form):
    kind = RadioField(
        "安排",
        choices=[SelectChoice(k.value, label) for k, label in ASSIGNMENT_LABELS.items()],
        default=AssignmentKind.DIRECT_LEADER.value,
    )
    leader = SelectField("领导", validators=[Optional()])
    user = SelectField("服务专员", validators=[Optional()])
    starts_on = DayField("开始日期", validators=[required("开始日期")])
    ends_on = DayField("结束日期", validators=[Optional()])
    note = StringField("说明", validators=[Optional(), fits(Assignment.note)])

    def offer(
        self, first: Sequence[Candidate], others: Sequence[Candidate], people: Sequence[Choice]
    ) -> None:
        """Leaders by rank, those whom the rule names in a group above the others."""
        self.leader.choices = [
            SelectChoice("", "请选择"),
            *(SelectChoice(str(one.id), f"{one.name} {one.title}", optgroup="按规定应为") for one in first),
            *(SelectChoice(str(one.id), f"{one.name} {one.title}", optgroup="其他领导") for one in others),
        ]
        self.user.choices = [SelectChoice("", "请选择"), *(SelectChoice(str(p.id), p.label) for p in people)]

    def draft(self) -> AssignmentDraft:
        kind = AssignmentKind(self.kind.data)
        leader, user = self.leader.data, self.user.data
        assert self.starts_on.data is not None
        return AssignmentDraft(
            kind=kind,
            starts_on=self.starts_on.data,
            leader_id=int(leader) if kind.is_leader and leader else None,
            user_id=int(user) if not kind.is_leader and user else None,
            ends_on=self.ends_on.data,
            note=self.note.data or "",
        )


class EndForm(Form):
    ends_on = DayField("结束日期", validators=[required("结束日期")])
