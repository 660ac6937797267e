"""Logging and correcting visits. Callers write `actions.log(actor, draft, today)`; edges commit."""

from crm.visits.actions.editing import edit as edit
from crm.visits.actions.files import add_attachment as add_attachment
from crm.visits.actions.files import owner_of as owner_of
from crm.visits.actions.files import remove_attachment as remove_attachment
from crm.visits.actions.rights import may_edit as may_edit
from crm.visits.actions.visit import Logged as Logged
from crm.visits.actions.visit import log as log
from crm.visits.actions.visit import reveal as reveal
