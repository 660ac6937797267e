"""Whether a project counts for a zone's quota, and if not, why, in words (decisions 1 to 8)."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from crm.pipeline.rules import EndKind, MilestoneKind, MilestoneState, counts_at
from crm.projects.rules import EXCLUSION_LABELS, PhaseKind, Stage
from crm.quotas.rules.facts import (
    Facts,
    Recorded,
    Terms,
    Times,
    Worth,
    amount_words,
    credits_on,
    day_words,
    threshold_words,
)


class State(StrEnum):
    """Why an entry stands where it stands on a zone's line; in the order in which they are listed."""

    COUNTED = "counted"
    PENDING = "pending"
    RETURNED = "returned"
    DRAFT = "draft"
    TALKING = "talking"
    BELOW = "below"
    OTHER_TIME = "other_time"
    ENDED = "ended"
    EXCLUDED = "excluded"
    STOPPED = "stopped"


ORDER = {state: n for n, state in enumerate(State)}


@dataclass(frozen=True, slots=True)
class Entry:
    """One project on one zone's line. `amount` is what decides (万元, or 万美元 when `in_usd`); `on` its date on the line."""

    project_id: int
    code: str
    name: str
    visible: bool
    state: State
    credit: Decimal
    reason: str
    amount: Decimal | None
    in_usd: bool
    on: date | None = None
    stage: Stage = Stage.LEAD
    reached: frozenset[MilestoneKind] = frozenset()

    @property
    def counted(self) -> bool:
        return self.state is State.COUNTED

    @property
    def amount_words(self) -> str:
        return amount_words(self.amount, self.in_usd)


def judge(project: Facts, terms: Terms, times: Times) -> Entry | None:
    """The project's entry on this zone's line; None where it has nothing to do with the zone.

    It counts once: by its own milestone or by the first of its phases, never by a capital increase (decision 8).
    """
    found = _judged(project, terms, times)
    raised = _increments(project, terms, times)
    return replace(found, reason=f"{found.reason}；{raised}") if found is not None and raised else found


def _increments(project: Facts, terms: Terms, times: Times) -> str:
    """Increases recognised in the year, in words: the sums have them, the number of projects does not."""
    amounts = [
        amount_words(*r.worth.deciding(terms.basis))
        for r in project.recorded
        if r.part is PhaseKind.INCREASE
        and r.kind is terms.milestone
        and r.made.statistical_on.year == terms.year
        and counts_at(r.made, times.as_of, times.known_at)
    ]
    return f"增资{'、'.join(amounts)}，只计增量" if amounts else ""


def _judged(project: Facts, terms: Terms, times: Times) -> Entry | None:
    records = [r for r in whole(project, terms.milestone) if known(r, times)]
    live = next((r for r in records if counts_at(r.made, times.as_of, times.known_at)), None)
    state = project.submitted.state_at(times.known_at) if project.submitted else None
    # A milestone that waits again stands before what was taken back earlier.
    if live is None and records and state is not MilestoneState.PENDING:
        return _of_dead(project, records[-1], terms, times)
    if live is not None:
        return _of_live(project, live, terms, times)
    if state in (MilestoneState.PENDING, MilestoneState.RETURNED, MilestoneState.DRAFT):
        return _of_submitted(project, state, terms, times)
    return _of_talks(project, terms, times)


def whole(project: Facts, kind: MilestoneKind) -> list[Recorded]:
    """Recognitions that make the project count. That of a phase is worth what the whole agreement is: the tier is by the total."""
    signed = [
        r.worth
        for r in project.recorded
        if r.kind is MilestoneKind.SIGNED and r.part is None and r.end_kind is not EndKind.REVOKED
    ]
    total = signed[-1] if signed else project.worth
    return [
        replace(r, worth=total) if r.part is PhaseKind.PHASE else r
        for r in project.recorded
        if r.kind is kind and r.part is not PhaseKind.INCREASE
    ]


def known(record: Recorded, times: Times) -> bool:
    restored = record.made.restored_at
    return record.made.recognised_at <= times.known_at and (restored is None or restored > times.known_at)


def _entry(
    project: Facts,
    terms: Terms,
    state: State,
    reasons: list[str],
    worth: Worth,
    landing: int | None,
    on: date,
    times: Times,
) -> Entry | None:
    """`landing` is the zone whose statistics it is; `on` the day whose credit shares are in force."""
    credits = credits_on(on, landing, project.shares)
    credit = credits.get(terms.zone_id, Decimal(0))
    if not credit and landing != terms.zone_id:
        return None
    if not credit:
        state, reasons = State.EXCLUDED, ["个数全部分享给其他板块", *reasons]
    elif credit != 1:
        reasons = [*reasons, f"分享{(credit * 100).normalize():f}%"]
    amount, in_usd = worth.deciding(terms.basis)
    reached = frozenset(
        r.kind
        for r in project.recorded
        if r.part is not PhaseKind.INCREASE and counts_at(r.made, times.as_of, times.known_at)
    )
    words = "；".join(reasons)
    return Entry(
        project.id,
        project.code,
        project.name,
        project.visible,
        state,
        credit,
        words,
        amount,
        in_usd,
        on,
        project.stage,
        reached,
    )


def _below(worth: Worth, terms: Terms) -> str:
    """Empty when the threshold is reached."""
    if worth.reaches(terms):
        return ""
    amount, in_usd = worth.deciding(terms.basis)
    if amount is None:
        return f"{'总投资' if terms.basis == 'total' else '固定资产投资'}没有填，不能定级"
    least = terms.threshold_usd if in_usd else terms.threshold
    return f"金额{amount_words(amount, in_usd)}低于{threshold_words(least, in_usd)}"


def _excluded(project: Facts) -> str:
    return f"排除类型：{EXCLUSION_LABELS[project.exclusion]}" if project.exclusion else ""


def _barred(project: Facts, worth: Worth, terms: Terms) -> tuple[State | None, list[str]]:
    """What keeps a project from counting whatever its milestone says."""
    excluded, below = _excluded(project), _below(worth, terms)
    state = State.EXCLUDED if excluded else State.BELOW if below else None
    return state, [words for words in (excluded, below) if words]


def stays_out(project: Facts, record: Recorded, terms: Terms, times: Times) -> tuple[State | None, list[str]]:
    """Why what is recognised does not count in this year by this threshold; no state where it does."""
    day, year = record.made.statistical_on, terms.year
    state, reasons = _barred(project, record.worth, terms)
    if day.year != year:
        return State.OTHER_TIME, [f"统计日期{day.isoformat()}，不在{year}年", *reasons]
    if earlier := _earlier_year(project, record, terms, times):
        return State.OTHER_TIME, [f"已在{earlier}年计入，一个项目只计一次", *reasons]
    return state, reasons


def _of_live(project: Facts, record: Recorded, terms: Terms, times: Times) -> Entry | None:
    day, year = record.made.statistical_on, terms.year
    state, reasons = stays_out(project, record, terms, times)
    if state is None:
        state, reasons = (
            State.COUNTED,
            [f"{day_words(day, year)}认定，{amount_words(*record.worth.deciding(terms.basis))}"],
        )
        reasons += _later(record, project, terms, times)
    return _entry(project, terms, state, reasons, record.worth, record.zone_id, day, times)


def _earlier_year(project: Facts, record: Recorded, terms: Terms, times: Times) -> int | None:
    """The earlier year in which the same project already counted by this threshold (decision 8: once)."""
    for other in whole(project, record.kind):
        day = other.made.statistical_on
        if day.year >= terms.year or not other.worth.reaches(terms):
            continue
        if counts_at(other.made, date(day.year, 12, 31), times.known_at):
            return day.year
    return None


def _later(record: Recorded, project: Facts, terms: Terms, times: Times) -> list[str]:
    made, words = record.made, []
    ended = made.ended_at is not None and made.ended_at <= times.known_at and made.ended_on is not None
    if ended and made.ended_on and made.ended_on.year > terms.year:
        why = {EndKind.TERMINATED: "解除协议", EndKind.REVOKED: "撤销认定"}.get(
            record.end_kind or EndKind.REPLACED
        )
        words += [f"年后调出：{made.ended_on.isoformat()}{why}"] if why else []
    if project.submitted and project.submitted.needs_again:
        words.append("项目已变更，待重新认定")
    return words


def _of_dead(project: Facts, record: Recorded, terms: Terms, times: Times) -> Entry | None:
    """Recognised once, but not in the count of this day by what was known."""
    made, year = record.made, terms.year
    ended = made.ended_at is not None and made.ended_at <= times.known_at
    if not ended:
        state, words = (
            State.OTHER_TIME,
            f"统计日期{day_words(made.statistical_on, year)}，晚于{day_words(times.as_of, year)}",
        )
    elif record.end_kind is EndKind.TERMINATED and made.ended_on is not None:
        state, words = State.ENDED, f"{day_words(made.ended_on, year)}解除协议，已调出"
    elif record.end_kind is EndKind.REPLACED:
        state, words = State.OTHER_TIME, "已由重新认定代替，新的统计日期未到"
    else:
        state, words = State.ENDED, "已撤销认定" + (f"：{record.end_reason}" if record.end_reason else "")
    return _entry(project, terms, state, [words], record.worth, record.zone_id, made.statistical_on, times)


_SUBMITTED = {
    MilestoneState.PENDING: State.PENDING,
    MilestoneState.RETURNED: State.RETURNED,
    MilestoneState.DRAFT: State.DRAFT,
}


def _of_submitted(project: Facts, milestone: MilestoneState, terms: Terms, times: Times) -> Entry | None:
    submitted = project.submitted
    if submitted is None:
        return None
    worth = submitted.worth or project.worth
    barred, reasons = _barred(project, worth, terms)
    if milestone is MilestoneState.PENDING:
        words = "待认定" + (
            f"，{day_words(submitted.submitted_on, terms.year)}报" if submitted.submitted_on else ""
        )
    elif milestone is MilestoneState.RETURNED:
        words = "已退回" + (f"：{submitted.reason}" if submitted.reason else "")
    elif submitted.framework:
        words = "框架协议不算签约"
    else:
        words = f"{terms.milestone.label}未报，缺证据"
    stopped = project.stopped
    state = barred or (State.STOPPED if stopped else _SUBMITTED[milestone])
    return _entry(
        project, terms, state, [words, *stopped, *reasons], worth, project.zone_id, times.as_of, times
    )


def _of_talks(project: Facts, terms: Terms, times: Times) -> Entry | None:
    barred, reasons = _barred(project, project.worth, terms)
    stopped = project.stopped
    if project.stage is Stage.INTENT and terms.milestone is MilestoneKind.SIGNED:
        words = "框架协议不算签约"
    elif project.stage.order <= Stage.INTENT.order:
        words = f"在谈，{project.stage.label}"
    else:
        words = f"还没有报{terms.milestone.label}"
    state = barred or (State.STOPPED if stopped else State.TALKING)
    return _entry(
        project, terms, state, [*stopped, words, *reasons], project.worth, project.zone_id, times.as_of, times
    )
