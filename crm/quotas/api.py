"""The board over the API: the same rows as the page and the command."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields

from crm.accounts import permissions as p
from crm.core.errors import NotFound
from crm.quotas import asking, shapes
from crm.web import api, guard

blp = api.blueprint("quotas", "重大项目配额")


class BoardArgs(Schema):
    class Meta:
        unknown = EXCLUDE

    year = fields.String(load_default=None)
    as_of = fields.String(load_default=None)
    known_at = fields.String(load_default=None)
    plan = fields.String(load_default=None)
    zone = fields.String(load_default=None)


@blp.get("/quotas")
@guard.requires(p.BOARD_SEE)
@blp.arguments(BoardArgs, location="query")
@blp.response(200)
def board(args: dict[str, Any]) -> dict[str, Any]:
    """The board within one's reach: per zone what counts, what waits and what does not count, with the reason in words."""
    zone = args.pop("zone") or None
    found = asking.answer(guard.current(), asking.read(**args), zone)
    if found.board is None:
        raise NotFound()
    return shapes.as_json(found.board)
