"""A company list against the register."""

from dataclasses import dataclass, field
from typing import Any

from crm.companies import queries as companies
from crm.companies.naming import Wanted
from crm.core import text
from crm.core.crypto import keyed_hash
from crm.imports import queries
from crm.imports.actions.deciding.alike import Alike
from crm.imports.actions.deciding.groups import Groups
from crm.imports.queries import matching
from crm.imports.queries.matching import CompanyFacts
from crm.imports.rules import Problem, RowAction
from crm.imports.rules.rows import ReadRow


def wanted(company: dict[str, Any]) -> Wanted:
    return Wanted(
        company.get("name", ""), company.get("uscc"), company.get("old_reg_no"), company.get("listed_code")
    )


def repeated(row: ReadRow, first: str) -> None:
    row.action = RowAction.DUPLICATE
    message = f"与{first}重复，只导入前面那行"
    row.problems.append(Problem("repeated", -1, "", str(row.fields.get("name", "")), message))


@dataclass(slots=True)
class Seen:
    """Companies met earlier in the file. A name met without a code is the same firm; with another code it is not."""

    codes: dict[str, str] = field(default_factory=dict)
    names: dict[str, tuple[str, bool]] = field(default_factory=dict)

    def first(self, row: ReadRow) -> str | None:
        """Where this row's company stood before; remembers it otherwise."""
        found = row.fields
        codes = [code for key in ("uscc", "old_reg_no", "listed_code") if (code := found.get(key))]
        for code in codes:
            if code in self.codes:
                return self.codes[code]
        identity = text.company_identity(found["name"])
        known = self.names.get(identity)
        if known and not (known[1] and codes):
            return known[0]
        place = f"第 {row.row_no} 行"
        self.codes.update(dict.fromkeys(codes, place))
        self.names.setdefault(identity, (place, bool(codes)))
        return None


@dataclass(slots=True)
class CompanyDecider:
    """Compares a company list with the register; `zone_id` is whose links it makes (None: the register alone).

    `alike` asks about new companies that look like known ones, `groups` finds the parents they name; without them nothing
    is asked.
    """

    zone_id: int | None
    alike: Alike | None = None
    groups: Groups | None = None
    seen: Seen = field(default_factory=Seen)
    targets: dict[int, str] = field(default_factory=dict)

    def decide(self, rows: list[ReadRow]) -> None:
        fresh = self._first_of_each(rows)
        found = companies.match_many([wanted(row.fields) for row in fresh])
        facts = queries.company_facts(found.values())
        links = queries.linked_in([self.zone_id], found.values()) if self.zone_id else set()
        people = queries.contacts_of(found.values()) if any(row.people for row in fresh) else set()
        for index, company_id in found.items():
            row = fresh[index]
            if company_id in self.targets:
                repeated(row, self.targets[company_id])
                continue
            self.targets[company_id] = f"第 {row.row_no} 行"
            row.target_id = company_id
            row.changes = _filled(row.fields, facts[company_id])
            if self.zone_id and (company_id, self.zone_id) not in links:
                row.changes["link"] = [None, self.zone_id]
            if new_people(row, company_id, self.zone_id, people):
                row.changes["contacts"] = [None, len(row.people)]
        self._place([row for row in fresh if row.action is RowAction.NEW])
        if self.alike is not None:
            self.alike.ask([row for index, row in enumerate(fresh) if index not in found], wanted)

    def _place(self, rows: list[ReadRow]) -> None:
        """Parents come before what becomes of the row: to be put under one may be all that a known company gets."""
        known = {index: row.target_id for index, row in enumerate(rows) if row.target_id is not None}
        if self.groups is not None:
            self.groups.decide(rows, known)
        for index in known:
            rows[index].action = RowAction.UPDATE if rows[index].changes else RowAction.DUPLICATE

    def _first_of_each(self, rows: list[ReadRow]) -> list[ReadRow]:
        """New rows whose company has not stood further up; the others are marked as repeating it."""
        fresh = []
        for row in rows:
            if row.action is not RowAction.NEW:
                continue
            if first := self.seen.first(row):
                repeated(row, first)
            else:
                fresh.append(row)
        return fresh


def _filled(fields: dict[str, Any], facts: CompanyFacts) -> dict[str, Any]:
    """Public facts the register lacks; what it has is never overwritten by a list, but for a name that was the short one."""
    changes: dict[str, Any] = {}
    for name in matching.FILLED[1:]:
        if fields.get(name) and not facts.values[name]:
            changes[name] = [None, fields[name]]
    # A code and a registration number exclude each other only in age: a firm that has the new one needs no old one.
    if facts.values["uscc"]:
        changes.pop("old_reg_no", None)
    short, name = fields.get("short_name"), fields["name"]
    if short and facts.values["name"] == short and name != short and not facts.values["uscc"]:
        changes["name"] = [short, name]
    return changes


def new_people(
    row: ReadRow, company_id: int, zone_id: int | None, known: set[tuple[int, int | None, str, str | None]]
) -> list[Any]:
    """The row's contacts that the zone does not have at this company yet, by number or, without one, by name."""
    numbers = {(c, z, h) for c, z, _, h in known if h}
    names = {(c, z, n) for c, z, n, _ in known}
    fresh = []
    for person in row.people:
        if (person.phone and (company_id, zone_id, keyed_hash(person.phone)) not in numbers) or (
            not person.phone and (company_id, zone_id, person.name) not in names
        ):
            fresh.append(person)
    return fresh
