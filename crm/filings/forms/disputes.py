"""What people type in a dispute."""

from collections.abc import Sequence

from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Optional

from crm.filings.models import DisputeStep
from crm.filings.rules.disputes import TEXT_MOST
from crm.web.forms import Form, at_most, fits

Papers = Sequence[tuple[int, str]]


class Written(Form):
    """Words about a dispute, on the version that was read."""

    version = HiddenField()
    text = TextAreaField("内容", validators=[Optional(), at_most(TEXT_MOST)])


class ProposeForm(Written):
    keeps = RadioField(
        "由谁继续",
        choices=[SelectChoice("mine", "本板块继续"), SelectChoice("theirs", "对方继续")],
        default="mine",
    )

    @property
    def yields(self) -> bool:
        return bool(self.keeps.data == "theirs")


class SettleForm(Written):
    winner = RadioField("由谁继续", validators=[Optional()])
    document = StringField("文号", validators=[Optional(), fits(DisputeStep.document)])
    attachment = SelectField("文件", validators=[Optional()])

    def offer(self, sides: Sequence[tuple[int, str]], papers: Papers) -> None:
        self.winner.choices = [SelectChoice(str(id_), label) for id_, label in sides]
        self.attachment.choices = [
            SelectChoice("", "不选文件"),
            *(SelectChoice(str(id_), name) for id_, name in papers),
        ]

    @property
    def winner_id(self) -> int:
        return int(self.winner.data) if str(self.winner.data or "").isdigit() else 0

    @property
    def attachment_id(self) -> int | None:
        return int(self.attachment.data) if self.attachment.data else None
