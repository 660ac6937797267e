"""Writing the register, links and contacts. Callers write `actions.register(actor, draft)`; edges commit."""

from crm.companies.actions.bulk import insert_many as insert_many
from crm.companies.actions.bulk import link_many as link_many
from crm.companies.actions.contacts import add_contact as add_contact
from crm.companies.actions.contacts import edit_contact as edit_contact
from crm.companies.actions.contacts import retire_contact as retire_contact
from crm.companies.actions.contacts import reveal_phone as reveal_phone
from crm.companies.actions.entries import checked as checked
from crm.companies.actions.entries import draft_of as draft_of
from crm.companies.actions.entries import edit as edit
from crm.companies.actions.entries import register as register
from crm.companies.actions.links import advance_link as advance_link
from crm.companies.actions.links import edit_link as edit_link
from crm.companies.actions.links import ensure_link as ensure_link
from crm.companies.actions.links import follow_by as follow_by
from crm.companies.actions.links import give_links as give_links
from crm.companies.actions.links import join_nodes as join_nodes
from crm.companies.actions.links import link as link
from crm.companies.actions.links import settle as settle
from crm.companies.actions.merging import Undone as Undone
from crm.companies.actions.merging import fold_by as fold_by
from crm.companies.actions.merging import merge as merge
from crm.companies.actions.merging import not_same as not_same
from crm.companies.actions.merging import undo_merge as undo_merge
