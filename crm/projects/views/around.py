"""What stands around a project on its page: stage rail, people, timeline, history; gathered from every feature above."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from flask import url_for

from crm.audit.codes import CODES
from crm.companies import queries as companies
from crm.core import clock, dates
from crm.core.actor import Actor
from crm.pipeline import rules as pipeline_rules
from crm.pipeline.queries import MilestoneRow, StageRow
from crm.pipeline.rules import Gate
from crm.projects.queries import ChangeRow, EventRow, Record
from crm.projects.rules import PHASE_KIND_LABELS, Stage, drafts, promises
from crm.projects.rules import phases as phase_rules
from crm.visits.queries import VisitRow
from crm.visits.rules import MODE_LABELS

_HIDDEN = "（保密）"


@dataclass(frozen=True, slots=True)
class Event:
    """An entry of the timeline."""

    on: date
    title: str
    text: str = ""
    url: str = ""
    big: bool = False


# --- the rail -------------------------------------------------------------------------------------


def _dates_reached(
    record: Record, milestones: Iterable[MilestoneRow], moves: Iterable[StageRow]
) -> dict[Stage, date]:
    """When each stage was reached: the real date of a live milestone, else the first move into it."""
    reached: dict[Stage, date] = {
        Stage.LEAD: record.project.first_contact_on or clock.local(record.project.created_at).date()
    }
    for move in moves:
        reached[move.after] = clock.local(move.at).date()
    reached[record.project.stage] = reached.get(record.project.stage, record.project.stage_since)
    for row in milestones:
        if row.state in pipeline_rules.LIVE and row.happened_on is not None:
            reached[row.kind.stage] = row.happened_on
    return reached


def _planned(record: Record) -> dict[Stage, str]:
    project = record.project
    found = {}
    if project.expected_sign_on is not None:
        shown = dates.show_span(
            project.expected_sign_on, project.expected_sign_precision or dates.Precision.DAY
        )
        found[Stage.SIGNED] = f"预计{shown[2:]}"
    if project.expected_start_on is not None:
        found[Stage.STARTED] = f"计划{project.expected_start_on:%y-%m}"
    return found


def rail(
    record: Record, milestones: Sequence[MilestoneRow], moves: Sequence[StageRow], gate: Gate | None
) -> list[dict[str, str]]:
    """The thirteen stages with their dates; parallel ones may be reached out of order, so each is marked by itself."""
    now = record.project.stage
    reached, planned = _dates_reached(record, milestones, moves), _planned(record)
    live = {row.kind.stage for row in milestones if row.state in pipeline_rules.LIVE}
    items = []
    for stage in Stage:
        done = stage in live or (stage.order < now.order and stage not in planned)
        state = "now" if stage is now else "done" if done else "next" if gate and gate.to is stage else ""
        note = planned.get(stage, "")
        if state in ("now", "done"):
            note = _short(reached.get(stage))
        elif state == "next" and gate and gate.missing:
            note = f"还差{len(gate.missing)}项"
        items.append({"label": stage.label, "note": note, "state": state})
    return items


def _short(day: date | None) -> str:
    """11-06, and 25-11-06 for another year than this one."""
    if day is None:
        return ""
    return f"{day:%m-%d}" if day.year == clock.today().year else f"{day:%y-%m-%d}"


# --- the right column -----------------------------------------------------------------------------


def people(actor: Actor, record: Record, assigned: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Ours, then the investor's main contact, masked; nobody of a hidden investor."""
    found = [*assigned, ("责任人", record.owner or "")]
    if record.company_id is not None:
        contacts = [c for c in companies.contacts(actor, record.company_id) if c.active]
        main = next((c for c in contacts if c.main), contacts[0] if contacts else None)
        if main is not None:
            found.append(("投资方", " ".join(w for w in (main.name, main.post, main.phone_mask) if w)))
    return found


def timeline(
    record: Record,
    visits: Iterable[VisitRow],
    moves: Iterable[StageRow],
    changes: Iterable[ChangeRow],
    tiers: Mapping[str, str],
    phases: Mapping[int, str],
    most: int = 12,
) -> list[Event]:
    """Visits, moves and changes of amount or date, newest first; `phases` are names by number.

    What a visit was about is hidden with the investor.
    """
    found = [
        Event(
            v.happened_on,
            MODE_LABELS[v.mode] + (f"，{v.place}" if v.place and record.disclosed else ""),
            v.summary[:60] if record.disclosed else "",
            url_for("visits.show", visit_id=v.id) if record.disclosed else "",
        )
        for v in visits
    ]
    found += [Event(clock.local(m.at).date(), f"进入{m.after.label}", m.note, big=True) for m in moves]
    found += _changes(changes, tiers, phases)
    return sorted(found, key=lambda e: e.on, reverse=True)[:most]


def _changes(
    changes: Iterable[ChangeRow], tiers: Mapping[str, str], phases: Mapping[int, str]
) -> Iterator[Event]:
    """What was saved together is one entry: the amount as its title, what followed from it below."""
    known = (change for change in changes if change.before is not None)
    for at, together in groupby(known, key=lambda change: change.at):
        first, *rest = sorted(together, key=lambda change: change.field == "tier")
        words = [*(change_words(change, tiers, phases) for change in rest), first.by or ""]
        yield Event(
            clock.local(at).date(), change_words(first, tiers, phases), "，".join(filter(None, words))
        )


def change_words(change: ChangeRow, tiers: Mapping[str, str], phases: Mapping[int, str]) -> str:
    """总投资 96.00 亿元 → 102.00 亿元"""
    label = promises.phase_label(change.field, phases) or drafts.KEPT_LABELS.get(change.field, change.field)
    return (
        f"{label} {_value(change.field, change.before, tiers)} → {_value(change.field, change.after, tiers)}"
    )


_AMOUNTS = (
    "annual_output",
    "annual_tax",
    "registered_capital",
    "registered_capital_usd",
    "statistics_amount",
)


def _value(name: str, kept: str | None, tiers: Mapping[str, str]) -> str:
    if kept is None:
        return "—"
    if "investment" in name or name in _AMOUNTS:
        return drafts.amount_words(name, kept)
    if name == "tier":
        return tiers.get(kept, kept)
    return _WORDS.get(kept, kept)


# --- the history ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Told:
    """One audited act in words."""

    at: Any
    who: str
    what: str
    lines: tuple[str, ...]


def story(record: Record, events: Iterable[EventRow], tiers: Mapping[str, str]) -> list[Told]:
    """The acts on a project. Differences are told of the project itself; other records keep theirs to their own pages."""
    return [Told(e.at, e.actor, _what(record, e), tuple(_lines(record, e, tiers))) for e in events]


def _what(record: Record, event: EventRow) -> str:
    """修改分期 二期"""
    done = CODES.get(event.code, event.code)
    if event.subject_type != "phase":
        return done
    named = event.subject.removeprefix(record.project.code).strip()
    return f"{done} {named.removeprefix(record.project.name).strip()}".strip()


#: By the kind of record: the columns that the history tells of.
_TELLS = {"project": drafts.STORY_LABELS, "phase": phase_rules.LABELS}
_WORDS = drafts.WORDS | {str(kind.value): words for kind, words in PHASE_KIND_LABELS.items()}


def _lines(record: Record, event: EventRow, tiers: Mapping[str, str]) -> Iterable[str]:
    labels = _TELLS.get(event.subject_type, {})
    for name, (before, after) in event.diff.items():
        label = labels.get(name)
        if label is None:
            continue
        if not record.disclosed and name in ("company_id", "investor_text", "source_note", "content"):
            yield f"{label} {_HIDDEN}"
        else:
            yield f"{label} {_value(name, _plain(before), tiers)} → {_value(name, _plain(after), tiers)}"


def _plain(value: Any) -> str | None:
    return None if value is None else str(value)
