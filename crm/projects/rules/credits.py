"""Credit shares: who is credited with how much of a project, per indicator and from a day on (decision 8)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from crm.core.errors import RuleBroken
from crm.projects.rules import CREDIT_LABELS, CreditIndicator

_FINEST = Decimal("0.000001")
WHOLE = Decimal(1)


@dataclass(frozen=True, slots=True)
class ShareDraft:
    """`indicator` None means every indicator that is not named elsewhere in the same set."""

    zone_id: int
    share: Decimal
    indicator: CreditIndicator | None = None


@dataclass(frozen=True, slots=True)
class ShareRow:
    effective_on: date
    indicator: CreditIndicator
    zone_id: int
    share: Decimal


def split(drafts: Sequence[ShareDraft]) -> dict[CreditIndicator, dict[int, Decimal]]:
    """The shares of each indicator by zone; raises RuleBroken unless each indicator sums to exactly 1."""
    if not drafts:
        raise RuleBroken("没有填分享比例。请至少填一个板块。", field="shares")
    named: dict[CreditIndicator, dict[int, Decimal]] = {}
    rest: dict[int, Decimal] = {}
    for draft in drafts:
        _check(draft)
        _put(rest if draft.indicator is None else named.setdefault(draft.indicator, {}), draft)
    if rest:
        named |= {indicator: dict(rest) for indicator in CreditIndicator if indicator not in named}
    for indicator, shares in named.items():
        _check_whole(indicator, sum(shares.values(), Decimal(0)))
    return named


def _check_whole(indicator: CreditIndicator, total: Decimal) -> None:
    if total != WHOLE:
        raise RuleBroken(sum_words(CREDIT_LABELS[indicator], total), field="shares")


def sum_words(name: str, total: Decimal) -> str:
    """What is said of shares that do not make a whole: typed as parts of 1 in the API, in percent on the pages."""
    return f"{name}的分享比例合计是 {total.normalize():f}（{(total * 100).normalize():f}%），应当正好是 1（100%）。请核对。"


def _check(draft: ShareDraft) -> None:
    if not draft.share.is_finite() or draft.share <= 0 or draft.share > WHOLE:
        raise RuleBroken("分享比例要大于 0、不超过 1。不参与分享的板块请去掉。", field="shares")
    if draft.share != draft.share.quantize(_FINEST):
        raise RuleBroken("分享比例最多 6 位小数。请核对。", field="shares")


def _put(shares: dict[int, Decimal], draft: ShareDraft) -> None:
    if draft.zone_id in shares:
        raise RuleBroken("同一指标里一个板块写了两次。请合并成一行。", field="shares")
    shares[draft.zone_id] = draft.share


def in_force(rows: Iterable[ShareRow], on: date) -> Mapping[CreditIndicator, Mapping[int, Decimal]]:
    """For each indicator the newest set whose day is not after `on`; an indicator without one is missing."""
    newest: dict[CreditIndicator, date] = {}
    kept: dict[CreditIndicator, dict[int, Decimal]] = {}
    for row in sorted(rows, key=lambda r: r.effective_on):
        if row.effective_on > on:
            continue
        if newest.get(row.indicator) != row.effective_on:
            newest[row.indicator] = row.effective_on
            kept[row.indicator] = {}
        kept[row.indicator][row.zone_id] = row.share
    return kept
