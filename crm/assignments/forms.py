"""Putting somebody on a project."""

from collections.abc import Mapping, Sequence

from wtforms import RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Optional

from crm.assignments.models import Assignment
from crm.assignments.rules import (
    ASSIGNMENT_LABELS,
    NOTE_MOST,
    AssignmentDraft,
    AssignmentKind,
    Candidate,
    Held,
    Part,
    Thing,
    Wish,
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
    """One colleague for everything, another for a part, another for single things.

    `ids` are the ticked things ("followups:12"), `receiver` who gets them, `chosen` what was given out so far
    ("followups:12:7"): it travels in the form, so that the work is shared out step by step and nothing is kept before the end.
    """

    everything = SelectField("全部交给", validators=[Optional()])
    projects = SelectField("项目", validators=[Optional()])
    companies = SelectField("企业联系", validators=[Optional()])
    targets = SelectField("靶向企业", validators=[Optional()])
    followups = SelectField("跟进", validators=[Optional()])
    demands = SelectField("企业诉求", validators=[Optional()])
    filings = SelectField("报备", validators=[Optional()])
    assignments = SelectField("服务专员安排", validators=[Optional()])
    note = TextAreaField("移交说明", validators=[required("移交说明"), at_most(NOTE_MOST)])
    ids = SelectMultipleField("选中的", validate_choice=False)
    receiver = SelectField("选中的交给", validate_choice=False)
    chosen = SelectMultipleField("已分的", validate_choice=False)

    def offer(self, people: Sequence[Choice], things: Mapping[Part, Sequence[Held]]) -> None:
        """What is no longer held is forgotten."""
        known = [SelectChoice(str(person.id), person.label) for person in people]
        self.everything.choices = [SelectChoice("", "请选择"), *known]
        for part in Part:
            getattr(self, part.value).choices = [
                SelectChoice("", "同上"),
                *known,
                SelectChoice(KEEP, "先不移交"),
            ]
        self.receiver.choices = [*known, SelectChoice(KEEP, "先不移交"), SelectChoice("", "随这一类")]
        self._there = {(part, one.id) for part, held in things.items() for one in held}

    def single(self) -> dict[Thing, str]:
        """Thing → a colleague's number, or KEEP: what was given out so far."""
        found = {}
        for written in self.chosen.data or ():
            thing, _, to = written.rpartition(":")
            if (known := self._thing(thing)) is not None and (to == KEEP or to.isdecimal()):
                found[known] = to
        return found

    def _thing(self, written: str) -> Thing | None:
        part, _, number = written.partition(":")
        known = part in set(Part) and number.isdecimal() and len(number) < 19
        thing = (Part(part), int(number)) if known else None
        return thing if thing in self._there else None

    def share(self) -> int:
        """Gives what is ticked to the receiver, or back to its part; answers how many that were."""
        found, ticked = self.single(), [self._thing(written) for written in self.ids.data or ()]
        for thing in ticked:
            if thing is not None:
                found[thing] = self.receiver.data or ""
        self.chosen.data = [f"{part.value}:{number}:{to}" for (part, number), to in found.items() if to]
        self.ids.data = []
        return len(ticked)

    def wish(self) -> Wish:
        parts = {}
        for part in Part:
            said = getattr(self, part.value).data or self.everything.data
            if said and said != KEEP:
                parts[part] = int(said)
        return Wish(parts, {thing: None if to == KEEP else int(to) for thing, to in self.single().items()})
