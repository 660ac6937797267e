"""Pages of first report and first talk: the list and the bureau's queue, one filing, filing a project, the pool."""

from flask import Blueprint

from crm.companies import queries as companies
from crm.filings import queries

bp = Blueprint("filings", __name__)
companies.object_by(queries.objection)

# Imported for the routes they put on the blueprint.
from crm.filings.views import listing, making, pool, record  # noqa: E402, F401
