"""A monthly sheet against what the projects have reported: by code, else by zone and name."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from crm.core import money, text
from crm.core.actor import Actor
from crm.imports import queries
from crm.imports.queries import ProjectFacts
from crm.imports.rules import Problem, RowAction
from crm.imports.rules import investment as reading
from crm.imports.rules.rows import ReadRow
from crm.imports.rules.zone_names import ZoneNames
from crm.pipeline import queries as pipeline
from crm.pipeline.rules import investment as rules
from crm.projects.models import Phase


@dataclass(slots=True)
class InvestmentDecider:
    """`locked` are the closed months; a row of one waits for a person, because its difference goes into the open month."""

    actor: Actor
    names: ZoneNames
    today: date
    seen: dict[tuple[Any, ...], str] = field(default_factory=dict)

    def decide(self, rows: list[ReadRow]) -> None:
        fresh = [row for row in rows if row.action is RowAction.NEW]
        targets = self._targets(fresh)
        ids = sorted({target.id for target in targets.values()})
        there, phases, locked = (
            pipeline.investment_rows(ids),
            queries.phases_of(ids),
            pipeline.locked_months(),
        )
        for row in fresh:
            target = targets.get(row.place)
            if target is None:
                continue
            row.target_id = target.id
            phase = self._phase(row, phases.get(target.id, ()))
            if row.action is RowAction.ERROR or self._repeats(row, target, phase):
                continue
            self._compare(row, there.get(target.id, ()), phase, locked)

    # --- which project ---

    def _targets(self, rows: Sequence[ReadRow]) -> dict[str, ProjectFacts]:
        codes = queries.projects_by_code(self.actor, [r.fields["code"] for r in rows if "code" in r.fields])
        pairs = {row.place: (self._zone_id(row), text.name_key(row.fields["name"])) for row in rows}
        placed = [(zone_id, key) for zone_id, key in pairs.values() if zone_id is not None and key]
        named = queries.projects_by_name(self.actor, placed)
        found = {}
        for row in rows:
            if "code" in row.fields:
                target = codes.get(row.fields["code"])
                candidates = [target] if target else []
            else:
                candidates = named.get(pairs[row.place], [])
            if len(candidates) == 1:
                found[row.place] = candidates[0]
            else:
                self._unknown(row, candidates)
        return found

    def _zone_id(self, row: ReadRow) -> int | None:
        zone = self.names.by_code(row.fields.get("zone"))
        return zone.id if zone else None

    def _unknown(self, row: ReadRow, candidates: Sequence[ProjectFacts]) -> None:
        row.action = RowAction.ERROR
        written = row.fields.get("code") or row.fields["name"]
        column = row.columns.get("code" if "code" in row.fields else "project_name", -1)
        if candidates:
            codes = "、".join(candidate.code for candidate in candidates[:3])
            message = f"本板块有几个同名项目（{codes}）。请写上项目编号，或跳过这一行。"
        else:
            message = "您的范围内没有这个项目。请核对名称和板块，或写上项目编号。"
        row.problems.append(Problem("project_unknown", column, "project_name", written, message))

    def _phase(self, row: ReadRow, phases: Sequence[Phase]) -> Phase | None:
        written = row.fields.get("phase")
        if not written:
            return None
        found = next((p for p in phases if p.name == written or str(p.no) == written), None)
        if found is None:
            row.action = RowAction.ERROR
            message = f"项目没有叫“{written}”的分期。请先在项目页登记分期，或改正这一格。"
            row.problems.append(
                Problem("phase_unknown", row.columns.get("phase", -1), "phase", written, message)
            )
            return None
        row.fields["phase_id"] = found.id
        return found

    def _repeats(self, row: ReadRow, target: ProjectFacts, phase: Phase | None) -> bool:
        key = target.id, phase.id if phase else None, row.fields["month"]
        if key in self.seen:
            row.action = RowAction.DUPLICATE
            message = f"与{self.seen[key]}是同一项目同一个月，只导入前面那行"
            row.problems.append(Problem("repeated", -1, "", row.fields["name"], message))
            return True
        self.seen[key] = f"第 {row.row_no} 行"
        return False

    # --- against what is there ---

    def _compare(
        self, row: ReadRow, there: Sequence[rules.Row], phase: Phase | None, locked: frozenset[str]
    ) -> None:
        month, phase_id = row.fields["month"], phase.id if phase else None
        known = rules.truth([r for r in there if r.phase_id == phase_id], month)
        wanted = reading.draft(row.fields, known, "")
        if (broken := reading.refusal(wanted, month, self.today)) is not None:
            row.action = RowAction.ERROR
            column = row.columns.get(broken.field or "", -1)
            row.problems.append(Problem("investment_bad", column, broken.field or "", "", broken.message))
            return
        if any(r.month == month and (r.phase_id is None) != (phase_id is None) for r in there):
            row.action = RowAction.ERROR
            said = "按分期" if phase_id is None else "按整个项目"
            message = f"{month} 已经{said}填报，同一个月只用一种口径。请核对。"
            column = row.columns.get("phase", -1)
            row.problems.append(Problem("investment_bad", column, "phase", "", message))
            return
        row.changes = _differences(known, wanted)
        if known.known:
            row.action = RowAction.UPDATE if row.changes else RowAction.DUPLICATE
        if row.changes:
            self._ask(row, month, locked)

    def _ask(self, row: ReadRow, month: str, locked: frozenset[str]) -> None:
        row.waits = _asks(row, locked)
        if not row.waits:
            return
        named = [name for name in rules.NAMES if name in row.changes]
        words = "；".join(f"{rules.LABELS[name]} {_shown(row.changes[name])}" for name in named)
        if month in locked:
            said = f"{words or '形象进度或入统有变化'}。{month} 已结账，"
            message = f"{said}确认后差额记入 {rules.carried_by(month, locked)}，两个数都保留。"
            row.problems.append(Problem("month_closed", -1, "month", month, message))
        else:
            row.problems.append(Problem("differs", -1, named[0], words, words))


def _asks(row: ReadRow, locked: frozenset[str]) -> bool:
    """Whether a person has yet to confirm it: another figure than is known, or a closed month."""
    other = any(name in row.changes and row.changes[name][0] is not None for name in rules.NAMES)
    return not row.confirmed and (other or row.fields["month"] in locked)


def _differences(known: rules.Truth, wanted: rules.Draft) -> dict[str, Any]:
    """Field → [before, after] as plain JSON."""
    found = {}
    for name in rules.LABELS:
        side = "amounts" if name in rules.NAMES else "said"
        before, after = (getattr(getattr(which, side), name) for which in (known, wanted))
        if before != after:
            found[name] = [_plain(before), _plain(after)]
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


def _shown(pair: Sequence[Any]) -> str:
    before, after = (None if value is None else Decimal(value) for value in pair)
    return f"{money.wan(before)} → {money.wan(after)} 万元"
