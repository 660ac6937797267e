"""Pages of the bureau: zones, plans, quotas."""

from flask import Blueprint

bp = Blueprint("zones", __name__)

from crm.zones.views import plans, zones  # noqa: E402, F401  (registers their routes on the blueprint)
