"""Regular work on duties. Each looks for states and not for moments: whatever run was missed, the next one finds it."""

from datetime import datetime

from crm.followups import actions
from crm.tasks.jobs.steps import in_steps


def remind(now: datetime) -> str:
    """Tells owners of what is due soon, due and late, and lets go up what is late for longer."""
    told = in_steps(actions.remind(now))
    return f"提醒了{told}件到期的跟进，升级了{in_steps(actions.escalate(now))}件逾期的"


def digest(now: datetime) -> str:
    """The digest of the day for everybody who wants one; none on a day off."""
    return f"发了{in_steps(actions.digest(now))}份每日摘要"
