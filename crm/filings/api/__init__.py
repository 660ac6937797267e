"""First report and first talk over the API: the same verbs as the pages."""

from crm.web import api

blp = api.blueprint("filings", "首报首谈：报备、核定、争议、延期、释放、共享池")

# Imported for the operations they put on the blueprint.
from crm.filings.api import checks, disputes, filings, pool, transfers  # noqa: E402, F401
