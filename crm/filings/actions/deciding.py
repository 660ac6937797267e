"""The bureau decides: accepted, returned, refused, or as the investor chose in writing."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from crm.audit import actions as audit
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict, Forbidden, RuleBroken
from crm.filings import queries, rules
from crm.filings.actions.ending import end, free_behind
from crm.filings.actions.telling import subject, tell
from crm.filings.models import Filing, FilingEvidence
from crm.filings.queries import FilingRow
from crm.filings.rules import Decision, EndKind, FilingState, HitReason, Purpose
from crm.filings.rules.protection import Standing, add_months
from crm.projects.models import Project

#: (actor, project, today) → what became of the project's stage, in words; "" when there is nothing to say.
Onward = Callable[[Actor, Project, date], str]
_onward: list[Onward] = []


def follow_acceptance_by(step: Onward) -> None:
    """The pipeline stands above filings, so what follows an acceptance there is told from above."""
    _onward[:] = [step]


def decide(actor: Actor, filing: Filing, decision: Decision, reason: str, now: datetime) -> str:
    """Protection runs from the day of the filing, not of the decision: the bureau's time costs the zone nothing.

    Returns what became of the project's stage, in words.
    """
    project = db.session.get_one(Project, filing.project_id)
    not_ones_own(actor, filing)
    if filing.state not in rules.WAITING:
        raise Conflict(f"这条报备已经核过，现在是{filing.state.label}。请刷新后再看。")
    if queries.open_disputes(filing.id):
        raise Conflict("这条报备有争议正在协调。请在争议里写结果，不单独核定。")
    today, before = clock.local(now).date(), filing.state
    rivals = queries.in_the_way(filing.id, today)
    filing.decision_reason = rules.check_decision(decision, reason, rivals)
    filing.state, filing.decided_by, filing.decided_at = decision.state, actor.user_id, now
    if decision is Decision.ACCEPT:
        _protect(filing, clock.local(filing.filed_at).date())
    db.session.flush()
    diff = {"state": (before.value, filing.state.value)}
    audit.record(actor, f"filing.{filing.state.value}", subject(project, filing), diff, note=reason.strip())
    tell(project, filing, _told(filing))
    if decision is not Decision.ACCEPT:
        free_behind(actor, filing, today)
        return ""
    return _follow(actor, project, today)


def _follow(actor: Actor, project: Project, today: date) -> str:
    return "".join(step(actor, project, today) for step in _onward)


def accept_disputed(actor: Actor, filing: Filing, reason: str, now: datetime) -> None:
    """The winner of a dispute is accepted, if it was not: its protection counts from the day of its filing as every other's."""
    if filing.state not in rules.WAITING:
        return
    project, before = db.session.get_one(Project, filing.project_id), filing.state
    filing.state, filing.decision_reason = FilingState.ACCEPTED, reason
    filing.decided_by, filing.decided_at = actor.user_id, now
    _protect(filing, clock.local(filing.filed_at).date())
    db.session.flush()
    diff = {"state": (before.value, filing.state.value)}
    audit.record(actor, "filing.accepted", subject(project, filing), diff, note=reason)
    _follow(actor, project, clock.local(now).date())


def not_ones_own(actor: Actor, filing: Filing) -> None:
    if actor.user_id is not None and filing.filed_by == actor.user_id:
        raise Forbidden("您自己的报备由另一位同事核定。")


def _protect(filing: Filing, since: date) -> None:
    filing.protected_from, filing.protected_until = since, add_months(since, filing.months)


def _told(filing: Filing) -> str:
    if filing.state is FilingState.ACCEPTED:
        return f"的报备已受理，首谈保护至 {filing.protected_until}。"
    return f"的报备{filing.state.label}：{filing.decision_reason}"


def choose(
    actor: Actor, filing: Filing, attachment_id: int, reason: str, now: datetime, over: Sequence[int] | None = None
) -> str:  # fmt: skip
    """The investor's own written choice stands above who was first: this filing is accepted, those `over` which it stands end.

    `over` None means all that were met for more than an alike name. Returns what became of the project's stage, in words.
    """
    project, today = db.session.get_one(Project, filing.project_id), clock.local(now).date()
    not_ones_own(actor, filing)
    if not queries.rows_by_id([filing.id], today)[0].stands:
        raise Conflict(f"这条报备现在是{filing.state.label}，保护已经不在，不能再选。请刷新后再看。")
    rivals = _chosen_over(filing, over, today)
    if not queries.papers(project, (attachment_id,), contact=False):
        raise RuleBroken("没有投资方书面选择的文件。请先上传到所选板块的项目，再回来选择。", "attachment")
    before, said = filing.state, rules.check_reason(reason, required=False)
    for row in rivals:
        rival = db.session.get_one(Filing, row.id)
        words = "的报备已失效：投资方书面选择其他板块。"
        end(actor, rival, EndKind.CHOICE, today, now, words=words)
    db.session.merge(FilingEvidence(filing_id=filing.id, attachment_id=attachment_id, purpose=Purpose.CHOICE))
    filing.state, filing.chosen = FilingState.ACCEPTED, True
    filing.decided_by, filing.decided_at = actor.user_id, now
    filing.decision_reason = said or "投资方书面选择本板块"
    if filing.protected_from is None:
        _protect(filing, today)
    db.session.flush()
    diff = {"state": (before.value, filing.state.value), "chosen": (False, True)}
    audit.record(actor, "filing.chosen", subject(project, filing), diff, note=said)
    tell(project, filing, f"按投资方书面选择由本板块首谈，保护至 {filing.protected_until}。")
    return _follow(actor, project, today)


def _chosen_over(filing: Filing, over: Sequence[int] | None, today: date) -> list[FilingRow]:
    """The filings the choice ends: a letter of one investor says nothing about another one with an alike name."""
    standing = [hit for hit in queries.facing(filing, today) if hit.row.stands]
    if not standing:
        raise RuleBroken("没有别的板块报备这个投资方，不需要投资方选择。请直接核定。")
    if over is None:
        found = [hit.row for hit in standing if hit.reason is not HitReason.NAME]
    else:
        found = [hit.row for hit in standing if hit.row.id in over]
    if not found or len(found) < len(set(over or ())):
        raise RuleBroken("没有选书面选择针对哪几条报备。请核对投资方后勾选。", "over")
    if any(row.protection.standing is Standing.SETTLED for row in found):
        raise RuleBroken("所选报备的项目已签约，不能再改首谈。换板块的请办流转。", "over")
    return found
