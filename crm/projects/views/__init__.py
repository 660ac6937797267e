"""Pages of projects."""

from flask import Blueprint

bp = Blueprint("projects", __name__)

# Registering their routes on the blueprint is what these are imported for.
from crm.projects.views import bulk, columns, edit, files, index, parts, phases, show  # noqa: E402, F401
