"""First reports: most talks are protected, some wait, two zones met one investor, one was let go and another zone asks for it."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from crm.companies.models import Company
from crm.core.db import db
from crm.demo import bulk
from crm.demo.deals import Deal
from crm.demo.ledger import moment
from crm.demo.people import Cast
from crm.filings.models import Filing, FilingHit, PoolClaim
from crm.filings.rules import EndKind, Extension, FilingState, HitReason
from crm.filings.rules.protection import add_months
from crm.projects.models import Project
from crm.projects.rules import Stage, Status, Tier
from crm.visits.models import Visit

Pairs = Sequence[tuple[int, Deal]]
_TOLD = 60
_MAJOR = (Tier.T100, Tier.T50)
_EMPTY: dict[str, Any] = {
    "note": "", "decided_by": None, "decided_at": None, "decision_reason": "", "protected_from": None,
    "protected_until": None, "extension": None, "extension_reason": "", "extension_asked_by": None,
    "extension_asked_at": None, "ended_at": None, "ended_on": None, "end_kind": None, "end_reason": "",
}  # fmt: skip


def write(cast: Cast, pairs: Pairs, today: date) -> None:
    """Only of talks whose zone has met the investor, as in life."""
    rows = [
        _row(cast, number, found, today) for number, found in enumerate(_talks([p for p, _ in pairs], today))
    ]
    if len(rows) < 6:
        return
    _wait(rows, today)
    _extend(rows, today)
    pooled = _let_go(rows, today)
    ids = bulk.add_with_ids(Filing, rows)
    _meet(cast, ids, rows, today)
    _claim(cast, ids, pooled, rows, today)


def _talks(project_ids: Sequence[int], today: date) -> list[Any]:
    """(project, company, zone, owner, tier, first visit, its day, day of the last) of open talks, oldest contact last."""
    talking = [stage for stage in Stage if Stage.LEAD.order < stage.order < Stage.SIGNED.order]
    first = func.min(Visit.happened_on)
    return list(
        db.session.execute(
            select(
                Project.id,
                Project.company_id,
                Project.zone_id,
                Project.owner_id,
                Project.tier,
                func.min(Visit.id),
                first,
                func.max(Visit.happened_on),
            )
            .join(Visit, (Visit.company_id == Project.company_id) & (Visit.zone_id == Project.zone_id))
            .where(
                Project.id.in_(project_ids),
                Project.status == Status.ACTIVE,
                Project.stage.in_(talking),
                Project.confidential.is_(False),
                Visit.happened_on <= today,
            )
            .group_by(Project.id)
            .order_by(first.desc(), Project.id)
            .limit(_TOLD)
        )
    )


def _row(cast: Cast, number: int, found: Any, today: date) -> dict[str, Any]:
    """As the bureau and the calendar left it."""
    project_id, company_id, zone_id, owner_id, tier, visit_id, first, last = found
    filed_on = min(first + timedelta(days=1 + number % 3), today)
    months = 12 if tier in _MAJOR else 6
    until = add_months(filed_on, months)
    row = _EMPTY | {
        "project_id": project_id, "zone_id": zone_id, "company_id": company_id, "filed_by": owner_id,
        "filed_at": moment(filed_on, number % 240), "contact_on": first, "visit_id": visit_id, "months": months,
        "extension_months": 6 if tier in _MAJOR else 3, "state": FilingState.ACCEPTED,
        "decided_by": cast.users["bureau"], "decided_at": moment(filed_on, 300),
        "protected_from": filed_on, "protected_until": until,
    }  # fmt: skip
    silent_on = max(last, filed_on) + timedelta(days=90)
    if silent_on <= min(today, until):
        return _ended(row, EndKind.SILENT, silent_on)
    return _ended(row, EndKind.EXPIRED, until + timedelta(days=1)) if until < today else row


def _ended(row: dict[str, Any], kind: EndKind, on: date, reason: str = "") -> dict[str, Any]:
    state = FilingState.RELEASED if kind is EndKind.RELEASED else FilingState.LAPSED
    ended = {"state": state, "ended_on": on, "ended_at": moment(on), "end_kind": kind, "end_reason": reason}
    return row | ended


def _open(rows: list[dict[str, Any]], start: int) -> int:
    """The place of the first one from `start` that still protects."""
    places = range(start, len(rows))
    return next((at for at in places if rows[at]["state"] is FilingState.ACCEPTED), start)


def _wait(rows: list[dict[str, Any]], today: date) -> None:
    """The latest three have not been decided; one of them the bureau owes for a week."""
    undecided = {"state": FilingState.PENDING, "decided_by": None, "decided_at": None}
    for at, days in zip(range(3), (1, 2, 8), strict=True):
        filed = moment(max(today - timedelta(days=days), rows[at]["contact_on"]), at)
        rows[at] = rows[at] | undecided | {"filed_at": filed, "protected_from": None, "protected_until": None}
        rows[at] |= {"ended_on": None, "ended_at": None, "end_kind": None}


def _extend(rows: list[dict[str, Any]], today: date) -> None:
    at = _open(rows, 4)
    asked = {"extension": Extension.ASKED, "extension_reason": "已完成两轮选址，等投资方董事会"}
    rows[at] |= asked | {
        "extension_asked_by": rows[at]["filed_by"],
        "extension_asked_at": moment(today - timedelta(days=1)),
    }


def _let_go(rows: list[dict[str, Any]], today: date) -> int:
    at = _open(rows, 6)
    rows[at] = _ended(
        rows[at], EndKind.RELEASED, today - timedelta(days=2), "用地指标不足，投资方希望靠近港区"
    )
    return at


def _meet(cast: Cast, ids: Sequence[int], rows: list[dict[str, Any]], today: date) -> None:
    """An investor of a protected talk whom a second zone has met as well and filed yesterday."""
    first = next((at for at in range(3, len(rows)) if rows[at]["state"] is FilingState.ACCEPTED), None)
    second = next(
        (at for at in range(3) if first is None or rows[at]["zone_id"] != rows[first]["zone_id"]), None
    )
    if first is None or second is None:
        return
    # The second investor turns out to belong to the first one's group.
    daughter = db.session.get_one(Company, rows[second]["company_id"])
    if daughter.parent_id is None and daughter.id != rows[first]["company_id"]:
        daughter.parent_id = rows[first]["company_id"]
    filing = db.session.get_one(Filing, ids[second])
    filing.state = FilingState.SUSPECT
    db.session.flush()
    hit = {"filing_id": ids[second], "rival_id": ids[first], "reason": HitReason.GROUP}
    bulk.add(FilingHit, [hit | {"found_at": rows[second]["filed_at"]}])


def _claim(cast: Cast, ids: Sequence[int], pooled: int, rows: list[dict[str, Any]], today: date) -> None:
    """Another zone asks for what was let go."""
    owner = rows[pooled]["zone_id"]
    zones = [(code, who) for code, who in (("LYG-XUWEI", "officer2"), ("LYG-ETDZ", "officer"))]
    code, login = next((code, who) for code, who in zones if cast.zones[code].id != owner)
    bulk.add(
        PoolClaim,
        [
            {
                "filing_id": ids[pooled], "zone_id": cast.zones[code].id, "reason": "本板块有现成厂房和蒸汽，可以承接",
                "proposed_by": cast.users[login], "proposed_at": moment(today - timedelta(days=1)), "note": "",
            }
        ],
    )  # fmt: skip
