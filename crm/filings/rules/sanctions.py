"""Sanctions (rules.md §2.2): what a zone did, and what follows. What follows from which is a setting."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from crm.core.errors import RuleBroken


class Offence(StrEnum):
    POACHING = "poaching"
    FALSE_DATA = "false_data"

    @property
    def label(self) -> str:
        return OFFENCE_LABELS[self]


OFFENCE_LABELS = {Offence.POACHING: "恶意竞争、抢商", Offence.FALSE_DATA: "虚假数据重复报备"}

BASIS_MOST = 200


@dataclass(frozen=True, slots=True)
class Effects:
    """`circulated`: 通报; `no_credit`: the first talk is not counted; `removed`: the filing is struck out."""

    circulated: bool
    no_credit: bool
    removed: bool

    @property
    def words(self) -> str:
        named = ((self.circulated, "通报"), (self.no_credit, "不计首谈认定"), (self.removed, "清除报备"))
        return "、".join(word for holds, word in named if holds) or "记录在案"


def effects_of(offence: Offence, table: Iterable[Mapping[str, str]]) -> Effects:
    """The row of the setting for an offence."""
    row = next(row for row in table if row["code"] == offence.value)
    return Effects(row["circulated"] == "是", row["no_credit"] == "是", row["removed"] == "是")


def check_basis(basis: str) -> str:
    said = basis.strip()
    if not said:
        raise RuleBroken("没有写依据文件。请填文件名称或文号。", "basis")
    if len(said) > BASIS_MOST:
        raise RuleBroken(f"依据文件最多 {BASIS_MOST} 个字。请缩短。", "basis")
    return said
