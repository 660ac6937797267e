"""Pages of visits: the list, the form, one visit."""

from flask import Blueprint

bp = Blueprint("visits", __name__)

from crm.visits.views import entry, files, lookups, record  # noqa: E402, F401
