"""The plan's facts as the product ships them, each with its source. Values that somebody edited are never overwritten."""

import json
from functools import cache
from importlib import resources
from typing import Any


@cache
def read(name: str) -> Any:
    """A file of this package, e.g. "zones.json"."""
    return json.loads(resources.files("crm.reference").joinpath(name).read_text(encoding="utf-8"))
