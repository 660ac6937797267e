"""Pages of one's messages, of what one is told of, and of the ways out of the house."""

from flask import Blueprint

bp = Blueprint("notices", __name__)

from crm.notices.views import admin, choice, messages  # noqa: E402, F401  (registers their routes on the blueprint)
