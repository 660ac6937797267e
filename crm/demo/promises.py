"""What was put off and changed, promised starts that have passed, holds to review and changes of status that wait."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from sqlalchemy import select, update

from crm.core import dates
from crm.core.db import db
from crm.demo import bulk
from crm.demo.deals import Deal
from crm.demo.ledger import moment
from crm.demo.people import Cast
from crm.followups.models import Followup
from crm.pipeline.models import Milestone, MonthlyInvestment, StatusChange
from crm.pipeline.queries import REVIEW_ORIGIN
from crm.pipeline.rules import MilestoneKind
from crm.projects.models import Phase, Project, ProjectChange
from crm.projects.rules import Stage, Status
from crm.projects.rules.promises import SIGN_UNTIL, phase_field

Pairs = Sequence[tuple[int, Deal]]

#: Days by which the expected signing was put off, one list a project, over and over.
_DELAYS = ((61,), (92, 61), (30, 92, 61), (-15, 45), (91,), ())
#: A few tell the story; more would only cost time at a large scale.
_TOLD = 90
_REASONS = {Status.ON_HOLD: "投资方要等集团董事会批复，预计下月有结果", Status.LOST: "投资方已与外地签约"}


def write(cast: Cast, pairs: Pairs, today: date) -> None:
    live = [(p, d) for p, d in pairs if d.status is Status.ACTIVE][:_TOLD]
    _delays(live, today)
    _starts(live, today)
    _later_phases(live, today)
    _amounts(live, today)
    _outside(live, today)
    _holds(cast, pairs, today)
    _proposals(cast, live, today)


def _change(
    project_id: int, field: str, before: object, after: object, by: int, day: date, minutes: int = 0
) -> dict[str, Any]:
    return {
        "project_id": project_id, "field": field, "before": str(before), "after": str(after), "changed_by": by,
        "changed_at": moment(day, minutes),
    }  # fmt: skip


def _delays(live: Pairs, today: date) -> None:
    """The expected signing came to where it stands in steps, spread over the talks."""
    ids = [project_id for project_id, _ in live]
    expected = {
        project_id: on
        for project_id, on in db.session.execute(
            select(Project.id, Project.expected_sign_on).where(Project.id.in_(ids))
        )
    }
    rows: list[dict[str, Any]] = []
    for number, (project_id, deal) in enumerate(live):
        on, steps = expected.get(project_id), _DELAYS[number % len(_DELAYS)]
        if on is None or not steps or deal.marks:
            continue
        gap = (today - deal.started).days // (len(steps) + 1)
        on = (on - timedelta(days=sum(steps))).replace(day=1)
        for at, step in enumerate(steps, 1):
            day = deal.started + timedelta(days=gap * at)
            after = (on + timedelta(days=step + 3)).replace(day=1)
            rows.append(_change(project_id, "expected_sign_on", on, after, deal.owner, day))
            first, last = dates.last_day(on, "month"), dates.last_day(after, "month")
            if first != last:
                rows.append(_change(project_id, SIGN_UNTIL, first, last, deal.owner, day))
            on = after
    bulk.add(ProjectChange, rows)


def _starts(live: Pairs, today: date) -> None:
    """Starts that were promised: of those signed a while ago some have passed, the others lie ahead; a few were put off."""
    stages = (Stage.SIGNED, Stage.REGISTERED, Stage.APPROVED)
    waiting = [(p, d) for p, d in live if d.stage in stages and not d.headline]
    waiting.sort(key=lambda pair: pair[1].marks[0][1], reverse=True)
    rows, passed = [], 0
    for number, (project_id, deal) in enumerate(waiting[:16]):
        age = (today - deal.marks[0][1]).days
        late = min(age - 3, 95) if age >= 40 and passed < 3 else -(20, 75, 130, 200)[number % 4]
        passed += late > 0
        day = today - timedelta(days=late)
        db.session.execute(
            update(Project)
            .where(Project.id == project_id)
            .values(expected_start_on=day, version=Project.version)
        )
        if number % 3 == 0:
            rows.append(
                _change(
                    project_id,
                    "expected_start_on",
                    day - timedelta(days=92),
                    day,
                    deal.owner,
                    max(deal.stage_since, today - timedelta(days=60)),
                )
            )
    bulk.add(ProjectChange, rows)


def _later_phases(live: Pairs, today: date) -> None:
    """Second phases whose start was put off, one of them twice, after the agreement was signed."""
    ids = {project_id: deal for project_id, deal in live}
    late: Any = db.session.execute(
        select(Phase.project_id, Phase.no, Phase.expected_start_on)
        .where(Phase.project_id.in_(list(ids)), Phase.no == 2, Phase.expected_start_on.is_not(None))
        .order_by(Phase.project_id)
    )
    rows = []
    for number, (project_id, no, start) in enumerate(late):
        deal = ids[project_id]
        signed = deal.marks[0][1] if deal.marks else deal.started
        days = [start - timedelta(days=n) for n in ((150, 61, 0) if number % 2 == 0 else (92, 0))]
        for at, (before, after) in enumerate(pairwise(days), 1):
            told = signed + (today - signed) * at // 4
            rows.append(
                _change(project_id, phase_field(no, "expected_start_on"), before, after, deal.owner, told)
            )
    bulk.add(ProjectChange, rows)


def _amounts(live: Pairs, today: date) -> None:
    """Totals that were lowered, or raised and lowered again, to what they are."""
    known = [(p, d) for p, d in live if d.total is not None and not d.headline][::9][:8]
    rows = []
    for number, (project_id, deal) in enumerate(known):
        total = deal.total or Decimal(0)
        steps = (
            [total * Decimal("1.5"), total * Decimal("1.2"), total]
            if number % 2 == 0
            else [total * Decimal("0.8"), total * Decimal("1.1"), total]
        )
        shown = [f"{step.quantize(Decimal(1))}" for step in steps]
        life = (today - deal.started).days
        for at, (before, after) in enumerate(pairwise(shown), 1):
            day = deal.started + timedelta(days=life * at // 4)
            rows.append(_change(project_id, "total_investment", before, after, deal.owner, day))
    bulk.add(ProjectChange, rows)


def _outside(live: Pairs, today: date) -> None:
    """One site that has been built on for a while and never entered the statistics; another should be nearly complete."""
    building = [p for p, d in live if d.stage is Stage.STARTED and d.headline]
    db.session.execute(
        update(Milestone)
        .where(
            Milestone.project_id.in_(building[-1:]),
            Milestone.kind == MilestoneKind.SIGNED,
            Milestone.phase_id.is_(None),
        )
        .values(
            agreement_start_by=Milestone.happened_on,
            agreement_complete_by=today + timedelta(days=45),
            version=Milestone.version,
        )
    )
    for project_id, deal in live:
        begun = dict(deal.marks).get(MilestoneKind.STARTED)
        if deal.stage is Stage.STARTED and begun is not None and (today - begun).days > 40:
            db.session.execute(
                update(MonthlyInvestment)
                .where(MonthlyInvestment.project_id == project_id)
                .values(in_statistics=False, in_statistics_on=None)
            )
            return


def _holds(cast: Cast, pairs: Pairs, today: date) -> None:
    """Every hold is somebody's duty to review; of the first two one is due. One that came back, with its time restored."""
    held = [(p, d) for p, d in pairs if d.status is Status.ON_HOLD][:30]
    changes = {
        change.project_id: change
        for change in db.session.scalars(
            select(StatusChange).where(StatusChange.project_id.in_([p for p, _ in held]))
        )
    }
    rows = []
    for number, (project_id, deal) in enumerate(held):
        change = changes[project_id]
        if number == 0:
            change.review_on = today - timedelta(days=2)
        rows.append(_review(cast, project_id, deal, change))
    db.session.flush()
    bulk.add(Followup, rows)
    back = next(
        ((p, d) for p, d in pairs if d.status is Status.ACTIVE and not d.marks and not d.headline), None
    )
    if back is not None:
        bulk.add(StatusChange, _there_and_back(cast, *back, today))


def _review(cast: Cast, project_id: int, deal: Deal, change: StatusChange) -> dict[str, Any]:
    return {
        "what": "复查搁置项目，决定恢复、继续搁置或登记流失", "zone_id": deal.zone_id, "company_id": deal.firm.id,
        "project_id": project_id, "owner_id": deal.owner, "due_on": change.review_on, "first_due_on": change.review_on,
        "confidential": deal.confidential, "origin": f"{REVIEW_ORIGIN}{change.id}", "created_by": cast.users["bureau"],
        "created_at": moment(change.effective_on, 60), "updated_at": moment(change.effective_on, 60),
    }  # fmt: skip


def _there_and_back(cast: Cast, project_id: int, deal: Deal, today: date) -> Iterator[dict[str, Any]]:
    steps = (
        (Status.ACTIVE, Status.ON_HOLD, "投资方实际控制人变更，等新股东意见", 80, 45),
        (Status.ON_HOLD, Status.ACTIVE, "新股东同意继续投资", 40, None),
    )
    for before, after, reason, ago, review in steps:
        day = today - timedelta(days=ago)
        yield {
            "project_id": project_id, "before": before, "after": after, "reason": reason, "category": "", "went_to": "",
            "review_on": today - timedelta(days=review) if review else None, "effective_on": day,
            "proposed_by": deal.owner, "proposed_at": moment(day), "decided_by": cast.chiefs.get(deal.zone_id),
            "decided_at": moment(day, 60), "approved": True,
        }  # fmt: skip


def _proposals(cast: Cast, live: Pairs, today: date) -> None:
    """In two zones an officer asks for a hold and for a loss: the chief decides; one termination is the bureau's."""
    rows = []
    asked = (
        ("LYG-ETDZ", Status.ON_HOLD, False),
        ("LYG-XUWEI", Status.LOST, False),
        ("LYG-ETDZ", Status.TERMINATED, True),
    )
    taken: set[int] = set()
    for zone, after, signed in asked:
        chosen = next(
            (
                (p, d)
                for p, d in reversed(live)
                if d.zone_id == cast.zones[zone].id
                and bool(d.marks) is signed
                and not d.headline
                and p not in taken
            ),
            None,
        )
        if chosen is None:
            continue
        taken.add(chosen[0])
        day = today - timedelta(days=len(taken))
        rows.append({
            "project_id": chosen[0], "before": Status.ACTIVE, "after": after,
            "reason": _REASONS.get(after, "投资方资金链断裂，双方同意解除协议"),
            "category": "被外地截留" if after is Status.LOST else "", "went_to": "盐城" if after is Status.LOST else "",
            "review_on": today + timedelta(days=40) if after is Status.ON_HOLD else None, "effective_on": day,
            "proposed_by": chosen[1].owner, "proposed_at": moment(day),
        })  # fmt: skip
    bulk.add(StatusChange, rows)
