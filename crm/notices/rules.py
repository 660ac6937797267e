"""What people are told of and by which ways; and the states of a message that leaves the house."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from crm.core.errors import RuleBroken


class Topic(StrEnum):
    """What a reminder is about: one chooses for each by which ways it comes."""

    SOON = "soon"
    DUE = "due"
    LATE = "late"
    NEGLECTED = "neglected"
    ESCALATED = "escalated"
    DEMAND = "demand"
    DIGEST = "digest"

    @property
    def label(self) -> str:
        return TOPIC_LABELS[self]


TOPIC_LABELS = {
    Topic.SOON: "即将到期",
    Topic.DUE: "今天到期",
    Topic.LATE: "已经逾期",
    Topic.NEGLECTED: "久未联系",
    Topic.ESCALATED: "升级到我的",
    Topic.DEMAND: "诉求指定、转办、催办、答复",
    Topic.DIGEST: "每日摘要",
}
TOPIC_HINTS = {
    Topic.SOON: "到期前几个工作日，天数在下面填",
    Topic.NEGLECTED: "超过规定天数没有走访的在谈项目",
    Topic.ESCALATED: "逾期到规定天数升级来的事，站内必收",
    Topic.DEMAND: "交给我单位、催我单位、答复了我的诉求，站内必收",
    Topic.DIGEST: "每个工作日早上一条：今天、逾期、等别人的",
}

#: The message inside the product, mail, and every robot as "robot:" and its name.
IN_APP, MAIL = "in_app", "mail"
_ROBOT = "robot:"

#: Not to be switched off inside the product: somebody else waits for the answer.
COMPULSORY = frozenset({Topic.ESCALATED, Topic.DEMAND})
LEAD_DAYS, LEAD_MOST = 1, 10


def robot_channel(name: str) -> str:
    return f"{_ROBOT}{name}"


def robot_of(channel: str) -> str | None:
    """The robot's name; None for other channels."""
    return channel.removeprefix(_ROBOT) if channel.startswith(_ROBOT) else None


def channel_label(channel: str) -> str:
    return {IN_APP: "站内", MAIL: "邮件"}.get(channel) or f"机器人 {robot_of(channel)}"


_DEFAULT: Mapping[Topic, frozenset[str]] = {
    topic: frozenset() if topic is Topic.DIGEST else frozenset({IN_APP}) for topic in Topic
}


@dataclass(frozen=True, slots=True)
class Choice:
    """What one person chose. `lead_days` are the working days before the due day on which 即将到期 is told."""

    lead_days: int = LEAD_DAYS
    email: str = ""
    ways: Mapping[Topic, frozenset[str]] = field(default_factory=lambda: _DEFAULT)

    def of(self, topic: Topic) -> frozenset[str]:
        chosen = self.ways.get(topic, _DEFAULT[topic])
        return chosen | {IN_APP} if topic in COMPULSORY else chosen


_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def check(choice: Choice, domains: Iterable[str]) -> None:
    """`domains` are those that mail may go to, none for any."""
    if not 0 <= choice.lead_days <= LEAD_MOST:
        raise RuleBroken(f"提前的天数要在 0 到 {LEAD_MOST} 之间。请重新填写。", field="lead_days")
    if choice.email and not _ADDRESS.fullmatch(choice.email):
        raise RuleBroken("邮箱地址无法识别。请写成 name@example.gov.cn 这样。", field="email")
    allowed = [domain.lower() for domain in domains]
    if choice.email and allowed and choice.email.rpartition("@")[2].lower() not in allowed:
        raise RuleBroken(f"提醒邮件只发往 {'、'.join(allowed)}。请填单位邮箱。", field="email")
    if not choice.email and any(MAIL in ways for ways in choice.ways.values()):
        raise RuleBroken("选了邮件提醒，还没有填邮箱。请填写邮箱地址。", field="email")


def domains_of(text: str) -> list[str]:
    return [word for word in re.split(r"[\s,，、;；]+", text) if word]


class OutgoingState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"

    @property
    def label(self) -> str:
        return _STATE_LABELS[self]


_STATE_LABELS = {
    OutgoingState.QUEUED: "待发",
    OutgoingState.SENDING: "正在发",
    OutgoingState.SENT: "已发",
    OutgoingState.FAILED: "没有发出",
}

#: How long after each failed attempt the next one is made; after the last there is none.
_PAUSES = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=4))
MOST_ATTEMPTS = len(_PAUSES) + 1
FIRST_PAUSE = _PAUSES[0]
#: A message whose sender fell silent for so long is given up: nobody knows whether it arrived, and it may not come twice.
SILENCE = timedelta(minutes=10)
UNKNOWN = "发送时中断，不知道是否送到，没有再发"


#: A message that waited as long as all attempts together is given up with the others: nobody needs an old reminder.
LIFE = sum(_PAUSES, timedelta())
TOO_OLD = "渠道一直不通，过期没有再发"


def pause_after(attempts: int) -> timedelta | None:
    """None after the last attempt."""
    return _PAUSES[attempts - 1] if attempts <= len(_PAUSES) else None


class Undelivered(Exception):
    """A message did not leave. `reason` is Chinese and names no address; `again` False when trying again is no use or no longer
    safe; `whole` when it is the way itself that is shut, and no other message would get through by it either."""

    def __init__(self, reason: str, *, again: bool = True, whole: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again
        self.whole = whole
