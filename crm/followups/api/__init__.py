"""Duties, and the life of demands, over the API."""

from crm.web import api

blp = api.blueprint("followups", "跟进、诉求和其他待办")

from crm.followups.api import demands, duties  # noqa: E402, F401  (registers their operations on the blueprint)
