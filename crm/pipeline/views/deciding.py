"""What the queue says of a submission: figures side by side, what it would do to the quota, how long it has waited."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import url_for

from crm.accounts.permissions import BOARD_SEE, RECOGNISE
from crm.core import clock
from crm.core.actor import Actor
from crm.pipeline.queries import QueueRow, truth, truth_shown
from crm.pipeline.queries.truth_shown import Shown
from crm.projects import queries as projects
from crm.projects.rules import PhaseKind, Tier, tier_of
from crm.quotas import queries as quotas
from crm.quotas.rules import Board, Entry, State, ZoneLine, amount_words, plain


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure as the agreement, the record and the count have it, in words; `differs` where the first two disagree."""

    label: str
    stated: str
    registered: str
    counted: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Effect:
    """What recognising would do to a quota: a number that changes, or words why none does."""

    words: str
    before: str = ""
    after: str = ""
    url: str = ""


def waited(row: QueueRow) -> str:
    if row.submitted_at is None:
        return ""
    days = (clock.today() - clock.local(row.submitted_at).date()).days
    return f"已等{days}天" if days else "今天申报"


def compared(row: QueueRow) -> list[Compared]:
    """Only lines that say something."""
    return [
        Compared(
            label,
            _said(stated),
            _said(registered),
            _said(counted),
            stated is not None and registered is not None and stated != registered,
        )
        for label, stated, registered, counted in _figures(row)
        if (stated, registered, counted) != (None, None, None)
    ]


Figure = str | date | None


def _figures(row: QueueRow) -> Iterator[tuple[str, Figure, Figure, Figure]]:
    part = row.phase_no is not None
    total, usd = (
        (row.phase_total, row.phase_total_usd) if part else (row.project_total, row.project_total_usd)
    )
    fixed = row.phase_fixed if part else row.project_fixed
    yield "总投资", _yi(row.agreement_total), _yi(total), _yi(row.counted_amount)
    yield (
        "总投资（美元）",
        _yi(row.agreement_total_usd, True),
        _yi(usd, True),
        _yi(row.counted_amount_usd, True),
    )
    yield "固定资产投资", _yi(row.agreement_fixed), _yi(fixed), _yi(row.counted_fixed)
    if row.kind.value == "signed":
        yield "用地", _mu(row.agreement_land_mu), None if part else _mu(row.project_land_mu), None
        yield "开工", row.agreement_start_by, row.phase_start_on if part else row.expected_start_on, None
        yield "竣工", row.agreement_complete_by, row.phase_complete_on, None
    if row.counted_happened_on is not None:
        yield f"{row.kind.label}日期", row.happened_on, None, row.counted_happened_on


def _yi(value: Decimal | None, in_usd: bool = False) -> str | None:
    return None if value is None else amount_words(value, in_usd)


def _mu(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}亩"


def _said(value: Figure) -> str:
    return "" if value is None else value.isoformat() if isinstance(value, date) else value


def questions(actor: Actor, rows: Sequence[QueueRow]) -> dict[int, list[Shown]]:
    """Project → what the truth checks ask about it, for who recognises; a fixed number of statements for the page."""
    if not actor.can(RECOGNISE):
        return {}
    codes = {row.project_id: row.code for row in rows if row.waits}
    names = truth_shown.tier_names()
    return {
        project_id: [truth_shown.of_question(codes[project_id], question, names) for question in found]
        for project_id, found in truth.open_for(sorted(codes), clock.today()).items()
    }


def effects(actor: Actor, rows: Sequence[QueueRow]) -> dict[int, Effect]:
    """Milestone → what recognising it does to the quota of the year; the board is read once, and only for large projects."""
    if not actor.can(BOARD_SEE):
        return {}
    year = clock.today().year
    plan = quotas.plan_for(year, None, quotas.plans())
    asked = [row for row in rows if row.waits and plan is not None and row.kind is plan.kind]
    if plan is None or not asked:
        return {}
    board = quotas.board(actor, plan, year) if any(map(_large, asked)) else None
    return {row.id: _effect(row, board) for row in asked}


_LARGE = (Tier.T100, Tier.T50)


def _large(row: QueueRow) -> bool:
    """By its record or by what it was submitted with; smaller ones reach no quota."""
    stated = tier_of(row.capital, row.agreement_total, row.agreement_total_usd, projects.tiers())
    return row.tier in _LARGE or stated in _LARGE


def _effect(row: QueueRow, board: Board | None) -> Effect:
    if row.phase_kind is PhaseKind.INCREASE:
        return Effect("增资，只计增量，不增加项目个数")
    if board is None or not _large(row):
        return Effect("不计入配额，金额不到门槛")
    found = [
        (line, entry) for line in board.lines for entry in line.entries if entry.project_id == row.project_id
    ]
    line, entry = next((pair for pair in found if pair[1].state is State.PENDING), (None, None))
    if line is not None and entry is not None:
        return _moved(line, entry)
    if not found:
        return Effect("不计入配额，板块没有配额")
    line, entry = found[0]
    return Effect(f"{line.zone.name}{line.threshold_label}：{entry.reason}", url=_board_of(line))


def _moved(line: ZoneLine, entry: Entry) -> Effect:
    before = line.counted + line.carried
    return Effect(
        f"计入{line.zone.name}{line.threshold_label}配额",
        f"{plain(before)} / {line.target}",
        f"{plain(before + entry.credit)} / {line.target}",
        _board_of(line),
    )


def _board_of(line: ZoneLine) -> str:
    return url_for("quotas.board") + f"#{line.zone.code}"
