"""A list of target companies against the register and the zone's own list."""

from dataclasses import dataclass, field
from typing import Any

from crm.companies import queries as companies
from crm.core import clock
from crm.core.folding import nfkc
from crm.imports.actions.deciding.companies import CompanyDecider, wanted
from crm.imports.queries import targets as queries
from crm.imports.rules import Problem, RowAction
from crm.imports.rules.rows import ReadRow


@dataclass(slots=True)
class TargetDecider:
    """A company once and again at another link is two targets; at the same link it is a repetition.

    What the row adds stands under `changes.target`: the link's id (None: to be confirmed), the owner's id, whether it is new.
    """

    zone_id: int | None
    companies: CompanyDecider = field(init=False)
    _nodes: queries.NodeNames | None = None
    _people: dict[str, int] | None = None
    _met: set[tuple[str, int | None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.companies = CompanyDecider(self.zone_id)

    def decide(self, rows: list[ReadRow]) -> None:
        open_rows = [row for row in rows if row.action is RowAction.NEW]
        self.companies.decide(open_rows)
        known = companies.match_many([wanted(row.fields) for row in open_rows])
        there = queries.targets_of(self.zone_id, known.values())
        for index, row in enumerate(open_rows):
            self._one(row, there.get(known.get(index, 0), {}))

    def _one(self, row: ReadRow, there: dict[int | None, int]) -> None:
        said = row.fields.get("target", {})
        node_id = self._node(row, said)
        key = (nfkc(str(row.fields.get("name", ""))).strip(), node_id)
        if key in self._met:
            return
        self._met.add(key)
        owner_id = self._owner(row, said)
        # A target that has a link is not asked for one again by a list that names none.
        target_id = (
            there.get(node_id) if node_id is not None or None in there else next(iter(there.values()), None)
        )
        if target_id is not None and not said.get("signal"):
            return
        row.changes = {**row.changes, "target": {"node_id": node_id, "owner_id": owner_id, "id": target_id}}
        if row.action is RowAction.DUPLICATE:
            row.action = RowAction.UPDATE
            row.problems = [problem for problem in row.problems if problem.kind != "repeated"]

    def _node(self, row: ReadRow, said: dict[str, Any]) -> int | None:
        if self._nodes is None:
            self._nodes = queries.node_names()
        node_id = self._nodes.find(said.get("node", ""), said.get("chain", ""))
        if node_id is None:
            written = said.get("node") or said.get("chain") or ""
            message = (
                f"没有叫“{written}”的环节，入库后请确认建议的环节"
                if written
                else "没有写环节，入库后请确认建议的环节"
            )
            row.problems.append(Problem("node_open", -1, "node", written, message))
        return node_id

    def _owner(self, row: ReadRow, said: dict[str, Any]) -> int | None:
        name = said.get("owner", "")
        if not name:
            return None
        if self._people is None:
            self._people = queries.people(self.zone_id, clock.today())
        found = self._people.get(name)
        if found is None:
            message = "不是本单位在岗人员的姓名，责任人留空"
            row.problems.append(Problem("owner_open", -1, "owner", name, message))
        return found
