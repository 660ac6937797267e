"""The nightly jobs of first talks."""

from datetime import datetime

from crm.filings import actions


def lapse(now: datetime) -> str:
    ended = actions.lapse_due(now)
    return f"写入 {len(ended)} 条失效的首谈保护。" if ended else "没有新失效的首谈保护。"


def climb(now: datetime) -> str:
    written = actions.climb_due(now)
    return f"{written} 级争议逾期，已提交上一级。" if written else "没有逾期的争议。"


def transfers(now: datetime) -> str:
    """Offers that nobody answered in their days go to the city."""
    late = actions.expire_transfers(now)
    return f"{len(late)} 项流转逾期未答复，已转市里指派。" if late else "没有逾期未答复的流转。"
