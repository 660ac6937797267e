"""Regular work on projects in progress."""

from datetime import datetime

from crm.pipeline.actions import neglected as actions


def neglected(now: datetime) -> str:
    """Tells owners of projects that nobody has visited for too long."""
    return f"提醒了{actions.remind(now)}个久未联系的项目"
