"""API of visits, occasions and days on station. The same client id twice makes one record and answers the same."""

from crm.web import api

blp = api.blueprint("visits", "走访")

from crm.visits.api import editing, files, occasions, stations, visits  # noqa: E402, F401  (registers their operations)
