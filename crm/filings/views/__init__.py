"""Pages of first report and first talk: the list and the bureau's queue, one filing, disputes, sanctions, the pool."""

from flask import Blueprint

from crm.companies import queries as companies
from crm.filings import actions, queries

bp = Blueprint("filings", __name__)
companies.object_by(queries.objection)

# Imported for the routes they put on the blueprint.
from crm.filings.views import (  # noqa: E402, F401
    checks,
    disputes,
    listing,
    making,
    onward,
    pool,
    record,
    sanctions,
    transferring,
    transfers,
)

actions.follow_acceptance_by(onward.into_library)
