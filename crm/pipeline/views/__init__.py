"""Pages of the pipeline: the recognition queue, milestones, moving a project, months."""

from flask import Blueprint

bp = Blueprint("pipeline", __name__)

# Imported for the routes they put on the blueprint.
from crm.pipeline.views import decisions, milestone, moves, periods, queue  # noqa: E402, F401
