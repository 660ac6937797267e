"""The bureau holds something against a filing, or takes it back."""

from datetime import datetime

from crm.accounts.permissions import RECOGNISE
from crm.audit import actions as audit
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict, RuleBroken
from crm.filings import queries, rules
from crm.filings.actions.deciding import not_ones_own
from crm.filings.actions.ending import end
from crm.filings.actions.telling import subject, tell
from crm.filings.models import Filing, Sanction
from crm.filings.rules import EndKind, FilingState
from crm.filings.rules import sanctions as measures
from crm.filings.rules.sanctions import Offence
from crm.projects.models import Project

_PAGE = "/filings/sanctions"


def sanction(
    actor: Actor, filing: Filing, offence: Offence, reason: str, basis: str, now: datetime
) -> Sanction:
    """What follows is taken from the setting of that day and kept with the record. A filing that is struck out ends."""
    actor.require(RECOGNISE)
    not_ones_own(actor, filing)
    if any(one.offence is offence for one in queries.standing_sanctions(filing.id)):
        raise Conflict(f"这条报备已因{offence.label}处理过。请先撤销原来的处理。")
    said, named, effects = (
        rules.check_reason(reason),
        measures.check_basis(basis),
        queries.effects_of(offence),
    )
    project = db.session.get_one(Project, filing.project_id)
    if effects.removed and _settled(filing, now):
        raise RuleBroken("项目已签约，报备不能清除。请只按恶意竞争处理，或先办解除协议。", "offence")
    made = Sanction(
        filing_id=filing.id,
        project_id=filing.project_id,
        zone_id=filing.zone_id,
        offence=offence,
        circulated=effects.circulated,
        no_credit=effects.no_credit,
        removed=effects.removed,
        reason=said,
        basis=named,
        made_by=actor.user_id,
        made_at=now,
    )
    db.session.add(made)
    db.session.flush()
    note = f"{offence.label}：{said}。依据 {named}。{effects.words}"
    audit.record(actor, "filing.sanctioned", subject(project, filing), note=note[:500])
    tell(project, filing, f"的报备因{offence.label}被处理：{effects.words}。", _PAGE)
    if effects.removed and filing.state in rules.LIVE:
        end(actor, filing, EndKind.REMOVED, clock.local(now).date(), now, said)
    return made


def _settled(filing: Filing, now: datetime) -> bool:
    if filing.state is not FilingState.ACCEPTED:
        return False
    row = queries.rows_by_id([filing.id], clock.local(now).date())[0]
    return row.protection.standing.value == "settled"


def revoke_sanction(actor: Actor, made: Sanction, reason: str, now: datetime) -> None:
    """The record stays with the reason; a filing that was struck out is made anew by its zone, in its new turn."""
    actor.require(RECOGNISE)
    if made.revoked_at is not None:
        raise Conflict("这项处理已经撤销。请刷新后再看。")
    made.revoke_reason, made.revoked_by, made.revoked_at = rules.check_reason(reason), actor.user_id, now
    db.session.flush()
    filing = db.session.get_one(Filing, made.filing_id)
    project = db.session.get_one(Project, made.project_id)
    audit.record(actor, "filing.sanction_revoked", subject(project, filing), note=made.revoke_reason)
    more = "可以重新报备。" if made.removed else ""
    tell(project, filing, f"的违规报备处理已撤销：{made.revoke_reason}。{more}", _PAGE)
