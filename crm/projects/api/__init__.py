"""Projects over the API: the same actions and rules as the pages. Stage, status, gate and milestones are the pipeline's."""

from crm.web import api

blp = api.blueprint("projects", "项目：台账、进展、文件、利益分享")

# Registering their operations on the blueprint is what these are imported for.
from crm.projects.api import parts, phases, records  # noqa: E402, F401
