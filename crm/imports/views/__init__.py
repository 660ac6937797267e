"""The wizard: file, headings, check, commit; the history of batches."""

from flask import Blueprint

bp = Blueprint("imports", __name__)

from crm.imports.views import batches, wizard  # noqa: E402

__all__ = ["batches", "bp", "wizard"]
