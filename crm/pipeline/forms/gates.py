"""What the bureau fills in to change the gate table."""

from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from crm.pipeline import rules
from crm.projects.rules import Stage, Tier
from crm.web.forms import Form, at_most, required


class GateRuleForm(Form):
    """One rule of the gate table; `needs` is fixed once a rule exists."""

    version = HiddenField()
    choice = HiddenField()
    stage = SelectField(
        "阶段", choices=[SelectChoice(s.value, s.label) for s in Stage if s is not Stage.LEAD]
    )
    needs = SelectField("要有", choices=[SelectChoice(n.code, n.label) for n in rules.NEEDS.values()])
    bars = RadioField(
        "缺了怎样", choices=[SelectChoice("1", "不能推进"), SelectChoice("0", "只提醒")], default="1"
    )
    span = RadioField(
        "何时要有", choices=[SelectChoice(s.value, label) for s, label in rules.SPAN_LABELS.items()]
    )
    condition = SelectField(
        "适用项目", choices=[SelectChoice(code, words) for code, (words, _) in rules.CONDITIONS.items()]
    )
    tiers = SelectMultipleField(
        "适用级别",
        coerce=Tier,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validators=[Optional()],
    )
    words = StringField("提示", validators=[Optional(), at_most(200)])
    active = BooleanField("启用")
    source = TextAreaField("依据", validators=[required("依据"), at_most(200)])

    def seen(self) -> int:
        text = str(self.version.data or "")
        return int(text) if text.isdigit() else 0

    def rule(self, key: str) -> rules.Rule:
        return rules.Rule(
            key,
            Stage(self.stage.data),
            str(self.needs.data),
            rules.Span(self.span.data),
            str(self.condition.data or ""),
            tuple(self.tiers.data or ()),
            self.bars.data == "1",
            bool(self.active.data),
            (self.words.data or "").strip(),
            str(self.source.data).strip(),
            self.seen(),
        )


class ReasonedForm(Form):
    """Going back to the default."""

    version = HiddenField()

    def seen(self) -> int:
        text = str(self.version.data or "")
        return int(text) if text.isdigit() else 0

    source = StringField("依据", validators=[required("依据"), at_most(200)])
