"""Targets as JSON, and what callers send."""

from datetime import date, datetime
from typing import Any

from marshmallow import fields, validate

from crm.companies.rules import PROGRESS_LABELS
from crm.core import clock
from crm.followups.rules import WHAT_MOST
from crm.projects.api.shapes import Company
from crm.projects.models import Project
from crm.targeting import queries
from crm.targeting.models import Campaign, Target, TargetSignal, TargetStep
from crm.targeting.queries import CampaignRow, TargetRow
from crm.targeting.rules import LIVE_PROGRESS, Companies
from crm.targeting.rules.targets import ACTIONS, DUE_LABELS, ENTRY_LABELS
from crm.web.api import In, ListArgs, at_most, text_for

_ENTRY = fields.String(allow_none=True, validate=validate.OneOf([kind.value for kind in ENTRY_LABELS]))


class TargetQuery(ListArgs):
    """`chain` and `node` are codes, `zone` a code or "city", `owner` a user's id or "me", `since` the day of the oldest signal."""

    chain = fields.String(load_default="")
    node = fields.String(load_default="")
    zone = fields.String(load_default="")
    progress = fields.String(
        load_default="", validate=validate.OneOf(["", *(p.value for p in PROGRESS_LABELS)])
    )
    entry = fields.String(load_default="", validate=validate.OneOf(["", *(k.value for k in ENTRY_LABELS)]))
    action = fields.String(load_default="", validate=validate.OneOf(["", *ACTIONS]))
    owner = fields.String(load_default="")
    campaign = fields.String(load_default="")
    since = fields.Date(load_default=None, allow_none=True)
    converted = fields.String(load_default="", validate=validate.OneOf(["", "0", "1"]))
    live = fields.String(load_default="", validate=validate.OneOf(["", "1"]))
    open = fields.String(load_default="", validate=validate.OneOf(["", "1"]))
    due = fields.String(load_default="", validate=validate.OneOf(["", *DUE_LABELS]))


class TargetNextIn(In):
    what = fields.String(required=True, validate=[validate.Length(min=1), at_most(WHAT_MOST)])
    due_on = fields.Date(required=True)


class TargetSignalIn(In):
    happened_on = fields.Date(required=True)
    what = text_for(TargetSignal.what, required=True)
    source = text_for(TargetSignal.source, load_default="")
    url = text_for(TargetSignal.url, load_default="")


class TargetFacts(In):
    """`owner` is a login."""

    entry_kind = _ENTRY
    entry_note = text_for(Target.entry_note)
    standing = text_for(Target.standing)
    owner = fields.String(allow_none=True)


class TargetIn(TargetFacts):
    """`company` is an id or {"name", "uscc"}; without `node` it waits for its link; the bureau names a zone or none."""

    company = Company(required=True)
    node = fields.String(load_default=None, allow_none=True)
    zone = fields.String(load_default=None, allow_none=True)
    next_step = fields.Nested(TargetNextIn, load_default=None, allow_none=True)
    signal = fields.Nested(TargetSignalIn, load_default=None, allow_none=True)


class TargetPatch(TargetFacts):
    """`progress` is one of the live ones, with `note`; giving up has its own verb."""

    node = fields.String()
    progress = fields.String(validate=validate.OneOf([p.value for p in LIVE_PROGRESS]))
    note = text_for(TargetStep.note, load_default="")


class TargetReasonIn(In):
    reason = text_for(Target.given_up_reason, load_default="")


class TargetConvertIn(In):
    """A new project by this name (one is proposed), or the `project` of the company that is there already, by code."""

    name = text_for(Project.name, load_default="")
    project = fields.String(load_default=None, allow_none=True)
    zone = fields.String(load_default=None, allow_none=True)


class CampaignIn(In):
    name = text_for(Campaign.name, required=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    owner = fields.String(load_default=None, allow_none=True)
    nodes = fields.List(fields.String(), load_default=list, validate=validate.Length(max=100))
    note = text_for(Campaign.note, load_default="")


class CampaignTargetsIn(In):
    targets = fields.List(fields.Integer(), required=True, validate=validate.Length(1, 200))


# --- answers -----------------------------------------------------------------------------------------


def _iso(value: date | datetime | None) -> str | None:
    return value.isoformat() if value is not None else None


def target(row: TargetRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "version": row.version,
        "company": {
            "id": row.company_id,
            "name": row.company,
            "region": row.region,
            "industry": row.industry,
        },
        "node": row.node_code,
        "node_name": row.node,
        "chain": row.chain_code,
        "action": row.action.value if row.action else None,
        "zone": row.zone_code,
        "progress": row.progress.value,
        "progress_on": row.progress_on.isoformat(),
        "entry_kind": row.entry_kind.value if row.entry_kind else None,
        "entry_note": row.entry_note,
        "standing": row.standing,
        "owner": row.owner_login,
        "owner_name": row.owner,
        "given_up_reason": row.given_up_reason,
        "source": row.source.value,
        "converted": row.converted,
        "project": row.project_code,
        "converted_action": row.converted_action.value if row.converted_action else None,
        "converted_at": _iso(row.converted_at),
        "next_step": {"what": row.next_what, "due_on": _iso(row.next_due_on)} if row.next_due_on else None,
        "last_contact_on": _iso(row.last_contact_on),
        "last_signal_on": _iso(row.signal_on),
        "signals_count": row.signals,
        "updated_at": row.updated_at.isoformat(),
    }


def whole(row: TargetRow) -> dict[str, Any]:
    """With its signals and the steps of its progress, the newest first."""
    return {
        **target(row),
        "signals": [
            {
                "id": s.id,
                "happened_on": s.happened_on.isoformat(),
                "what": s.what,
                "source": s.source,
                "url": s.url,
            }
            for s in queries.signals(row.id)
        ],
        "steps": [
            {
                "on": s.on.isoformat(),
                "before": s.before.value if s.before else None,
                "after": s.after.value,
                "note": s.note,
                "at": clock.local(s.at).isoformat(),
            }
            for s in queries.steps(row.id)
        ],
    }


def counts(found: Companies) -> dict[str, int]:
    """Targets by progress; `all` are those somebody still goes after."""
    by_progress = {progress.value: found.by_progress.get(progress, 0) for progress in PROGRESS_LABELS}
    return {**by_progress, "all": found.targets, "converted": found.converted}


def campaign(row: CampaignRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "version": row.version,
        "name": row.name,
        "zone": row.zone,
        "starts_on": row.starts_on.isoformat(),
        "ends_on": row.ends_on.isoformat(),
        "owner_name": row.owner or None,
        "nodes": [place.code for place in queries.campaign_nodes(row.id)],
        "note": row.note,
        "targets": counts(row.targets),
    }
