"""Filing, reading and deciding."""

from collections.abc import Callable
from typing import Any

from marshmallow import fields, validate

from crm.accounts import permissions as p
from crm.core import clock
from crm.core.errors import NotFound, RuleBroken
from crm.filings import actions, queries, rules
from crm.filings.api import blp, shapes
from crm.filings.models import Filing
from crm.filings.rules import Decision, FilingDraft, FilingState
from crm.projects import queries as projects
from crm.web import api, edges, guard

_ID = validate.Range(1, 2**31 - 1)
_STATES = {
    "waiting": rules.WAITING,
    "live": rules.LIVE,
    "ended": rules.ENDED,
    "all": tuple(FilingState),
    **{state.value: (state,) for state in FilingState},
}


class FilingArgs(api.ListArgs):
    state = fields.String(load_default="all", validate=validate.OneOf(sorted(_STATES)))
    zone = fields.String(load_default="")


class FilingIn(api.In):
    """`evidence` are ids of the project's attachments of kind `contact`; a visit or a file is needed."""

    project = fields.String(required=True)
    contact_on = fields.Date(load_default=None, allow_none=True)
    visit = fields.Integer(load_default=None, allow_none=True, validate=_ID)
    evidence = fields.List(fields.Integer(validate=_ID), load_default=list, validate=validate.Length(max=50))
    note = api.text_for(Filing.note, load_default="")


class FilingDecisionIn(api.In):
    decision = fields.String(required=True, validate=validate.OneOf([d.value for d in Decision]))
    reason = fields.String(load_default="", validate=api.at_most(rules.REASON_MOST))


class FilingChoiceIn(api.In):
    """`over` are the filings that end; without it all that were met for more than an alike name."""

    over = fields.List(
        fields.Integer(validate=_ID),
        load_default=None,
        allow_none=True,
        validate=validate.Length(min=1, max=50),
    )
    attachment = fields.Integer(required=True, validate=_ID)
    reason = fields.String(load_default="", validate=api.at_most(rules.REASON_MOST))


class FilingReasonIn(api.In):
    reason = fields.String(load_default="", validate=api.at_most(rules.REASON_MOST))


class FilingExtensionIn(FilingReasonIn):
    evidence = fields.List(fields.Integer(validate=_ID), load_default=list, validate=validate.Length(max=50))


class FilingAnswerIn(FilingReasonIn):
    approve = fields.Boolean(required=True)


def _shown(filing_id: int) -> dict[str, Any]:
    actor = guard.current()
    return shapes.whole(actor, queries.row(actor, filing_id, clock.today()))


@blp.get("/filings")
@guard.requires(p.PROJECT_SEE)
@blp.arguments(FilingArgs, location="query")
@blp.response(200)
def listing(args: dict[str, Any]) -> dict[str, Any]:
    """Filings within reach; `waiting` comes oldest first, everything else newest first."""
    zone = projects.zone_by_code(args["zone"]) if args["zone"] else None
    if args["zone"] and zone is None:
        raise RuleBroken(f"没有编号为 {args['zone']} 的板块。请核对。", "zone")
    page = queries.listed(
        guard.current(),
        _STATES[args["state"]],
        api.window(args),
        clock.today(),
        zone_id=zone.id if zone else None,
        q=args["q"],
    )
    return api.answer_page(page, shapes.filing)


@blp.get("/filings/<int:filing_id>")
@guard.requires(p.PROJECT_SEE)
@blp.response(200)
def show(filing_id: int) -> dict[str, Any]:
    """One filing. `conflict` is all a zone learns of another's; `meetings` is there for the bureau."""
    return _shown(filing_id)


@blp.post("/filings")
@guard.requires(p.FILING_WRITE)
@blp.arguments(FilingIn)
@blp.response(201)
def file(args: dict[str, Any]) -> dict[str, Any]:
    """Files a project. The moment is the server's, to the millisecond."""
    actor = guard.current()
    project = projects.find(actor, args["project"], p.FILING_WRITE)
    if not projects.discloses(actor, project):
        raise NotFound()
    draft = FilingDraft(args["contact_on"], args["visit"], tuple(args["evidence"]), args["note"])
    made = actions.file(actor, project, draft)
    edges.commit()
    return _shown(made.id)


def _act(filing_id: int, verb: str, act: Callable[[Filing], Any]) -> dict[str, Any]:
    """The filing after the act; `stage_note` is what an acceptance meant for the project's stage."""
    filing, _ = queries.find(guard.current(), filing_id, verb)
    api.check_version(filing.version)
    said = act(filing)
    edges.commit()
    return _shown(filing_id) | ({"stage_note": said} if isinstance(said, str) and said else {})


@blp.post("/filings/<int:filing_id>/decide")
@guard.requires(p.RECOGNISE)
@blp.arguments(FilingDecisionIn)
@blp.response(200)
def decide(args: dict[str, Any], filing_id: int) -> dict[str, Any]:
    """Accepts, returns or refuses; If-Match names the version that was read."""
    actor, decision = guard.current(), Decision(args["decision"])
    return _act(
        filing_id, p.RECOGNISE, lambda f: actions.decide(actor, f, decision, args["reason"], clock.now())
    )


@blp.post("/filings/<int:filing_id>/choice")
@guard.requires(p.RECOGNISE)
@blp.arguments(FilingChoiceIn)
@blp.response(200)
def choose(args: dict[str, Any], filing_id: int) -> dict[str, Any]:
    """The investor's written choice of this filing's zone."""
    actor, paper, over = guard.current(), args["attachment"], args["over"]
    return _act(
        filing_id, p.RECOGNISE, lambda f: actions.choose(actor, f, paper, args["reason"], clock.now(), over)
    )


@blp.post("/filings/<int:filing_id>/extension")
@guard.requires(p.FILING_WRITE)
@blp.arguments(FilingExtensionIn)
@blp.response(200)
def extend(args: dict[str, Any], filing_id: int) -> dict[str, Any]:
    """Asks for the one extension."""
    actor, papers = guard.current(), args["evidence"]
    return _act(
        filing_id,
        p.FILING_WRITE,
        lambda f: actions.ask_extension(actor, f, args["reason"], papers, clock.now()),
    )


@blp.post("/filings/<int:filing_id>/extension/decide")
@guard.requires(p.RECOGNISE)
@blp.arguments(FilingAnswerIn)
@blp.response(200)
def answer(args: dict[str, Any], filing_id: int) -> dict[str, Any]:
    """Grants or refuses the extension."""
    actor, yes = guard.current(), args["approve"]
    return _act(
        filing_id,
        p.RECOGNISE,
        lambda f: actions.decide_extension(actor, f, yes, args["reason"], clock.now()),
    )


@blp.post("/filings/<int:filing_id>/release")
@guard.requires(p.FILING_WRITE)
@blp.arguments(FilingReasonIn)
@blp.response(200)
def release(args: dict[str, Any], filing_id: int) -> dict[str, Any]:
    """Lets the project go into the pool, with the reason."""
    actor = guard.current()
    return _act(filing_id, p.FILING_WRITE, lambda f: actions.release(actor, f, args["reason"], clock.now()))
