"""Pages of duties: the list, the ways one moves on, the calendar and its feed."""

from flask import Blueprint

bp: Blueprint = Blueprint("followups", __name__)

from crm.followups.views import (  # noqa: E402, F401
    calendar,
    columns,
    demand_moves,
    demands,
    duties,
    feed,
    figures,
    ladder,
    moves,
)
from crm.followups.views.asked import filters_asked as filters_asked  # noqa: E402
from crm.followups.views.asked import part_asked as part_asked  # noqa: E402
from crm.followups.views.demands import demands_asked as demands_asked  # noqa: E402
from crm.followups.views.ladder import ladder_asked as ladder_asked  # noqa: E402
