"""Putting somebody on a project."""

from collections.abc import Sequence

from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Optional

from crm.assignments.models import Assignment
from crm.assignments.rules import (
    ASSIGNMENT_LABELS,
    NOTE_MOST,
    AssignmentDraft,
    AssignmentKind,
    Candidate,
    Part,
)
from crm.projects.queries import Choice
from crm.web.forms import DayField, Form, at_most, fits, required

KEEP = "keep"


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


class HandoverForm(Form):
    """One colleague for everything, or another for a part."""

    everything = SelectField("全部交给", validators=[Optional()])
    projects = SelectField("项目", validators=[Optional()])
    companies = SelectField("企业联系", validators=[Optional()])
    targets = SelectField("靶向企业", validators=[Optional()])
    followups = SelectField("跟进", validators=[Optional()])
    demands = SelectField("企业诉求", validators=[Optional()])
    filings = SelectField("报备", validators=[Optional()])
    assignments = SelectField("服务专员安排", validators=[Optional()])
    note = TextAreaField("移交说明", validators=[required("移交说明"), at_most(NOTE_MOST)])

    def offer(self, people: Sequence[Choice]) -> None:
        known = [SelectChoice(str(person.id), person.label) for person in people]
        self.everything.choices = [SelectChoice("", "请选择"), *known]
        for part in Part:
            getattr(self, part.value).choices = [
                SelectChoice("", "同上"),
                *known,
                SelectChoice(KEEP, "先不移交"),
            ]

    def recipients(self) -> dict[Part, int]:
        """Part → who takes it; a part that stays is missing."""
        found = {}
        for part in Part:
            said = getattr(self, part.value).data or self.everything.data
            if said and said != KEEP:
                found[part] = int(said)
        return found
