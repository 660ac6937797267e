"""Grants, which open a project to somebody beyond his zone, and credit shares between zones."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import delete, insert

from crm.accounts.permissions import ZONE_ASSIGN
from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.projects import queries
from crm.projects.actions.naming import subject
from crm.projects.models import CreditShare, Grant, Project
from crm.projects.rules import CREDIT_LABELS, GrantLevel, credits
from crm.projects.rules.credits import ShareDraft


def grant(
    actor: Actor,
    project: Project,
    *,
    user_id: int | None = None,
    unit_id: int | None = None,
    level: GrantLevel,
    source: str,
    source_id: int | None = None,
    starts_on: date,
    ends_on: date | None = None,
) -> Grant:
    """A right on one project, written by the feature that causes it; `source` names that feature's row ("assignment", 12)."""
    if (user_id is None) == (unit_id is None):
        raise ValueError("a grant is for one user or one unit")
    if ends_on is not None and ends_on < starts_on:
        raise RuleBroken("结束日期早于开始日期。请核对。", field="ends_on")
    made = Grant(
        project_id=project.id,
        user_id=user_id,
        unit_id=unit_id,
        level=level,
        source=source,
        source_id=source_id,
        starts_on=starts_on,
        ends_on=ends_on,
        created_by=actor.user_id,
    )
    db.session.add(made)
    db.session.flush()
    audit.record(
        actor,
        "project.granted",
        subject(project, "grant", made.id),
        {"level": (None, level.value)},
        note=source,
    )
    return made


def end_grant(actor: Actor, project: Project, made: Grant, on: date) -> None:
    """The last day of a right; one that had not begun yet ends on the day it would have begun."""
    before, after = made.ends_on, max(on, made.starts_on)
    if before is not None and before <= after:
        return
    made.ends_on = after
    db.session.flush()
    audit.record(
        actor,
        "project.grant_ended",
        subject(project, "grant", made.id),
        {"ends_on": (before, after)},
        note=made.source,
    )


def set_credits(actor: Actor, project: Project, effective_on: date, shares: Sequence[ShareDraft]) -> None:
    """Who is credited from a day on; only the bureau divides between zones. A set of the same day is replaced."""
    actor.require(ZONE_ASSIGN)
    share_credits(actor, project, effective_on, shares)


def share_credits(actor: Actor, project: Project, effective_on: date, shares: Sequence[ShareDraft]) -> None:
    """As `set_credits`, for a feature whose own rules say who has agreed: two zones on a transfer."""
    named = credits.split(shares)
    known = {zone.id: zone.label for zone in queries.all_zones()}
    if any(zone_id not in known for found in named.values() for zone_id in found):
        raise RuleBroken("分享比例里有不认识的开发区。请核对。", field="shares")
    same_day = (
        CreditShare.project_id == project.id,
        CreditShare.effective_on == effective_on,
        CreditShare.indicator.in_(list(named)),
    )
    db.session.execute(delete(CreditShare).where(*same_day))
    rows = [
        {
            "project_id": project.id,
            "effective_on": effective_on,
            "indicator": indicator,
            "zone_id": zone_id,
            "share": share,
            "recorded_by": actor.user_id,
        }
        for indicator, found in named.items()
        for zone_id, share in found.items()
    ]
    db.session.execute(insert(CreditShare), rows)
    told = {
        CREDIT_LABELS[indicator]: (
            None,
            "、".join(f"{known[z]} {share.normalize():f}" for z, share in found.items()),
        )
        for indicator, found in named.items()
    }
    audit.record(actor, "project.credits_set", subject(project), told, note=effective_on.isoformat())
