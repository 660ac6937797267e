"""Every verb of the pipeline. None commits; each takes the project's lock first."""

from crm.pipeline.actions.bulk import decide_many
from crm.pipeline.actions.following import follow_phases
from crm.pipeline.actions.gates import add_rule, change_rule, check_edit, keep_refusal, reset_rule
from crm.pipeline.actions.investment import Done, Report, forget_investment, report, report_many
from crm.pipeline.actions.landing import land
from crm.pipeline.actions.milestones import FROZEN_FIELDS, mark_changed, save_milestone, submit
from crm.pipeline.actions.moves import move_stage
from crm.pipeline.actions.periods import adjust, lock_month
from crm.pipeline.actions.recognitions import correct_date, counted_of, recognise, return_, revoke
from crm.pipeline.actions.status import change_status, decide_status

__all__ = [
    "FROZEN_FIELDS",
    "Done",
    "Report",
    "add_rule",
    "adjust",
    "change_rule",
    "change_status",
    "check_edit",
    "correct_date",
    "counted_of",
    "decide_many",
    "decide_status",
    "follow_phases",
    "forget_investment",
    "keep_refusal",
    "land",
    "lock_month",
    "mark_changed",
    "move_stage",
    "recognise",
    "report",
    "report_many",
    "reset_rule",
    "return_",
    "revoke",
    "save_milestone",
    "submit",
]
