"""A ledger against the projects that are there."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from crm.companies import queries as companies
from crm.core import money, text
from crm.core.actor import Actor
from crm.imports import queries
from crm.imports.actions.deciding.alike import Alike
from crm.imports.actions.deciding.companies import new_people, repeated, wanted
from crm.imports.queries import matching
from crm.imports.queries.matching import ProjectFacts
from crm.imports.rules import Problem, RowAction
from crm.imports.rules.rows import ReadRow
from crm.imports.rules.zone_names import ZoneNames

#: Differences in these are carried out only after a person has confirmed them.
CONFIRMED_ONLY = frozenset(
    {
        "total_investment",
        "total_investment_usd",
        "fixed_investment",
        "fixed_investment_usd",
        "equipment_investment",
        "registered_capital",
        "registered_capital_usd",
        "statistics_amount",
        "first_contact_on",
        "expected_sign_on",
        "expected_start_on",
    }
)
_FOLLOWING = {
    "first_contact_on": ("first_contact_precision", "first_contact_text"),
    "expected_sign_on": ("expected_sign_precision", "expected_sign_text"),
    "total_investment": ("amount_note",),
}
_LABELS = {
    "name": "项目名称",
    "total_investment": "总投资",
    "total_investment_usd": "总投资（美元）",
    "fixed_investment": "固投",
    "fixed_investment_usd": "固投（美元）",
    "equipment_investment": "设备投资",
    "registered_capital": "注册资本",
    "registered_capital_usd": "注册资本（美元）",
    "statistics_amount": "纳统总投资",
    "first_contact_on": "首次接洽",
    "expected_sign_on": "预计签约",
    "expected_start_on": "预计开工",
}


@dataclass(slots=True)
class ProjectDecider:
    """Compares a ledger with the projects: by code, else by zone, name and investor."""

    actor: Actor
    names: ZoneNames
    today: date
    alike: Alike | None = None
    seen: dict[tuple[str, ...], str] = field(default_factory=dict)
    owners: dict[tuple[int | None, str], int] = field(default_factory=dict)

    def decide(self, rows: list[ReadRow]) -> None:
        if not self.owners:
            self.owners = queries.owners(self.today)
        fresh = [row for row in rows if row.action is RowAction.NEW and not self._repeats(row)]
        self._investors(fresh)
        codes = queries.projects_by_code(
            self.actor, [row.fields["code"] for row in fresh if "code" in row.fields]
        )
        pairs = {row.place: (self._zone_id(row), text.name_key(row.fields["name"])) for row in fresh}
        placed = [(zone_id, key) for zone_id, key in pairs.values() if zone_id is not None]
        named = queries.projects_by_name(self.actor, placed)
        targets: dict[str, ProjectFacts] = {}
        for row in fresh:
            if "code" in row.fields:
                target = codes.get(row.fields["code"])
                if target is None:
                    self._unknown_code(row)
                    continue
            else:
                target = _same_investor(row, named.get(pairs[row.place], []))
            if target is not None:
                targets[row.place] = target
        self._compare(fresh, targets)
        if self.alike is not None:
            strangers = [row for row in fresh if row.place not in targets and _unknown_investor(row)]
            self.alike.ask(strangers, lambda fields: wanted(fields["company"]))

    def _zone_id(self, row: ReadRow) -> int | None:
        zone = self.names.by_code(row.fields.get("zone"))
        return zone.id if zone else None

    def _repeats(self, row: ReadRow) -> bool:
        fields = row.fields
        investor = text.company_key(fields.get("company", {}).get("name", ""))
        key = (
            (fields["code"],)
            if "code" in fields
            else (fields.get("zone") or "", text.name_key(fields["name"]), investor)
        )
        if key in self.seen:
            repeated(row, self.seen[key])
            return True
        self.seen[key] = f"{row.sheet}第 {row.row_no} 行"
        return False

    def _investors(self, rows: list[ReadRow]) -> None:
        """Notes which investors the register knows, as company.id."""
        having = [row for row in rows if "company" in row.fields]
        found = companies.match_many([wanted(row.fields["company"]) for row in having])
        for index, row in enumerate(having):
            row.fields["company"] = {k: v for k, v in row.fields["company"].items() if k != "id"}
            if index in found:
                row.fields["company"]["id"] = found[index]

    def _unknown_code(self, row: ReadRow) -> None:
        row.action = RowAction.ERROR
        column = next((c for c, cell in enumerate(row.raw) if cell.upper() == row.fields["code"]), -1)
        message = "您的范围内没有这个编号的项目。请改正编号；新项目请把编号留空。"
        row.problems.append(Problem("project_unknown", column, "code", row.fields["code"], message))

    def _compare(self, rows: list[ReadRow], targets: dict[str, ProjectFacts]) -> None:
        ids = [target.id for target in targets.values()]
        notes, milestones = queries.notes_of(ids), queries.milestones_of(ids)
        people = queries.contacts_of([t.company_id for t in targets.values() if t.company_id])
        for row in rows:
            target = targets.get(row.place)
            if target is None:
                continue
            row.target_id = target.id
            row.changes = self._differences(row, target)
            progress = row.fields.get("progress")
            if (
                progress
                and (target.id, progress["done"], progress["problem"], progress["next_step"]) not in notes
            ):
                row.changes["progress"] = [
                    None,
                    progress["done"] or progress["problem"] or progress["next_step"],
                ]
            for milestone in row.fields.get("milestones", []):
                if (target.id, milestone["kind"]) not in milestones:
                    row.changes[f"milestone.{milestone['kind']}"] = [None, milestone["text"] or "未报"]
            if target.company_id and new_people(row, target.company_id, target.zone_id, people):
                row.changes["contacts"] = [None, len(row.people)]
            row.action = RowAction.UPDATE if row.changes else RowAction.DUPLICATE

    def _differences(self, row: ReadRow, target: ProjectFacts) -> dict[str, Any]:
        """Blanks never erase; the words that belong to a date or an amount go with it, never alone."""
        fields = dict(row.fields)
        if (owner := fields.get("owner")) and (owner_id := self.owners.get((target.zone_id, owner))):
            fields["owner_id"] = owner_id
        fields.pop("name" if "code" not in fields else "", None)
        changes = {}
        following = {name for group in _FOLLOWING.values() for name in group} | {
            "source",
            "source_note",
            "investor_text",
        }
        for name in matching.COMPARED:
            if name in following or fields.get(name) in (None, ""):
                continue
            if not _equal(fields[name], target.values[name]):
                changes[name] = [_shown(target.values[name]), fields[name]]
        for name, others in _FOLLOWING.items():
            if name in changes:
                changes |= {
                    other: [_shown(target.values[other]), fields[other]]
                    for other in others
                    if fields.get(other)
                }
        if target.company_id is None and "company" in fields:
            changes["company"] = [None, fields["company"]["name"]]
        self._ask(row, changes)
        return changes

    def _ask(self, row: ReadRow, changes: dict[str, Any]) -> None:
        asked = [name for name in changes if name in CONFIRMED_ONLY and changes[name][0] is not None]
        if not asked or row.confirmed:
            return
        words = "；".join(
            f"{_LABELS[name]} {_words(name, changes[name][0])} → {_words(name, changes[name][1])}"
            for name in asked
        )
        row.problems.append(Problem("differs", _column(row, asked[0]), asked[0], words, words))


def _unknown_investor(row: ReadRow) -> bool:
    """A new project whose investor the register does not know."""
    return row.action is RowAction.NEW and "id" not in row.fields.get("company", {"id": 0})


def _column(row: ReadRow, name: str) -> int:
    """Where a difference was written, to point at the cell; -1 when several cells made it."""
    source = {
        "first_contact_on": "first_contact_date",
        "expected_sign_on": "expected_sign_date",
        "expected_start_on": "plan_start_date",
    }
    wanted_field = source.get(name, name)
    return next((p.column for p in row.problems if p.field == wanted_field), -1)


def _same_investor(row: ReadRow, candidates: list[ProjectFacts]) -> ProjectFacts | None:
    """The project of the same zone and name whose investor is the same, or is not known on either side."""
    company = row.fields.get("company")
    if company is None:
        return candidates[0] if len(candidates) == 1 else None
    key = text.company_key(company["name"])
    for candidate in candidates:
        if (
            candidate.company_id is None
            or candidate.company_id == company.get("id")
            or candidate.company_key == key
        ):
            return candidate
    if candidates and "look_alike" not in row.settled:
        codes = "、".join(candidate.code for candidate in candidates[:3])
        message = f"同板块已有同名项目 {codes}，投资方不同。确认是两个项目再入库。"
        row.problems.append(Problem("look_alike", -1, "name", row.fields["name"], message))
    return None


def _equal(written: Any, there: Any) -> bool:
    if isinstance(there, Decimal):
        return Decimal(written) == there
    if isinstance(there, date):
        return bool(written == there.isoformat())
    return bool(written == (there if there is not None else ""))


def _shown(value: Any) -> Any:
    """A stored value as `changes` keeps it."""
    if value is None or value == "":
        return None
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


def _words(name: str, value: Any) -> str:
    if value is None:
        return "—"
    if name.endswith("_on"):
        return str(value)
    return money.words(Decimal(value), money.Currency.USD if name.endswith("_usd") else money.Currency.CNY)
