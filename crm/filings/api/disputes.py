"""Disputes and sanctions over the API."""

from typing import Any

from marshmallow import fields, validate

from crm.accounts import permissions as p
from crm.core import clock
from crm.core.actor import Actor
from crm.filings import actions, queries, rules
from crm.filings.api import blp, shapes
from crm.filings.api.filings import FilingReasonIn
from crm.filings.models import DisputeStep, Sanction
from crm.filings.queries import DisputeRow, SanctionRow, Side
from crm.filings.rules.disputes import TEXT_MOST, DisputeState
from crm.filings.rules.sanctions import Offence
from crm.web import api, edges, guard

_ID = validate.Range(1, 2**31 - 1)
_STATES = {"all": tuple(DisputeState), **{state.value: (state,) for state in DisputeState}}


class DisputeArgs(api.ListArgs):
    state = fields.String(load_default="all", validate=validate.OneOf(sorted(_STATES)))


class DisputeIn(api.In):
    """`against` is for the bureau: the other filing."""

    reason = fields.String(load_default="", validate=api.at_most(rules.REASON_MOST))
    against = fields.Integer(load_default=None, allow_none=True, validate=_ID)


class DisputeWordIn(api.In):
    keeps = fields.String(required=True, validate=validate.OneOf(["mine", "theirs"]))
    text = fields.String(load_default="", validate=api.at_most(TEXT_MOST))


class DisputeResultIn(api.In):
    """`winner` is the filing that goes on; a ruling needs `document` and `attachment`, a file of one of the two projects."""

    winner = fields.Integer(required=True, validate=_ID)
    text = fields.String(load_default="", validate=api.at_most(TEXT_MOST))
    document = api.text_for(DisputeStep.document, load_default="")
    attachment = fields.Integer(load_default=None, allow_none=True, validate=_ID)


class SanctionIn(api.In):
    offence = fields.String(required=True, validate=validate.OneOf([one.value for one in Offence]))
    reason = fields.String(load_default="", validate=api.at_most(rules.REASON_MOST))
    basis = api.text_for(Sanction.basis, load_default="")


# --- disputes ----------------------------------------------------------------------------------------------


def _step(step: queries.StepRow, whole: bool) -> dict[str, Any]:
    return {
        "rung": step.rung.value,
        "began_on": step.began_on.isoformat(),
        "due_on": step.due_on.isoformat(),
        "end": step.end.value if step.end else None,
        "ended_on": step.ended_on.isoformat() if step.ended_on else None,
        "text": step.text,
        "document": step.document,
        "attachment": step.attachment_id if whole else None,
    }


def _dispute(actor: Actor, row: DisputeRow) -> dict[str, Any]:
    """`other` is all that one side reads of the other one."""
    mine = row.mine(actor)
    return {
        "id": row.id,
        "version": row.version,
        "state": row.state.value,
        "rung": row.rung.value,
        "light": {"state": row.light.state, "words": row.light.words} if row.light else None,
        "opened_at": row.opened_at.isoformat(),
        "reason": row.reason,
        "steps": [_step(step, row.whole) for step in row.steps],
        "filings": [shapes.filing(side) for side in row.sides],
        "other": None if row.whole else _other(row),
        "winner": row.winner_id if row.whole else None,
        "won": row.won(mine.id) if mine else None,
    }


def _other(row: DisputeRow) -> dict[str, Any]:
    return {"message": row.taken, "protected_until": row.until.isoformat() if row.until else None}


def _side(side: Side) -> dict[str, Any]:
    return {
        "filing": side.row.id,
        "filed_at": side.row.filed_moment,
        "contact_on": side.row.contact_on.isoformat(),
        "visits": side.visits,
        "first_visit": side.first_visit.isoformat() if side.first_visit else None,
        "last_visit": side.last_visit.isoformat() if side.last_visit else None,
        "evidence": [paper.filename for paper in side.evidence],
        "choice": [paper.filename for paper in side.choice],
        "followups": side.duties,
        "followups_done": side.duties_done,
        "timeline": [
            {"on": one.on.isoformat(), "title": one.title, "text": one.text} for one in side.stories
        ],
    }


def _shown(dispute_id: int) -> dict[str, Any]:
    actor = guard.current()
    row = queries.dispute(actor, dispute_id, clock.today())
    mine = row.mine(actor)
    words = queries.words_of(dispute_id) if row.whole or mine else []
    own = {mine.id} if mine else set()
    return _dispute(actor, row) | {
        "words": [
            {
                "side": word.filing_id if row.whole else ("mine" if word.filing_id in own else "theirs"),
                "keeps": word.keeps_id if row.whole else ("mine" if word.keeps_id in own else "theirs"),
                "text": word.text,
                "written_at": word.written_at.isoformat(),
            }
            for word in words
        ],
        "sides": [_side(queries.side(side)) for side in row.sides] if row.whole else [],
    }


@blp.get("/filings/disputes")
@guard.requires(p.PROJECT_SEE)
@blp.arguments(DisputeArgs, location="query")
@blp.response(200)
def disputes(args: dict[str, Any]) -> dict[str, Any]:
    """Disputes within reach, newest first."""
    actor = guard.current()
    page = queries.disputes(actor, _STATES[args["state"]], api.window(args), clock.today())
    return api.answer_page(page, lambda row: _dispute(actor, row))


@blp.get("/filings/disputes/<int:dispute_id>")
@guard.requires(p.PROJECT_SEE)
@blp.response(200)
def dispute(dispute_id: int) -> dict[str, Any]:
    """One dispute; `sides` is there for who reaches both."""
    return _shown(dispute_id)


@blp.post("/filings/<int:filing_id>/dispute")
@guard.requires(p.FILING_WRITE, p.RECOGNISE)
@blp.arguments(DisputeIn)
@blp.response(201)
def open_dispute(args: dict[str, Any], filing_id: int) -> dict[str, Any]:
    """Opens a dispute with the filing that stands in the way."""
    actor = guard.current()
    filing, _ = queries.find(actor, filing_id, p.RECOGNISE if actor.can(p.RECOGNISE) else p.FILING_WRITE)
    made = actions.open_dispute(actor, filing, args["reason"], clock.now(), args["against"])
    edges.commit()
    return _shown(made.id)


@blp.post("/filings/disputes/<int:dispute_id>/words")
@guard.requires(p.FILING_WRITE)
@blp.arguments(DisputeWordIn)
@blp.response(200)
def propose(args: dict[str, Any], dispute_id: int) -> dict[str, Any]:
    """Writes to the other side; settles the dispute when both name the same."""
    actor = guard.current()
    found = queries.find_dispute(actor, dispute_id)
    yields = args["keeps"] == "theirs"
    actions.propose(actor, found, queries.own_side(actor, found), yields, args["text"], clock.now())
    edges.commit()
    return _shown(dispute_id)


@blp.post("/filings/disputes/<int:dispute_id>/raise")
@guard.requires(p.FILING_WRITE, p.RECOGNISE)
@blp.arguments(FilingReasonIn)
@blp.response(200)
def raise_dispute(args: dict[str, Any], dispute_id: int) -> dict[str, Any]:
    """Takes the dispute one rung up."""
    actor = guard.current()
    found = queries.find_dispute(actor, dispute_id)
    api.check_version(found.version)
    if not actor.can(p.RECOGNISE):
        queries.own_side(actor, found)
    actions.raise_(actor, found, args["reason"], clock.now())
    edges.commit()
    return _shown(dispute_id)


@blp.post("/filings/disputes/<int:dispute_id>/settle")
@guard.requires(p.RECOGNISE)
@blp.arguments(DisputeResultIn)
@blp.response(200)
def settle(args: dict[str, Any], dispute_id: int) -> dict[str, Any]:
    """Writes the result of mediation, or the ruling."""
    actor = guard.current()
    found = queries.find_dispute(actor, dispute_id)
    api.check_version(found.version)
    actions.settle(
        actor, found, args["winner"], args["text"], args["document"], args["attachment"], clock.now()
    )
    edges.commit()
    return _shown(dispute_id)


# --- sanctions ---------------------------------------------------------------------------------------------


@blp.get("/filings/sanctions")
@guard.requires(p.PROJECT_SEE)
@blp.arguments(api.ListArgs, location="query")
@blp.response(200)
def sanctions(args: dict[str, Any]) -> dict[str, Any]:
    """Sanctions within reach, newest first."""
    return api.answer_page(queries.sanctions(guard.current(), api.window(args)), shapes.sanction)


@blp.post("/filings/<int:filing_id>/sanctions")
@guard.requires(p.RECOGNISE)
@blp.arguments(SanctionIn)
@blp.response(201)
def sanction(args: dict[str, Any], filing_id: int) -> dict[str, Any]:
    """Holds something against a filing; what follows is the setting's."""
    actor = guard.current()
    filing, _ = queries.find(actor, filing_id, p.RECOGNISE)
    made = actions.sanction(
        actor, filing, Offence(args["offence"]), args["reason"], args["basis"], clock.now()
    )
    edges.commit()
    return _sanctioned(actor, filing_id, made.id)


@blp.post("/filings/sanctions/<int:sanction_id>/revoke")
@guard.requires(p.RECOGNISE)
@blp.arguments(FilingReasonIn)
@blp.response(200)
def revoke_sanction(args: dict[str, Any], sanction_id: int) -> dict[str, Any]:
    """Takes a sanction back, with the reason."""
    actor = guard.current()
    made = queries.find_sanction(actor, sanction_id)
    actions.revoke_sanction(actor, made, args["reason"], clock.now())
    edges.commit()
    return _sanctioned(actor, made.filing_id, sanction_id)


def _sanctioned(actor: Actor, filing_id: int, sanction_id: int) -> dict[str, Any]:
    rows: list[SanctionRow] = queries.sanctions_of(actor, filing_id)
    return next(shapes.sanction(row) for row in rows if row.id == sanction_id)
