"""The pipeline over the API: the same verbs as the pages."""

from crm.web import api

blp = api.blueprint("pipeline", "阶段、里程碑、认定、状态")

# Imported for the operations they put on the blueprint.
from crm.pipeline.api import (  # noqa: E402, F401
    deciding,
    gates,
    investment,
    milestones,
    operations,
    overview,
    truth,
)
