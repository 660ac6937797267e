"""Hold, lost, terminated, and back: who decides and what each needs (decision 5, rules.md §1.2)."""

from dataclasses import dataclass
from datetime import date

from crm.core.errors import RuleBroken
from crm.projects.rules import STATUS_LABELS, Stage, Status

#: Why a project was lost (rules.md §1.2, 失败原因).
LOST_CATEGORIES = (
    "用地、能耗或环评不过",
    "政策未谈拢",
    "资金或融资不到位",
    "市场变化",
    "被外地截留",
    "投资方战略调整",
    "准入不符",
    "失联",
)

_FROM: dict[Status, frozenset[Status]] = {
    Status.ACTIVE: frozenset({Status.ON_HOLD, Status.LOST, Status.TERMINATED}),
    # On hold again is the review put off: with a new day and its reason.
    Status.ON_HOLD: frozenset({Status.ACTIVE, Status.ON_HOLD}),
    Status.LOST: frozenset({Status.ACTIVE, Status.ON_HOLD}),
    Status.TERMINATED: frozenset({Status.ACTIVE, Status.ON_HOLD}),
    Status.TRANSFERRED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class StatusDraft:
    """A wanted change of status. `effective_on` is the day it holds from; None means today."""

    to: Status
    reason: str = ""
    category: str = ""
    went_to: str = ""
    review_on: date | None = None
    effective_on: date | None = None


def needs_bureau(before: Status, after: Status) -> bool:
    """Termination after signing, and taking it back, are the bureau's to approve; all else is the chief's too."""
    return Status.TERMINATED in (before, after)


def label(now: Status, to: Status) -> str:
    """What a change is called: going back to work is 恢复, a hold on a hold puts the review off."""
    if to is Status.ACTIVE:
        return f"恢复为{STATUS_LABELS[to]}"
    return "继续搁置，改复查日期" if to is now else STATUS_LABELS[to]


def choices(now: Status, stage: Stage) -> list[Status]:
    """Where a project in this status and stage can go: lost before signing, terminated after it."""
    signed = stage.order >= Stage.SIGNED.order
    barred = Status.LOST if signed else Status.TERMINATED
    return [to for to, sources in _FROM.items() if now in sources and to is not barred]


def check(
    now: Status,
    stage: Stage,
    draft: StatusDraft,
    papers: bool,
    today: date,
    since: date | None = None,
) -> None:
    """Raises RuleBroken when the change lacks what it needs. `papers` tells whether a 解除协议 is there for a termination.

    `since` is when the present status began: a hold cannot end before it began, or its timers would run backwards.
    """
    _check_direction(now, stage, draft.to)
    if not draft.reason.strip():
        raise RuleBroken("没有写原因。请填写。", "reason")
    if draft.effective_on is not None and draft.effective_on > today:
        raise RuleBroken("生效日期晚于今天。请填今天或更早。", "effective_on")
    if now is Status.ON_HOLD and since and draft.effective_on and draft.effective_on < since:
        raise RuleBroken(f"生效日期早于搁置日期 {since.isoformat()}。请填那天或更晚。", "effective_on")
    if draft.to is Status.ON_HOLD:
        _check_review(draft.review_on, today)
    if draft.to is Status.LOST:
        _check_lost(draft)
    if draft.to is Status.TERMINATED and not papers:
        message = "没有解除协议。请先上传解除协议再办理终止。"
        raise RuleBroken(message, "file", missing=({"field": "file", "message": message, "link": ""},))


def _check_direction(now: Status, stage: Stage, to: Status) -> None:
    if to is now and to is not Status.ON_HOLD:
        raise RuleBroken(f"项目已经是{STATUS_LABELS[now]}。请选另一个状态。", "to")
    if to is Status.TRANSFERRED:
        raise RuleBroken("流转由指定落地板块登记，不在这里变更。", "to")
    signed = stage.order >= Stage.SIGNED.order
    if to is Status.LOST and signed:
        raise RuleBroken("项目已签约。请上传解除协议后办理终止。", "to")
    if to is Status.TERMINATED and not signed:
        raise RuleBroken("项目还没有签约。请登记为流失。", "to")
    if now not in _FROM[to]:
        raise RuleBroken(
            f"{STATUS_LABELS[now]}的项目不能直接变为{STATUS_LABELS[to]}。请先恢复为进行中。", "to"
        )


def _check_review(review_on: date | None, today: date) -> None:
    if review_on is None:
        raise RuleBroken("没有填复查日期。搁置要定下哪天复查。", "review_on")
    if review_on <= today:
        raise RuleBroken("复查日期要晚于今天。请重新填写。", "review_on")


def _check_lost(draft: StatusDraft) -> None:
    if draft.category not in LOST_CATEGORIES:
        raise RuleBroken("没有选流失原因。请选择一类。", "category")
    if not draft.went_to.strip():
        raise RuleBroken("没有填流失去向。请填去了哪个城市，不清楚请写不详。", "went_to")
