"""The companies that rows of a list say they belong to: found in the register or further down, told, never made up."""

from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crm.companies import naming
from crm.companies import queries as companies
from crm.core import text
from crm.imports.rules import Problem
from crm.imports.rules.groups import READ, Listed
from crm.imports.rules.rows import ReadRow

_OPEN = "名录和本表里都没有“{}”。先登记这家企业，或把这里改成名录里的名称；不处理的，这行先不设上级入库。"
_CIRCLE = "“{}”就是这家企业或它的下级，不能再做它的上级。请改这里；不处理的，这行不设上级入库。"
_DIFFERS = "名录里的上级企业是“{}”，表里是“{}”。确认后改为表里的；不确认的，上级不改。"

#: A company of the register by its id, one that only the list has by its identity.
Node = int | str


@dataclass(frozen=True, slots=True)
class _Register:
    """What the register says of the companies and parents of some rows; `upward` has what the list has planned too."""

    above: Mapping[int, int]
    names: Mapping[int, str]
    upward: Mapping[Node, Node]


@dataclass(slots=True)
class Groups:
    """Marks what becomes of each row's parent. `listed` are the companies the list itself brings in, wherever they stand."""

    register: companies.Register
    listed: Mapping[str, Listed] = field(default_factory=dict)
    #: What the rows so far have put under what.
    planned: dict[Node, Node] = field(default_factory=dict)

    def decide(self, rows: Sequence[ReadRow], known: Mapping[int, int]) -> None:
        """`known`: index of the row → its company. A new row without a parent is told whose group it looks like."""
        asking = [index for index, row in enumerate(rows) if row.fields.get("parent")]
        hits = companies.match_many([naming.named(rows[index].fields["parent"]) for index in asking])
        found = {asking[at]: company_id for at, company_id in hits.items()}
        above = companies.parents_up([*found.values(), *(known[at] for at in asking if at in known)])
        names = companies.names({*found.values(), *above.values()})
        there: dict[Node, Node] = {child: parent for child, parent in above.items()}
        register = _Register(above, names, ChainMap(self.planned, there))
        for index in asking:
            self._one(rows[index], known.get(index), found.get(index), register)
        self._kin([row for at, row in enumerate(rows) if at not in known and not row.fields.get("parent")])

    def _one(self, row: ReadRow, company_id: int | None, parent_id: int | None, register: _Register) -> None:
        key = text.company_identity(row.fields["parent"])
        parent: Node | None = parent_id or (key if key in self.listed else None)
        if parent is None:
            _mark(row, "parent_open", _OPEN.format(row.fields["parent"]))
            return
        name = register.names[parent_id] if parent_id else self.listed[key].name
        child: Node = company_id or text.company_identity(row.fields["name"])
        if companies.closes_circle(child, parent, register.upward):
            _mark(row, "parent_circle", _CIRCLE.format(name))
            return
        now = register.above.get(company_id) if company_id else None
        if now == parent:
            _mark(row, READ, f"已在“{name}”名下")
        elif now is not None and not row.confirmed:
            _mark(row, "parent_differs", _DIFFERS.format(register.names[now], name))
        else:
            self.planned[child] = parent
            row.parent_id = parent_id
            row.changes["parent"] = [register.names[now] if now else None, name]
            where = "" if parent_id else f"（本表第 {self.listed[key].row_no} 行）"
            _mark(row, READ, f"归到“{name}”名下{where}")

    def _kin(self, rows: Sequence[ReadRow]) -> None:
        for index, head in companies.kin(self.register, [row.fields["name"] for row in rows]).items():
            words = f"名称像是“{head.name}”同一集团的企业；确是的，在集团一列写上它的名称，或入库后再设上级。"
            rows[index].problems.append(Problem("kin_read", -1, "name", rows[index].fields["name"], words))


def _mark(row: ReadRow, kind: str, message: str) -> None:
    """The mark at the parent's cell says this now. What a person has settled is not asked again, and then nothing is done."""
    at = next(n for n, problem in enumerate(row.problems) if problem.kind == READ)
    there = row.problems[at]
    if kind in row.settled:
        row.fields.pop("parent")
        kind, message = READ, "先不设上级"
    row.problems[at] = Problem(kind, there.column, there.field, there.value, message)
