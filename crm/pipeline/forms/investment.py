"""One month's investment as people fill it in: on the project's page and in the zone's table."""

from collections.abc import Sequence

from wtforms import BooleanField, HiddenField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from crm.pipeline.rules import investment
from crm.projects.models import Attachment
from crm.projects.rules import ATTACHMENT_LABELS
from crm.web.forms import AmountField, DayField, FilesField, Form, at_most

_LONG = at_most(500)
_SHORT = at_most(300)


class InvestmentForm(Form):
    """One month of one line; `reason` is asked for where the month is closed. Amounts in 万元."""

    version = HiddenField()
    choice = HiddenField()
    completed = AmountField("完成投资 万元", unit="万元", validators=[Optional()])
    paid_in = AmountField("到位资金 万元", unit="万元", validators=[Optional()])
    equipment = AmountField("其中设备 万元", unit="万元", validators=[Optional()])
    progress = StringField("形象进度", [Optional(), _LONG])
    in_statistics = BooleanField("已入统")
    in_statistics_on = DayField("入统日期", validators=[Optional()])
    note = StringField("说明", [Optional(), _SHORT])
    reason = TextAreaField("更正的原因", [Optional(), _LONG])
    evidence = SelectMultipleField(
        "已传文件",
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validators=[Optional()],
    )
    uploads = FilesField("上传证据", validators=[Optional()])

    def offer(self, files: Sequence[Attachment]) -> None:
        self.evidence.choices = [
            SelectChoice(str(f.id), f"{ATTACHMENT_LABELS[f.kind]} {f.filename}") for f in files
        ]

    def seen(self) -> int:
        """The version that was on the page, 0 where nothing had been reported."""
        written = str(self.version.data or "")
        return int(written) if written.isdigit() else 0

    def draft(self, uploaded: Sequence[int] | None = ()) -> investment.Draft:
        """`uploaded` are the ids of the files that came with it; None leaves the evidence as it is."""
        chosen = None if uploaded is None else tuple(dict.fromkeys([*(self.evidence.data or ()), *uploaded]))
        return investment.Draft(
            investment.Amounts(self.completed.data, self.paid_in.data, self.equipment.data),
            investment.Said(
                (self.progress.data or "").strip(),
                bool(self.in_statistics.data),
                self.in_statistics_on.data,
                (self.note.data or "").strip(),
            ),
            chosen,
            (self.reason.data or "").strip(),
        )
