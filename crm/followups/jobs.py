"""Daily work on duties."""

from datetime import datetime

from crm.followups import actions


def remind(now: datetime) -> str:
    """Tells owners of what is due soon, due and late."""
    return f"提醒了{actions.remind(now)}件到期的跟进"
