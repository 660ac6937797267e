"""Target companies: lists, a target's page, campaigns, what waits for its link of a chain."""

from flask import Blueprint

from crm.companies import actions as companies
from crm.targeting import actions

bp = Blueprint("targeting", __name__)

# Targets stand above companies: what happens to a link or an entry there is told from here.
companies.follow_by(actions.follow)
companies.fold_by("targets", actions.fold, actions.unfold)

# Imported for the routes they put on the blueprint.
from crm.targeting.views import campaigns, catalogue, listing, making, pending, plans, rank, record, zones  # noqa: E402, F401
