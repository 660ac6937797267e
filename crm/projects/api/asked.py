"""What the list of projects may be narrowed to, as the address writes it."""

from marshmallow import fields, validate

from crm.core import clock
from crm.projects.rules import Capital, Exclusion, ProjectKind, Source, Stage, Status, Tier
from crm.projects.views import chained
from crm.web.api import ListArgs, Wan


class List(ListArgs):
    zone = fields.String(load_default="")
    stage = fields.Enum(Stage, by_value=True, load_default=None)
    status = fields.Enum(Status, by_value=True, load_default=None)
    tier = fields.Enum(Tier, by_value=True, load_default=None)
    capital = fields.Enum(Capital, by_value=True, load_default=None)
    source = fields.Enum(Source, by_value=True, load_default=None)
    node = fields.String(load_default="")
    chain = fields.String(load_default="")
    owner = fields.String(load_default="")
    company = fields.Integer(load_default=None)
    confidential = fields.Boolean(load_default=None)
    least = Wan(load_default=None)
    most = Wan(load_default=None)
    kind = fields.Enum(ProjectKind, by_value=True, load_default=None)
    exclusion = fields.Enum(Exclusion, by_value=True, load_default=None)
    chain_action = fields.String(load_default="", validate=validate.OneOf(("", *chained.ACTIONS)))
    reached = fields.String(load_default="", validate=validate.OneOf(("", *chained.REACHED)))
    created_by = fields.String(load_default="")
    created_since = fields.AwareDateTime(load_default=None, default_timezone=clock.CITY)
    updated_since = fields.AwareDateTime(load_default=None, default_timezone=clock.CITY)
    light = fields.String(load_default="", validate=validate.OneOf(("", "ok", "warn", "bad", "off")))
    leader = fields.Integer(load_default=None)
    stuck = fields.Boolean(load_default=False)
    slips = fields.Integer(load_default=None, validate=validate.Range(1, 99))
