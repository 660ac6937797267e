"""What is done with duties and with the calendar's feeds. Nothing here commits."""

from crm.followups.actions.demands import answer, confirm, forward, reopen, urge
from crm.followups.actions.duties import (
    Planned,
    cancel,
    complete,
    hand_over,
    plan,
    postpone,
    resume,
    set_next,
)
from crm.followups.actions.feed import Reading, hash_of, make_feed, read_feed, revoke_feed
from crm.followups.actions.ladder import escalate
from crm.followups.actions.moving import attach, give, go_over
from crm.followups.actions.reminders import digest, remind
from crm.followups.actions.words import outside

__all__ = [
    "Planned",
    "Reading",
    "answer",
    "attach",
    "cancel",
    "complete",
    "confirm",
    "digest",
    "escalate",
    "forward",
    "give",
    "go_over",
    "hand_over",
    "hash_of",
    "make_feed",
    "outside",
    "plan",
    "postpone",
    "read_feed",
    "remind",
    "reopen",
    "resume",
    "revoke_feed",
    "set_next",
    "urge",
]
