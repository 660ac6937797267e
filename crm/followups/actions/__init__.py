"""What is done with duties and with the calendar's feeds. Nothing here commits."""

from crm.followups.actions.duties import Planned, cancel, complete, hand_over, plan, postpone, set_next
from crm.followups.actions.feed import Reading, hash_of, make_feed, read_feed, revoke_feed
from crm.followups.actions.reminders import remind

__all__ = [
    "Planned",
    "Reading",
    "cancel",
    "complete",
    "hand_over",
    "hash_of",
    "make_feed",
    "plan",
    "postpone",
    "read_feed",
    "remind",
    "revoke_feed",
    "set_next",
]
