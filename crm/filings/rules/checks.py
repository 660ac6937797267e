"""Asking whether an investor is taken: how a question came, and how many an hour has room for."""

from datetime import timedelta
from enum import StrEnum

from crm.core.errors import RuleBroken

HOUR = timedelta(hours=1)


class CheckVia(StrEnum):
    SAVED = "saved"
    ASKED = "asked"
    FILED = "filed"

    @property
    def label(self) -> str:
        return {"saved": "保存项目", "asked": "查重", "filed": "报备"}[self.value]


#: Questions somebody asked; a filing is judged whatever the hour holds.
COUNTED = (CheckVia.SAVED, CheckVia.ASKED)


def room(asked: int, limit: int) -> int:
    return max(0, limit - asked)


def refuse(limit: int, again: str) -> RuleBroken:
    """Said to whoever has asked too often; `again` is the hour and minute at which the first question is an hour old."""
    return RuleBroken(f"一小时内最多查重 {limit} 次，已经用完。请 {again} 以后再查，或直接报备。")
