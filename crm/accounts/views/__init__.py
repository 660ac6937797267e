"""Pages of one's own account and of the administrators."""

from flask import Blueprint

bp = Blueprint("accounts", __name__)

from crm.accounts.views import own, rights, saved, team, users  # noqa: E402, F401  (registers their routes on the blueprint)
