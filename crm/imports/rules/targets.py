"""What a list of target companies says beyond the register (rules.md §5.4 ③)."""

import re
from typing import Any

from crm.companies.rules import LinkProgress
from crm.core import dates
from crm.core.errors import RuleBroken
from crm.core.folding import is_unknown
from crm.imports.rules.cells import RowCells
from crm.targeting.rules.targets import EntryKind

#: The first word that a cell has decides.
_PROGRESS = (
    ("放弃", LinkProgress.GIVEN_UP),
    ("终止", LinkProgress.GIVEN_UP),
    ("未接触", LinkProgress.UNTOUCHED),
    ("未对接", LinkProgress.UNTOUCHED),
    ("未联系", LinkProgress.UNTOUCHED),
    ("洽谈", LinkProgress.TALKING),
    ("在谈", LinkProgress.TALKING),
    ("接触", LinkProgress.CONTACTED),
    ("对接", LinkProgress.CONTACTED),
    ("联系", LinkProgress.CONTACTED),
)
_ENTRIES = (
    ("乡贤", EntryKind.TOWNSFOLK),
    ("同乡", EntryKind.TOWNSFOLK),
    ("校友", EntryKind.TOWNSFOLK),
    ("供应", EntryKind.SUPPLIER),
    ("上下游", EntryKind.SUPPLIER),
    ("基金", EntryKind.FUND),
    ("协会", EntryKind.ASSOCIATION),
    ("商会", EntryKind.ASSOCIATION),
    ("存量", EntryKind.EXISTING_FIRM),
    ("现有企业", EntryKind.EXISTING_FIRM),
)
_DAY = re.compile(r"\d{4}[-./年]\d{1,2}[-./月]\d{1,2}日?")


def read(row: RowCells) -> dict[str, Any]:
    """Words of the cells, without what the sheet does not say; links, people and days are settled by the decider."""
    found: dict[str, Any] = {}
    for field, most in (
        ("node", 80),
        ("chain", 80),
        ("owner", 40),
        ("standing", 120),
        ("signal_source", 120),
    ):
        if field in row.by_field and (said := _said(row, field, most)):
            found[field] = said
    if entry := _said(row, "entry", 300):
        found["entry_kind"] = next((k for w, k in _ENTRIES if w in entry), EntryKind.OTHER).value
        found["entry_note"] = entry if entry not in {word for word, _ in _ENTRIES} else ""
    _progress(row, found)
    if signal := _said(row, "signal", 300):
        found["signal"] = signal
        if on := _day(row, signal):
            found["signal_on"] = on
    return found


def _said(row: RowCells, field: str, most: int) -> str:
    if field not in row.by_field:
        return ""
    words = row.words(field, most).replace("\n", "，")
    return "" if is_unknown(words) else words


def _progress(row: RowCells, found: dict[str, Any]) -> None:
    written = _said(row, "progress", 200)
    if not written:
        return
    progress = next((p for word, p in _PROGRESS if word in written), None)
    if progress is None:
        message = "进度应是未接触、已接触、洽谈或放弃，未入库"
        row.add("left_out", row.first("progress"), "progress", written, message)
    else:
        found["progress"] = progress.value


def _day(row: RowCells, signal: str) -> str:
    """The day of a sign of expansion: its own column, else the day its words begin with or hold."""
    written = _said(row, "signal_on", 40) if "signal_on" in row.by_field else ""
    inside = _DAY.search(signal)
    for text in (written, inside.group() if inside else ""):
        try:
            read = dates.parse(text, today=row.today) if text else None
        except RuleBroken:
            read = None
        if read is not None and read.on <= row.today:
            return read.on.isoformat()
    return ""
