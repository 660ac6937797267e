"""Asking a zone about a project, and answering."""

from collections.abc import Sequence

from wtforms import HiddenField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Optional

from crm.projects.queries import Choice
from crm.web.forms import FilesField, Form, at_most, required


class AskForm(Form):
    """Who is told may be left open: then it is the project's owner."""

    back = HiddenField()
    asked_of = SelectField("请谁说明", validators=[Optional()], validate_choice=False)
    note = TextAreaField("要说明什么", validators=[required("要说明什么"), at_most(300)])

    def offer(self, people: Sequence[Choice], owner_id: int | None) -> None:
        self.asked_of.choices = [SelectChoice(str(one.id), one.label) for one in people]
        if owner_id is not None and self.asked_of.data is None:
            self.asked_of.data = str(owner_id)

    @property
    def told(self) -> int | None:
        written = self.asked_of.data or ""
        return int(written) if written.isdecimal() and len(written) < 10 else None


class AnswerForm(Form):
    back = HiddenField()
    answer = TextAreaField("说明", validators=[required("说明"), at_most(500)])
    file = FilesField("附材料", validators=[Optional()])
