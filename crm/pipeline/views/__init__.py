"""Pages of the pipeline: the recognition queue, milestones, moving a project, months."""

from flask import Blueprint

bp = Blueprint("pipeline", __name__)

# Imported for the routes they put on the blueprint.
from crm.pipeline.views import (  # noqa: E402, F401
    board,
    counted,
    decisions,
    gates,
    investment,
    lights,
    milestone,
    months,
    moves,
    neglected,
    periods,
    queue,
    stuck,
    truth,
)
