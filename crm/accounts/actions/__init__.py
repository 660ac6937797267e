"""Signing in, keeping accounts, giving and ending posts."""

from crm.accounts.actions.people import create_user as create_user
from crm.accounts.actions.people import edit_user as edit_user
from crm.accounts.actions.people import reset_password as reset_password
from crm.accounts.actions.people import set_active as set_active
from crm.accounts.actions.people import unlock as unlock
from crm.accounts.actions.posts import confirm as confirm
from crm.accounts.actions.posts import confirm_end as confirm_end
from crm.accounts.actions.posts import end as end
from crm.accounts.actions.posts import invite as invite
from crm.accounts.actions.posts import keep as keep
from crm.accounts.actions.posts import propose as propose
from crm.accounts.actions.posts import propose_end as propose_end
from crm.accounts.actions.posts import refuse as refuse
from crm.accounts.actions.posts import review as review
from crm.accounts.actions.roster import import_people as import_people
from crm.accounts.actions.signing import change_password as change_password
from crm.accounts.actions.signing import sign_in as sign_in
from crm.accounts.actions.tokens import add_token as add_token
from crm.accounts.actions.tokens import revoke_token as revoke_token
