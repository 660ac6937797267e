"""Every verb of the pipeline. None commits; each takes the project's lock first."""

from crm.pipeline.actions.milestones import FROZEN_FIELDS, mark_changed, save_milestone, submit
from crm.pipeline.actions.moves import move_stage
from crm.pipeline.actions.periods import lock_month
from crm.pipeline.actions.recognitions import recognise, return_, revoke
from crm.pipeline.actions.status import change_status, decide_status

__all__ = [
    "FROZEN_FIELDS",
    "change_status",
    "decide_status",
    "lock_month",
    "mark_changed",
    "move_stage",
    "recognise",
    "return_",
    "revoke",
    "save_milestone",
    "submit",
]
