"""Rows whose company the register does not know, and what it may know under another spelling: a question, never a refusal."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from crm.companies import queries as companies
from crm.companies.naming import Wanted
from crm.companies.queries import Asking, Register
from crm.core.actor import Actor
from crm.imports.rules import Problem
from crm.imports.rules.rows import ReadRow

KIND = "company_alike"


@dataclass(slots=True)
class Alike:
    """Asks about new companies of a sheet, whose rows come in parts."""

    actor: Actor
    register: Register = field(default_factory=Register)

    def ask(self, rows: list[ReadRow], wanted: Callable[[dict[str, Any]], Wanted]) -> None:
        """`wanted` reads a row's company from its fields. What the row has said already is not asked again."""
        open_rows = [row for row in rows if KIND not in row.settled]
        if not open_rows:
            return
        asking = [_asking(row, wanted(row.fields)) for row in open_rows]
        for index, hit in companies.near(self.actor, self.register, asking).items():
            name = asking[index].wanted.name
            two_codes = bool(hit.uscc and asking[index].wanted.uscc)
            message = f"名录里有“{hit.name}”，{hit.reason}。" + (
                "两家的信用代码不同，确认后按新企业入库；代码抄错了的，改好再导入。"
                if two_codes
                else "是同一家的，改用名录里的名称；不是的，确认后按新企业入库。"
            )
            options = () if two_codes else (hit.name,)
            open_rows[index].problems.append(Problem(KIND, -1, "name", name, message, options))


def _asking(row: ReadRow, wanted: Wanted) -> Asking:
    others = (row.fields.get("short_name"), *row.fields.get("aliases", ()))
    return Asking(
        wanted,
        tuple(person.phone for person in row.people if person.phone),
        tuple(name for name in others if name and name != wanted.name),
        row.parent_id,
    )
