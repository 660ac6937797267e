"""Transfers: proposing, answering, assigning, and the list of those within reach."""

from collections.abc import Callable
from typing import Any

from marshmallow import fields, validate

from crm.accounts import permissions as p
from crm.core import clock
from crm.core.errors import NotFound, RuleBroken
from crm.filings import actions, queries
from crm.filings.api import blp
from crm.filings.api.filings import FilingReasonIn
from crm.filings.models import Transfer
from crm.filings.queries import TransferFilter, TransferRow
from crm.filings.rules import REASON_MOST
from crm.filings.rules.transfers import Landing, Pair, TransferDraft, Trigger
from crm.projects import queries as projects
from crm.projects.models import Project
from crm.projects.rules import CreditIndicator
from crm.web import api, edges, guard
from crm.zones.models import Zone

_PARTS = ("open", "to_answer", "city", "done", "withdrawn", "all")


class TransferArgs(api.ListArgs):
    state = fields.String(load_default="open", validate=validate.OneOf(_PARTS))
    zone = fields.String(load_default="")


class ShareIn(api.In):
    """A pair that sums to exactly 1, as decimal strings; without `indicator` it stands for all that are not named."""

    first = api.Wan(required=True)
    landing = api.Wan(required=True)
    indicator = fields.Enum(CreditIndicator, by_value=True, load_default=None, allow_none=True)


_SHARES = fields.List(fields.Nested(ShareIn), load_default=list, validate=validate.Length(max=10))


class TransferIn(api.In):
    """`to` is a zone's code, or null to leave it to the city; without `shares` the setting's."""

    project = fields.String(required=True)
    to = api.text_for(Zone.code, load_default=None, allow_none=True)
    trigger = fields.Enum(Trigger, by_value=True, required=True)
    reason = fields.String(required=True, validate=api.at_most(REASON_MOST))
    shares = _SHARES
    contact = api.text_for(Transfer.first_contact, load_default="")
    contact_way = api.text_for(Transfer.first_contact_way, load_default="")


class TransferAnswerIn(FilingReasonIn):
    accept = fields.Boolean(required=True)
    owner = fields.String(load_default=None, allow_none=True)
    contact = api.text_for(Transfer.landing_contact, load_default="")
    contact_way = api.text_for(Transfer.landing_contact_way, load_default="")


class TransferOfferIn(api.In):
    to = api.text_for(Zone.code, load_default=None, allow_none=True)


class TransferAssignIn(FilingReasonIn):
    """`to` null says, with a reason, that no zone can take the project."""

    to = api.text_for(Zone.code, load_default=None, allow_none=True)
    shares = _SHARES


def _zone(code: str | None) -> int | None:
    if code is None:
        return None
    zone = projects.zone_by_code(code)
    if zone is None:
        raise RuleBroken(f"没有代码为 {code[:40]} 的开发区。请核对。", "to")
    return zone.id


def _pairs(sent: list[dict[str, Any]]) -> tuple[Pair, ...]:
    return tuple(Pair(one["first"], one["landing"], one["indicator"]) for one in sent)


def _codes() -> dict[int | None, str]:
    return {zone.id: zone.code for zone in projects.all_zones()}


def _shape(row: TransferRow) -> dict[str, Any]:
    codes, iso = _codes(), clock.local
    return {
        "id": row.id,
        "version": row.version,
        "project": {"code": row.code, "name": row.project},
        "investor": row.investor,
        "total_investment": api.amount_text(row.total),
        "total_investment_usd": api.amount_text(row.total_usd),
        "state": row.standing(clock.today()).value,
        "trigger": row.trigger.value,
        "reason": row.reason,
        "first_zone": codes[row.first_zone_id],
        "from_zone": codes[row.from_zone_id],
        "to_zone": codes.get(row.to_zone_id),
        "proposed_at": iso(row.proposed_at).isoformat(),
        "answer_by": row.due_on.isoformat() if row.due_on else None,
        "done_on": row.done_on.isoformat() if row.done_on else None,
    }


def _whole(transfer_id: int) -> dict[str, Any]:
    row = queries.transfer_row(guard.current(), transfer_id)
    codes = _codes()
    return _shape(row) | {
        "contacts": {
            "first": {"name": row.first_contact, "way": row.first_contact_way},
            "landing": {"name": row.landing_contact, "way": row.landing_contact_way},
        },
        "shares": [
            {
                "indicator": indicator.value,
                "first": api.amount_text(first),
                "landing": api.amount_text(1 - first),
            }
            for indicator, first in queries.shares_of_transfer(row.id).items()
        ],
        "offers": [
            {
                "zone": codes.get(one.zone_id),
                "asked_at": clock.local(one.asked_at).isoformat(),
                "answer_by": one.until.isoformat() if one.until else None,
                "answer": one.answer.value if one.answer else None,
                "reason": one.reason,
            }
            for one in queries.offers_of(row.id)
        ],
        "sheet": row.sheet_id,
    }


@blp.get("/transfers")
@guard.requires(p.ASSIGN_SEE)
@blp.arguments(TransferArgs, location="query")
@blp.response(200)
def transfers(args: dict[str, Any]) -> dict[str, Any]:
    """Transfers from and to one's zone or county, for the city all of them; newest first."""
    asked = TransferFilter(args["state"], _zone(args["zone"] or None), args["q"])
    page = queries.transfer_list(guard.current(), asked, api.window(args), clock.today())
    return api.answer_page(page, _shape)


@blp.get("/transfers/<int:transfer_id>")
@guard.requires(p.ASSIGN_SEE)
@blp.response(200)
def transfer(transfer_id: int) -> dict[str, Any]:
    """One transfer with everybody who was asked and the shares agreed."""
    return _whole(transfer_id)


@blp.post("/transfers")
@guard.requires(p.FILING_WRITE)
@blp.arguments(TransferIn)
@blp.response(201)
def propose_transfer(args: dict[str, Any]) -> dict[str, Any]:
    """Proposes handing a project to another zone; shares sum to exactly 1 for each indicator."""
    actor = guard.current()
    project = projects.find(actor, args["project"], p.FILING_WRITE)
    share = projects.default_share()
    pairs = _pairs(args["shares"]) or (Pair(share, 1 - share),)
    draft = TransferDraft(
        args["trigger"], args["reason"], pairs, _zone(args["to"]), args["contact"], args["contact_way"]
    )
    made = actions.propose_transfer(actor, project, draft, clock.now())
    edges.commit()
    return _whole(made.id)


def _act(transfer_id: int, act: Callable[[Transfer, Project], Any]) -> dict[str, Any]:
    made, project = queries.find_transfer(guard.current(), transfer_id)
    api.check_version(made.version)
    act(made, project)
    edges.commit()
    try:
        return _whole(transfer_id)
    except NotFound:
        # Who has refused has no more to do with it.
        return {"id": made.id, "version": made.version, "state": made.state.value}


@blp.post("/transfers/<int:transfer_id>/answer")
@guard.requires(p.ASSIGN)
@blp.arguments(TransferAnswerIn)
@blp.response(200)
def answer_transfer(args: dict[str, Any], transfer_id: int) -> dict[str, Any]:
    """By the chief of the zone that was asked; `owner` is the login of who takes the project over there."""
    actor = guard.current()

    def act(made: Transfer, project: Project) -> None:
        owner = None
        if args["owner"] is not None:
            owner = projects.user_by_login(args["owner"], made.to_zone_id, clock.today())
            if owner is None:
                raise RuleBroken("责任人不是接收板块的在岗人员。请重新选择。", "owner")
        landing = Landing(args["contact"], args["contact_way"], owner)
        actions.answer_transfer(actor, made, project, args["accept"], args["reason"], landing, clock.now())

    return _act(transfer_id, act)


@blp.post("/transfers/<int:transfer_id>/assign")
@guard.requires(p.ZONE_ASSIGN)
@blp.arguments(TransferAssignIn)
@blp.response(200)
def assign_transfer(args: dict[str, Any], transfer_id: int) -> dict[str, Any]:
    """By the city, where it was asked to or nobody answered in time."""
    actor, zone_id, pairs = guard.current(), _zone(args["to"]), _pairs(args["shares"])
    return _act(
        transfer_id,
        lambda made, project: actions.assign_transfer(
            actor, made, project, zone_id, args["reason"], pairs, clock.now()
        ),
    )


@blp.post("/transfers/<int:transfer_id>/offer")
@guard.requires(p.FILING_WRITE)
@blp.arguments(TransferOfferIn)
@blp.response(200)
def offer_transfer(args: dict[str, Any], transfer_id: int) -> dict[str, Any]:
    """After a refusal: another zone, or null for the city."""
    actor, zone_id = guard.current(), _zone(args["to"])
    return _act(
        transfer_id,
        lambda made, project: actions.offer_transfer(actor, made, project, zone_id, clock.now()),
    )


@blp.post("/transfers/<int:transfer_id>/withdraw")
@guard.requires(p.FILING_WRITE)
@blp.arguments(FilingReasonIn)
@blp.response(200)
def withdraw_transfer(args: dict[str, Any], transfer_id: int) -> dict[str, Any]:
    """Takes the proposal back, with the reason."""
    actor = guard.current()
    return _act(
        transfer_id,
        lambda made, project: actions.withdraw_transfer(actor, made, project, args["reason"], clock.now()),
    )
