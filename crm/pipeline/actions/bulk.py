"""The bureau decides on several submissions at once, each on its own."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from crm.accounts import permissions
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict, Forbidden, RuleBroken, Stale
from crm.pipeline import queries, rules
from crm.pipeline.actions.recognitions import recognise, return_
from crm.pipeline.models import Milestone
from crm.pipeline.rules import Decision, Outcome, Verdict
from crm.projects.models import Phase, Project


def decide_many(actor: Actor, decisions: Sequence[Decision], today: date, now: datetime) -> list[Outcome]:
    """Recognises and returns row by row, in the order given; what is refused leaves the others as they are.

    Each row is a savepoint of the one transaction. Projects are locked in the order of their ids, so that two of the
    bureau deciding at once wait for each other and neither for both.
    """
    actor.require(permissions.RECOGNISE)
    found = {
        m.id: (m, project, phase) for m, project, phase in queries.to_decide(actor, [d.id for d in decisions])
    }
    ordered = sorted(decisions, key=lambda d: (found[d.id][1].id if d.id in found else 0, d.id))
    outcomes = {d.id: _one(actor, d, found.get(d.id), today, now) for d in ordered}
    return [outcomes[d.id] for d in decisions]


def _one(
    actor: Actor,
    decision: Decision,
    found: tuple[Milestone, Project, Phase | None] | None,
    today: date,
    now: datetime,
) -> Outcome:
    if found is None:
        return Outcome(decision.id, "", "", False, "没有找到这项申报。请刷新后再看。")
    milestone, project, phase = found
    code, kind = project.code, milestone.kind
    words = rules.stone_words(kind, phase.name if phase else "")
    try:
        with db.session.begin_nested():
            _check_seen(decision, project, milestone, words)
            if decision.verdict is Verdict.RETURN:
                return_(actor, project, kind, decision.reason, today, now, phase)
                said = "已退回"
            else:
                made = recognise(actor, project, kind, decision.on or today, today, now, phase)
                said = f"已认定，统计日期 {made.statistical_on.isoformat()}"
    except RuleBroken as broken:
        return Outcome(decision.id, code, words, False, broken.message, broken.field or "")
    except (Conflict, Forbidden, Stale) as refused:
        return Outcome(decision.id, code, words, False, refused.message)
    except (StaleDataError, IntegrityError):
        return Outcome(decision.id, code, words, False, f"{words}刚被他人处理。请刷新后再看。")
    return Outcome(decision.id, code, words, True, said)


def _check_seen(decision: Decision, project: Project, milestone: Milestone, words: str) -> None:
    """What was changed since it was read must be read again first."""
    queries.lock(project)
    db.session.refresh(milestone)
    if decision.version is not None and decision.version != milestone.version:
        raise Conflict(f"{words}的申报刚被修改或已由他人处理。请刷新后再看。")
