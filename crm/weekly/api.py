"""The week over the API, as JSON and as the workbook."""

from typing import Any

from flask import Response
from marshmallow import EXCLUDE, Schema, fields

from crm.accounts import permissions as p
from crm.core import clock
from crm.web import api, guard
from crm.weekly import files, queries, shapes

blp = api.blueprint("weekly", "招商引资周报")


class WeekArgs(Schema):
    class Meta:
        unknown = EXCLUDE

    zone = fields.String(load_default=None)


@blp.get("/weekly/<string:week>.xlsx")
@guard.requires(p.BOARD_SEE)
@blp.arguments(WeekArgs, location="query")
@blp.response(200, content_type=files.XLSX)
def workbook(args: dict[str, Any], week: str) -> Response:
    """The workbook of a week such as 2026-W47; the download is on the record."""
    return files.send(guard.current(), week, args["zone"] or None)


@blp.get("/weekly/<string:week>")
@guard.requires(p.BOARD_SEE)
@blp.arguments(WeekArgs, location="query")
@blp.response(200)
def show(args: dict[str, Any], week: str) -> dict[str, Any]:
    """The week's figures and rows, as known at its cut or now."""
    now = clock.now()
    return shapes.as_json(queries.report(guard.current(), queries.week(week, now), now, args["zone"] or None))
