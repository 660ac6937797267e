"""Pages of visits: the list, the form, one visit."""

from flask import Blueprint

bp = Blueprint("visits", __name__)

from crm.visits.views import (  # noqa: E402, F401
    batch,
    cards,
    columns,
    counting,
    entry,
    files,
    lookups,
    occasions,
    offline,
    record,
    shells,
    stations,
)
