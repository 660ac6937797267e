"""One's own messages and choices, the outbox, and who is reached by a ladder."""

from crm.notices.queries.messages import (
    NoticeRow,
    choice,
    choices,
    find,
    index,
    own_choice,
    unread,
    unread_count,
)
from crm.notices.queries.outbox import OutRow, anything_due, by_state, due_out, find_out, left_behind, outbox

__all__ = [
    "NoticeRow",
    "OutRow",
    "anything_due",
    "by_state",
    "choice",
    "choices",
    "due_out",
    "find",
    "find_out",
    "index",
    "left_behind",
    "outbox",
    "own_choice",
    "unread",
    "unread_count",
]
