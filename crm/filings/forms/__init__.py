"""What people type about a filing ↔ drafts and decisions of `rules`."""

from collections.abc import Sequence

from wtforms import HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from crm.filings.models import Filing
from crm.filings.queries import Hit, VisitChoice
from crm.filings.rules import REASON_MOST, Decision, FilingDraft, HitReason
from crm.web.forms import DayField, Form, at_most, fits

Papers = Sequence[tuple[int, str]]


class PapersField(SelectMultipleField):
    """Files of the project, or filings, each with its box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def offer(self, papers: Papers) -> None:
        self.choices = [SelectChoice(str(id_), name) for id_, name in papers]

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(int(value) for value in self.data or ())


class FilingForm(Form):
    visit = SelectField("走访", validators=[Optional()])
    evidence = PapersField("接触证明文件", validators=[Optional()])
    contact_on = DayField("首次接触日期", validators=[Optional()])
    note = StringField("说明", validators=[Optional(), fits(Filing.note)])

    def offer(self, visits: Sequence[VisitChoice], papers: Papers) -> None:
        self.visit.choices = [
            SelectChoice("", "不选走访"),
            *(SelectChoice(str(one.id), one.words) for one in visits),
        ]
        self.evidence.offer(papers)

    def draft(self) -> FilingDraft:
        visit = int(self.visit.data) if self.visit.data else None
        return FilingDraft(self.contact_on.data, visit, self.evidence.ids, self.note.data or "")


class Reasoned(Form):
    """A verb with its reason, on the version of the filing that was read."""

    version = HiddenField()
    reason = TextAreaField("原因", validators=[Optional(), at_most(REASON_MOST)])


class DecideForm(Reasoned):
    decision = RadioField(
        "核定",
        choices=[
            SelectChoice(Decision.ACCEPT.value, "受理"),
            SelectChoice(Decision.RETURN.value, "退回补正"),
            SelectChoice(Decision.REFUSE.value, "不受理"),
        ],
        default=Decision.ACCEPT.value,
    )


class ChoiceForm(Reasoned):
    attachment = SelectField("书面选择的文件", validators=[Optional()])
    over = PapersField("针对哪几条报备", validators=[Optional()])

    def offer_rivals(self, hits: Sequence[Hit]) -> None:
        """Whom the choice may stand above; those met for more than an alike name are ticked on a fresh form."""
        self.over.offer(
            [(hit.row.id, f"{hit.row.zone}：{hit.row.investor}（{hit.reason.label}）") for hit in hits]
        )
        if not self.is_submitted():
            self.over.data = [str(hit.row.id) for hit in hits if hit.reason is not HitReason.NAME]

    def offer(self, papers: Papers) -> None:
        self.attachment.choices = [
            SelectChoice("", "请选择"),
            *(SelectChoice(str(id_), name) for id_, name in papers),
        ]


class ExtendForm(Reasoned):
    evidence = PapersField("进展证明", validators=[Optional()])


class AnswerForm(Reasoned):
    answer = RadioField(
        "答复", choices=[SelectChoice("yes", "同意"), SelectChoice("no", "不同意")], default="yes"
    )

    @property
    def yes(self) -> bool:
        return bool(self.answer.data == "yes")
