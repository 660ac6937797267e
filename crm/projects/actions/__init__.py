"""What people do to a project's record; moving it through stages belongs to `pipeline`. Nothing here commits."""

from crm.projects.actions.attachments import Owner as Owner
from crm.projects.actions.attachments import add_attachment as add_attachment
from crm.projects.actions.attachments import attach as attach
from crm.projects.actions.attachments import detach as detach
from crm.projects.actions.attachments import looked_at as looked_at
from crm.projects.actions.attachments import owner_of as owner_of
from crm.projects.actions.attachments import receive as receive
from crm.projects.actions.attachments import remove_attachment as remove_attachment
from crm.projects.actions.investors import change_investor as change_investor
from crm.projects.actions.naming import name_columns as name_columns
from crm.projects.actions.naming import next_codes as next_codes
from crm.projects.actions.naming import subject as subject
from crm.projects.actions.phases import add_phase as add_phase
from crm.projects.actions.phases import edit_phase as edit_phase
from crm.projects.actions.phases import remove_phase as remove_phase
from crm.projects.actions.progress import add_progress as add_progress
from crm.projects.actions.progress import copy_last_week as copy_last_week
from crm.projects.actions.records import assign_zone as assign_zone
from crm.projects.actions.records import create as create
from crm.projects.actions.records import edit as edit
from crm.projects.actions.records import set_owner as set_owner
from crm.projects.actions.rights import end_grant as end_grant
from crm.projects.actions.rights import grant as grant
from crm.projects.actions.rights import set_credits as set_credits
from crm.projects.actions.tiers import retier as retier
