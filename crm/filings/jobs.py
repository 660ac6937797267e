"""The nightly job of first talks."""

from datetime import datetime

from crm.filings import actions


def lapse(now: datetime) -> str:
    ended = actions.lapse_due(now)
    return f"写入 {len(ended)} 条失效的首谈保护。" if ended else "没有新失效的首谈保护。"
