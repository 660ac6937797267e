"""Telling people, sending what leaves the house, and the steps up the ladders. Nothing here commits."""

from crm.notices.actions.ladders import Step, climb, resolve, wait_again
from crm.notices.actions.outbox import again, claim, failed, sent, try_out
from crm.notices.actions.telling import Message, choose, read, read_all, send, send_many, tell, tell_each

__all__ = [
    "Message",
    "Step",
    "again",
    "choose",
    "claim",
    "climb",
    "failed",
    "read",
    "read_all",
    "resolve",
    "send",
    "send_many",
    "sent",
    "tell",
    "tell_each",
    "try_out",
    "wait_again",
]
