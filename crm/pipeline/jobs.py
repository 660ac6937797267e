"""Regular work on projects in progress."""

from datetime import datetime

from crm.pipeline.actions import neglected as actions
from crm.tasks.jobs.steps import in_steps


def neglected(now: datetime) -> str:
    """Tells owners of projects that nobody has visited for too long."""
    return f"提醒了{in_steps(actions.remind(now))}个久未联系的项目"
