"""The form of what one wants to be told of, and of trying a way out."""

from collections.abc import Sequence
from typing import Any

from wtforms import IntegerField, RadioField, SelectMultipleField, StringField
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from crm.notices.rules import COMPULSORY, IN_APP, TOPIC_HINTS, TOPIC_LABELS, Choice, Topic, channel_label
from crm.web.choices import options
from crm.web.forms import Form, at_most


class WaysField(SelectMultipleField):
    """The ways one kind of message comes by: boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def _ways(topic: Topic) -> WaysField:
    return WaysField(TOPIC_LABELS[topic], choices=[], description=TOPIC_HINTS.get(topic, ""))


class ChoiceForm(Form):
    soon = _ways(Topic.SOON)
    due = _ways(Topic.DUE)
    late = _ways(Topic.LATE)
    neglected = _ways(Topic.NEGLECTED)
    escalated = _ways(Topic.ESCALATED)
    demand = _ways(Topic.DEMAND)
    digest = _ways(Topic.DIGEST)
    lead_days = IntegerField("提前几个工作日", render_kw={"inputmode": "numeric"})
    email = StringField("邮箱", [Optional(), at_most(200)], render_kw={"inputmode": "email"})

    def offer(self, channels: Sequence[str]) -> "ChoiceForm":
        for topic in Topic:
            shown = [c for c in channels if not (c == IN_APP and topic in COMPULSORY)]
            self[topic.value].choices = options((c, channel_label(c)) for c in shown)
        return self

    def show(self, choice: Choice) -> None:
        self.lead_days.data, self.email.data = choice.lead_days, choice.email
        for topic in Topic:
            self[topic.value].data = sorted(choice.of(topic))

    def choice(self) -> Choice:
        ways: dict[Topic, frozenset[str]] = {t: frozenset(self[t.value].data or ()) for t in Topic}
        lead = self.lead_days.data
        return Choice(lead if lead is not None else -1, (self.email.data or "").strip(), ways)


class TryForm(Form):
    """One way out, tried with a message to oneself."""

    channel: Any = RadioField("渠道", choices=[])

    def offer(self, channels: Sequence[str]) -> "TryForm":
        self.channel.choices = options((c, channel_label(c)) for c in channels)
        return self
