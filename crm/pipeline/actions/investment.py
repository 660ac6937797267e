"""Reporting what was invested in a month, and correcting a month that has been closed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, insert

from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import RuleBroken, Stale
from crm.pipeline import queries
from crm.pipeline.actions.periods import Value, adjust
from crm.pipeline.models import InvestmentFile, MonthlyInvestment
from crm.pipeline.rules import investment as rules
from crm.pipeline.rules.investment import Draft, Row, Truth
from crm.projects import actions as projects
from crm.projects.models import Phase, Project
from crm.projects.rules import Status

_IN_STOCK = (Status.ACTIVE, Status.ON_HOLD)


@dataclass(frozen=True, slots=True)
class Report:
    """One line's figures for one month; `phase` None is the project as a whole."""

    month: str
    draft: Draft
    phase: Phase | None = None

    @property
    def phase_id(self) -> int | None:
        return self.phase.id if self.phase else None


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a report: `carried_by` names the open month that carries the differences of a closed one.

    `row` is None where nothing had changed; `before` are the values the row had, None where it was made.
    """

    row: MonthlyInvestment | None
    carried_by: str = ""
    before: dict[str, Any] | None = None


def report(
    actor: Actor,
    project: Project,
    month: str,
    draft: Draft,
    today: date,
    now: datetime,
    *,
    phase: Phase | None = None,
    seen: int | None = None,
) -> Done:
    """Keeps a month's figures. Of a closed month its own row stays; the differences go into the open month.

    `seen` is the version of `rules.Truth` that was on the page; raises Stale where somebody has saved since.
    """
    return report_many(actor, project, [Report(month, draft, phase)], today, now, seen=seen)[0]


def report_many(
    actor: Actor,
    project: Project,
    reports: Sequence[Report],
    today: date,
    now: datetime,
    *,
    seen: int | None = None,
    batch_id: int | None = None,
) -> list[Done]:
    """Several months of one project under one lock; the first that is refused refuses all."""
    queries.lock(project)
    queries.hold_months()
    if project.status not in _IN_STOCK:
        raise RuleBroken("项目不在进行中，不能填报投资。请先把状态恢复为进行中。")
    locked = queries.locked_months()
    done = []
    for one in reports:
        rows = queries.investment_rows([project.id]).get(project.id, [])
        known = rules.truth([row for row in rows if row.phase_id == one.phase_id], one.month)
        if seen is not None and seen != known.version:
            raise Stale("这个月的投资刚被他人修改，请核对后再保存。")
        rules.check(one.draft, one.month, today)
        _check_one_way(rows, one)
        done.append(_Writing(actor, project, one, rows, known, locked, now, batch_id).write())
    return done


def _check_one_way(rows: Sequence[Row], one: Report) -> None:
    """A month is reported for the whole or by phases: both together would count it twice."""
    other = [r for r in rows if r.month == one.month and (r.phase_id is None) != (one.phase_id is None)]
    if other:
        said = "按分期" if one.phase is None else "按整个项目"
        raise RuleBroken(f"{one.month} 已经{said}填报。同一个月请只用一种口径，先核对已填的数。", "phase")


@dataclass(slots=True)
class _Writing:
    actor: Actor
    project: Project
    one: Report
    rows: Sequence[Row]
    known: Truth
    locked: frozenset[str]
    now: datetime
    batch_id: int | None

    def write(self) -> Done:
        draft = self.one.draft
        files = self._evidence()
        same = draft.amounts == self.known.amounts and draft.said == self.known.said
        if self.known.known and same and set(files) == set(self.known.files):
            return Done(None)
        line = [row for row in self.rows if row.phase_id == self.one.phase_id]
        entry = rules.entry(line, self.one.month, draft.amounts, self.locked)
        if entry.adjusts and not draft.reason.strip():
            raise RuleBroken(
                f"{self.one.month} 已结账，更正记入 {entry.month}。请写明更正的原因。", field="reason"
            )
        made = queries.investment_row(self.project.id, self.one.phase_id, entry.month, entry.adjusts)
        before = None if made is None else _columns(made)
        if made is None:
            made = self._new(entry)
        for name in rules.NAMES:
            setattr(made, name, getattr(entry.amounts, name))
        for name in ("progress", "in_statistics", "in_statistics_on", "note"):
            setattr(made, name, getattr(draft.said, name))
        made.updated_at = self.now
        db.session.flush()
        _set_files(made, files if not entry.adjusts else set(files) - set(self._own_files()))
        self._tell(made, bool(entry.adjusts))
        return Done(made, entry.month if entry.adjusts else "", before)

    def _new(self, entry: rules.Entry) -> MonthlyInvestment:
        made = MonthlyInvestment(
            project_id=self.project.id,
            phase_id=self.one.phase_id,
            month=entry.month,
            adjusts=entry.adjusts,
            batch_id=self.batch_id,
            created_by=self.actor.user_id,
            created_at=self.now,
        )
        db.session.add(made)
        return made

    def _own_files(self) -> tuple[int, ...]:
        return self.known.own.files if self.known.own else ()

    def _evidence(self) -> list[int]:
        """The wanted attachments, all of this project; raises RuleBroken for a stranger's or a deleted one."""
        wanted = self.one.draft.evidence
        if wanted is None:
            return list(self.known.files)
        found = {file.id for file in queries.attachments_of(self.project, set(wanted))} if wanted else set()
        if unknown := sorted(set(wanted) - found):
            names = "、".join(map(str, unknown))
            raise RuleBroken(f"附件 {names} 不在这个项目里或已删除。请重新选择。", "evidence")
        if self.one.month in self.locked and set(self._own_files()) - set(wanted):
            raise RuleBroken(
                f"{self.one.month} 已结账，当时的证据不能拿掉。请保留，可以另外增加。", "evidence"
            )
        return sorted(found)

    def _tell(self, made: MonthlyInvestment, corrects: bool) -> None:
        draft, known = self.one.draft, self.known
        label = f"{self.one.month}{f' {self.one.phase.name}' if self.one.phase else ''}"
        subject = projects.subject(self.project, "investment", made.id, label)
        before, after = _values(known.amounts, known.said), _values(draft.amounts, draft.said)
        if not corrects:
            audit.record(
                self.actor, "investment.reported", subject, audit.difference(before, after), note=label
            )
            return
        for name in before:
            adjust(
                self.actor,
                self.project,
                subject,
                self.one.month,
                name,
                before[name],
                after[name],
                draft.reason,
            )


def _values(amounts: rules.Amounts, said: rules.Said) -> dict[str, Value]:
    return {
        **{name: getattr(amounts, name) for name in rules.NAMES},
        "progress": said.progress or None,
        "in_statistics": "是" if said.in_statistics else None,
        "in_statistics_on": said.in_statistics_on,
        "note": said.note or None,
    }


COLUMNS = (*rules.NAMES, "progress", "in_statistics", "in_statistics_on", "note")


def _columns(row: MonthlyInvestment) -> dict[str, Any]:
    """A row's values as plain JSON, as an import keeps them to put them back."""
    found = {name: getattr(row, name) for name in COLUMNS}
    return {
        name: f"{value:f}"
        if isinstance(value, Decimal)
        else value.isoformat()
        if isinstance(value, date)
        else value
        for name, value in found.items()
    }


def forget_investment(row: MonthlyInvestment) -> None:
    """An import is taken back: the row it made goes with its links to files; the files stay with the project."""
    _set_files(row, ())
    db.session.delete(row)
    db.session.flush()


def _set_files(row: MonthlyInvestment, files: Sequence[int] | set[int]) -> None:
    db.session.execute(delete(InvestmentFile).where(InvestmentFile.investment_id == row.id))
    if files:
        values = [{"investment_id": row.id, "attachment_id": file} for file in sorted(files)]
        db.session.execute(insert(InvestmentFile), values)
