"""Target companies over the API: the same verbs as the pages."""

from crm.web import api

blp = api.blueprint("targeting", "靶向企业：清单、进度、动向、转为项目、招商专题")

# Imported for the operations they put on the blueprint.
from crm.targeting.api import campaigns, ranking, targets  # noqa: E402, F401
