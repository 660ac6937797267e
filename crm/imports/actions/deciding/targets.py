"""A list of target companies against the register and the zone's own list."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crm.companies import queries as companies
from crm.companies.rules import PROGRESS_LABELS, LinkProgress
from crm.core import clock
from crm.core.folding import nfkc
from crm.imports.actions.deciding.companies import CompanyDecider, wanted
from crm.imports.queries import targets as queries
from crm.imports.rules import Problem, RowAction
from crm.imports.rules.rows import ReadRow
from crm.targeting.rules.targets import ENTRY_LABELS, EntryKind


@dataclass(slots=True)
class TargetDecider:
    """A company once and again at another link is two targets; at the same link it is a repetition.

    What the row adds stands under `changes.target`: the link's id (None: to be confirmed), the owner's id, the target's id where
    the zone has it already, and in that case `differs` (field → [now, wanted]). What the target lacks is filled in at once, what
    it says otherwise waits for a person; blanks never erase.
    """

    zone_id: int | None
    companies: CompanyDecider
    _nodes: queries.NodeNames | None = None
    _people: dict[str, int] | None = None
    _met: set[tuple[str, int | None]] = field(default_factory=set)

    def decide(self, rows: list[ReadRow]) -> None:
        open_rows = [row for row in rows if row.action is RowAction.NEW]
        self.companies.decide(open_rows)
        known = companies.match_many([wanted(row.fields) for row in open_rows])
        there = queries.targets_of(self.zone_id, known.values())
        facts = queries.facts_of(id_ for places in there.values() for id_ in places.values())
        for index, row in enumerate(open_rows):
            self._one(row, there.get(known.get(index, 0), {}), facts)

    def _one(
        self, row: ReadRow, there: dict[int | None, int], facts: Mapping[int, queries.TargetFacts]
    ) -> None:
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
        adds: dict[str, Any] = {"node_id": node_id, "owner_id": owner_id, "id": target_id}
        if target_id is not None:
            differs, asked = self._differences(row, said, owner_id, facts[target_id])
            if not differs and not said.get("signal"):
                row.waits = asked and row.action is RowAction.DUPLICATE
                return
            adds["differs"] = differs
        row.changes = {**row.changes, "target": adds}
        if row.action is RowAction.DUPLICATE:
            row.action = RowAction.UPDATE
            row.problems = [problem for problem in row.problems if problem.kind != "repeated"]

    def _differences(
        self, row: ReadRow, said: dict[str, Any], owner_id: int | None, now: queries.TargetFacts
    ) -> tuple[dict[str, Any], bool]:
        """(what is carried out, whether something waits)."""
        wanted = {
            name: said[name]
            for name in ("progress", "entry_kind", "entry_note", "standing")
            if said.get(name)
        }
        if owner_id is not None:
            wanted["owner_id"] = owner_id
        if now.converted:
            # What became of it is the project's business.
            wanted.pop("progress", None)
        differs = {
            name: [getattr(now, name) or None, new]
            for name, new in wanted.items()
            if getattr(now, name) != new
        }
        asked = [name for name, (old, _) in differs.items() if old is not None]
        if not asked or row.confirmed:
            return differs, False
        words = "；".join(
            f"{_LABELS[name]} {_words(name, differs[name][0], now.owner)} → {_words(name, differs[name][1], str(said.get('owner')))}"
            for name in asked
        )
        column = row.columns.get(_HEADINGS[asked[0]], -1)
        row.problems.append(Problem("target_differs", column, asked[0], words, words))
        return {name: pair for name, pair in differs.items() if name not in asked}, True

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


_LABELS = {
    "progress": "进度",
    "entry_kind": "切入点",
    "entry_note": "切入点说明",
    "standing": "企业地位",
    "owner_id": "责任人",
}
#: A difference's field → the heading under which it is written.
_HEADINGS = {
    "progress": "progress",
    "entry_kind": "entry",
    "entry_note": "entry",
    "standing": "standing",
    "owner_id": "owner",
}


def _words(name: str, value: Any, owner: str) -> str:
    if name == "owner_id":
        return owner
    if name == "progress":
        return PROGRESS_LABELS[LinkProgress(value)]
    return ENTRY_LABELS[EntryKind(value)] if name == "entry_kind" else str(value)
