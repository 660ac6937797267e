"""Claiming a project of the pool: a zone proposes, the bureau approves."""

from datetime import datetime

from crm.audit import actions as audit
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict, Forbidden, RuleBroken
from crm.filings import queries, rules
from crm.filings.actions.landing import go_over
from crm.filings.actions.telling import subject
from crm.filings.actions.transfers import drop_transfer
from crm.filings.models import Filing, PoolClaim
from crm.notices import actions as notices
from crm.projects.models import Project
from crm.projects.queries import colleagues


def claim(actor: Actor, filing: Filing, reason: str, now: datetime) -> PoolClaim:
    """Recorded under the claiming zone alone: who else asks, and who had it, is the bureau's business."""
    if actor.zone_id is None:
        raise Forbidden("认领由开发区提出。当前岗位不在开发区里。")
    if filing.zone_id == actor.zone_id:
        raise RuleBroken("这个项目原来就是本板块的。要继续跟进，请重新报备。")
    if any(row.filing_id == filing.id for row in queries.claims(actor)):
        raise Conflict("本板块已经提出认领，等市商务局批准。")
    made = PoolClaim(
        filing_id=filing.id,
        zone_id=actor.zone_id,
        reason=rules.check_reason(reason),
        proposed_by=actor.user_id,
        proposed_at=now,
    )
    db.session.add(made)
    db.session.flush()
    about = audit.Subject("pool_claim", made.id, "共享池认领", made.zone_id)
    audit.record(actor, "filing.claim_proposed", about, note=made.reason)
    return made


def answer_claim(actor: Actor, made: PoolClaim, approve: bool, note: str, now: datetime) -> None:
    """Approved, the project goes over to the zone, which then files it as its own; other claims on it are refused."""
    if made.approved is not None:
        raise Conflict("这项认领已经答复。请刷新后再看。")
    if made.proposed_by is not None and made.proposed_by == actor.user_id:
        raise Forbidden("您自己提出的认领由另一位同事批准。")
    said = rules.check_reason(note, required=not approve)
    filing, project = queries.pooled(made.filing_id)
    _answer(actor, made, approve, said, now)
    if not approve:
        notices.send(made.proposed_by, "filing", f"共享池认领未同意：{said}", "/filings/pool")
        return
    _hand_over(actor, filing, project, made, now)
    for other in queries.claims(actor):
        if other.filing_id == filing.id:
            _answer(actor, db.session.get_one(PoolClaim, other.id), False, "已由其他板块认领", now)
            notices.send(other.proposed_by, "filing", "共享池认领未同意：已由其他板块认领", "/filings/pool")


def _answer(actor: Actor, made: PoolClaim, approve: bool, note: str, now: datetime) -> None:
    made.approved, made.note, made.decided_by, made.decided_at = approve, note, actor.user_id, now
    db.session.flush()
    code = "filing.claim_approved" if approve else "filing.claim_refused"
    audit.record(actor, code, audit.Subject("pool_claim", made.id, "共享池认领", made.zone_id), note=note)


def _hand_over(actor: Actor, filing: Filing, project: Project, made: PoolClaim, now: datetime) -> None:
    filing.end_kind = rules.EndKind.CLAIMED
    db.session.flush()
    drop_transfer(actor, project, now)
    today = clock.local(now).date()
    there = [person.id for person in colleagues(made.zone_id, today)]
    go_over(actor, project, made.zone_id, made.proposed_by if made.proposed_by in there else None, now)
    audit.record(actor, "filing.claimed", subject(project, filing))
    text = f"认领已同意，{project.code} 归本板块。与投资方接触后请报备。"
    notices.send(made.proposed_by, "filing", text, f"/projects/{project.code}")
