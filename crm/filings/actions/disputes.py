"""A dispute over one investor: opened, talked over, raised, settled. Neither zone ever learns who the other is."""

from datetime import date, datetime

from crm.accounts import queries as accounts
from crm.accounts.permissions import RECOGNISE
from crm.audit import actions as audit
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict, Forbidden, RuleBroken
from crm.filings import queries, rules
from crm.filings.actions import steps
from crm.filings.actions.deciding import accept_disputed, not_ones_own
from crm.filings.actions.ending import end
from crm.filings.actions.telling import subject, tell
from crm.filings.models import Dispute, DisputeStep, DisputeWord, Filing
from crm.filings.rules import EndKind
from crm.filings.rules import disputes as ladder
from crm.filings.rules.disputes import DisputeState, Rung, Step, StepEnd
from crm.notices import actions as notices
from crm.projects.models import Project
from crm.settings import queries as settings


def open_dispute(
    actor: Actor, filing: Filing, reason: str, now: datetime, against: int | None = None
) -> Dispute:
    """Of a zone whose filing stands behind another, or of the bureau between two that met (`against` names the other).

    The zone in front has not been told of those behind, so it cannot ask by trying.
    """
    said = rules.check_reason(reason)
    today = clock.local(now).date()
    if filing.state not in rules.LIVE:
        raise Conflict(f"这条报备现在是{filing.state.label}，不能提出争议。请刷新后再看。")
    rival = _rival(actor, filing, today, against)
    if not actor.can(RECOGNISE) and queries.ruled(filing.project_id, rival.project_id, rival.id):
        raise RuleBroken("这个投资方的首谈已由领导小组裁定，裁定为最终结果。有新情况的请书面报市商务局。")
    earlier, later = rules.by_time([filing, rival])
    if any(
        {one.earlier_id, one.later_id} == {filing.id, rival.id} for one in queries.open_disputes(filing.id)
    ):
        raise Conflict("这两条报备的争议已经在协调。请打开争议查看。")
    made = Dispute(
        earlier_id=earlier.id,
        later_id=later.id,
        reason=said,
        opened_zone_id=None if actor.can(RECOGNISE) else actor.zone_id,
        opened_by=actor.user_id,
        opened_at=now,
        acted_at=now,
    )
    db.session.add(made)
    db.session.flush()
    step = steps.begin(made, ladder.first_step(today, queries.limits(), settings.calendar()))
    words = f"的报备与其他单位有争议，先自行协商，最晚 {step.due_on.isoformat()}。"
    _note(actor, made, "dispute.opened", said, words)
    return made


def _rival(actor: Actor, filing: Filing, today: date, against: int | None) -> Filing:
    if actor.can(RECOGNISE):
        found = [hit.row.id for hit in queries.facing(filing, today) if hit.row.stands]
    else:
        found = [hit.row.id for hit in queries.in_the_way(filing.id, today)]
    wanted = [one for one in found if against in (None, one)]
    if not wanted:
        raise RuleBroken("没有其他单位的报备挡在这条前面，不用提出争议。")
    return db.session.get_one(Filing, wanted[0])


def propose(actor: Actor, dispute: Dispute, mine: Filing, yields: bool, text: str, now: datetime) -> bool:
    """One side says in writing who should go on; True when both now name the same, which settles it.

    The other side reads the words, not the name of who wrote them.
    """
    if actor.zone_id is None or mine.zone_id != actor.zone_id:
        raise Forbidden("协商意见由争议双方的板块自己写。")
    said = ladder.check_text(text)
    _current(dispute, now, Rung.TALKS)
    other = _other(dispute, mine)
    keeps = other if yields else mine
    db.session.add(
        DisputeWord(
            dispute_id=dispute.id, filing_id=mine.id, keeps_id=keeps.id, text=said,
            written_by=actor.user_id, written_at=now,
        )
    )  # fmt: skip
    dispute.acted_at = now
    db.session.flush()
    theirs = next((word for word in queries.words_of(dispute.id) if word.filing_id == other.id), None)
    _record(actor, dispute, "dispute.proposed", said, only=mine)
    if theirs is None or theirs.keeps_id != keeps.id:
        tell(_project(other), other, "的报备争议：对方写了协商意见，请查看并答复。", _page(dispute))
        return False
    agreed = "；".join((said, theirs.text))
    _settle(actor, dispute, keeps, StepEnd.AGREED, agreed, now)
    return True


def raise_(actor: Actor, dispute: Dispute, reason: str, now: datetime) -> None:
    """Up by decision: from talks by either side or the bureau, from mediation by the bureau; nothing stands above a ruling."""
    said = rules.check_reason(reason)
    step = _current(dispute, now)
    above = step.rung.next
    if above is None:
        raise Conflict("争议已在领导小组裁定，裁定为最终结果。")
    if step.rung is not Rung.TALKS and not actor.can(RECOGNISE):
        raise Forbidden("调解不成，由市招商办提交领导小组。")
    today = clock.local(now).date()
    steps.leave(step, StepEnd.RAISED, today, now, actor.user_id, said)
    following = ladder.step_of(above, today, queries.limits(), settings.calendar())
    steps.begin(dispute, following)
    dispute.acted_at = now
    db.session.flush()
    _went_up(actor, dispute, "dispute.raised", said, following, today)


def settle(
    actor: Actor, dispute: Dispute, winner_id: int, text: str, document: str, attachment_id: int | None,
    now: datetime,
) -> None:  # fmt: skip
    """The bureau writes the result of its mediation, or the leading group's ruling with its document."""
    step = _current(dispute, now)
    sides = queries.sides_of(dispute)
    for side in sides:
        not_ones_own(actor, side)
    winner = next((side for side in sides if side.id == winner_id), None)
    if winner is None:
        raise RuleBroken("没有选由哪一方继续。请选争议双方的一方。", "winner")
    named = ladder.check_result(step.rung, document, attachment_id is not None)
    said = ladder.check_text(text)
    if attachment_id is not None and not any(
        queries.papers(_project(side), (attachment_id,), contact=False) for side in sides
    ):
        raise RuleBroken("所选文件不是争议双方项目的。请先上传到其中一个项目，再回来选择。", "attachment")
    step.document, step.attachment_id = named, attachment_id
    _settle(actor, dispute, winner, ladder.RESULTS[step.rung], said, now)


def _settle(actor: Actor, dispute: Dispute, winner: Filing, how: StepEnd, text: str, now: datetime) -> None:
    """The winner's protection follows; the loser's filing ends and stays in the history."""
    today, loser = clock.local(now).date(), _other(dispute, winner)
    for side in (winner, loser):
        if side.state not in rules.LIVE:
            raise Conflict(f"双方有一条报备现在是{side.state.label}，不能再写结果。请刷新后再看。")
    if queries.rows_by_id([loser.id], today)[0].protection.standing.value == "settled":
        raise RuleBroken("没有得到的一方项目已签约，不能再改首谈。换板块的请办流转。", "winner")
    steps.leave(steps.running(dispute), how, today, now, actor.user_id, text)
    steps.close(dispute, DisputeState.SETTLED, now, actor, winner)
    reason = how.label
    end(accounts.system() if how is StepEnd.AGREED else actor, loser, EndKind.DISPUTE, today, now, reason)
    if how is not StepEnd.AGREED:
        accept_disputed(actor, winner, f"争议{reason}，由本板块继续", now)
    _record(actor, dispute, "dispute.settled", f"{reason}：{text}"[:500])
    tell(_project(winner), winner, f"的报备争议{reason}，由本板块继续。{_kept(winner)}", _page(dispute))
    tell(_project(loser), loser, f"的报备争议{reason}，由对方继续，本条报备已结束。", _page(dispute))


def _kept(winner: Filing) -> str:
    if winner.protected_until is not None:
        return f"保护至 {winner.protected_until.isoformat()}。"
    return "等市商务局核定后保护。"


def climb_due(now: datetime) -> int:
    """Raises what the calendar has brought up, however long nobody looked; how many steps that were. A second run finds none."""
    today, written = clock.local(now).date(), 0
    for dispute in queries.open_disputes():
        more = steps.climb(dispute, today, now)
        written += len(more)
        for following in more:
            _went_up(accounts.system(), dispute, "dispute.lapsed", "", following, today)
    return written


# --- telling ---------------------------------------------------------------------------------------------


def _current(dispute: Dispute, now: datetime, must: Rung | None = None) -> DisputeStep:
    """The running step, after the calendar has been written down; Conflict when the dispute is over or elsewhere."""
    if dispute.state is not DisputeState.OPEN:
        raise Conflict(f"这项争议{dispute.state.label}。请刷新后再看。")
    today = clock.local(now).date()
    for following in steps.climb(dispute, today, now):
        _went_up(accounts.system(), dispute, "dispute.lapsed", "", following, today)
    step = steps.running(dispute)
    if must is not None and step.rung is not must:
        raise Conflict(f"争议现在在{step.rung.label}，不再收协商意见。")
    return step


def _other(dispute: Dispute, filing: Filing) -> Filing:
    other = dispute.later_id if filing.id == dispute.earlier_id else dispute.earlier_id
    return db.session.get_one(Filing, other)


def _project(filing: Filing) -> Project:
    return db.session.get_one(Project, filing.project_id)


def _page(dispute: Dispute) -> str:
    return f"/filings/disputes/{dispute.id}"


def _record(actor: Actor, dispute: Dispute, code: str, note: str, only: Filing | None = None) -> None:
    """Once for each side, in words that side may read: the acts and reasons of the other one are the system's to it."""
    for side in queries.sides_of(dispute):
        if only is not None and side.id != only.id:
            continue
        own = actor.can(RECOGNISE) or actor.zone_id == side.zone_id
        audit.record(
            actor if own else accounts.system(), code, subject(_project(side), side), note=note if own else ""
        )


def _note(actor: Actor, dispute: Dispute, code: str, note: str, words: str) -> None:
    _record(actor, dispute, code, note)
    for side in queries.sides_of(dispute):
        tell(_project(side), side, words, _page(dispute))


def _went_up(actor: Actor, dispute: Dispute, code: str, note: str, step: Step, today: date) -> None:
    """Both sides learn it, and the bureau, for whom it now waits: it mediates itself, or brings the matter before the leading group."""
    _note(actor, dispute, code, note, f"的报备争议已到{step.rung.label}，最晚 {step.due_on.isoformat()}。")
    codes = "、".join(_project(side).code for side in queries.sides_of(dispute))
    text = f"{codes} 的报备争议已到{step.rung.label}，请在 {step.due_on.isoformat()} 前写结果。"
    others = [person for person in queries.bureau_people(today) if person != actor.user_id]
    notices.send_many(others, "filing", text, _page(dispute))
