"""Filings of other zones for the same investor. Nothing here asks who is looking: only the check and the bureau read it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from crm.companies import queries as companies
from crm.companies.models import Company, Contact
from crm.core.db import db
from crm.filings import rules
from crm.filings.models import Filing, FilingHit
from crm.filings.queries.records import FilingRow, rows_by_id
from crm.filings.rules import FilingState, HitReason
from crm.projects.models import Project
from crm.projects.rules import Stage, Status
from crm.zones.models import Zone

_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class Hit:
    """Another zone's live filing and the surest reason why it is taken for the same investor."""

    row: FilingRow
    reason: HitReason


def _same(company_id: int) -> set[int]:
    """The company under every entry it was merged from."""
    seen = {company_id}
    while True:
        into = select(Company.merged_into_id).where(Company.id.in_(seen), Company.merged_into_id.is_not(None))
        more = {
            *db.session.scalars(select(Company.id).where(Company.merged_into_id.in_(seen))),
            *(i for i in db.session.scalars(into) if i is not None),
        }
        if more <= seen:
            return seen
        seen |= more


def _group(ids: set[int]) -> set[int]:
    """Parents up to the top and all below it. A cycle that slipped in ends like everything else, by what was seen."""
    seen = set(ids)
    for _ in range(_DEEPEST):
        up = select(Company.parent_id).where(Company.id.in_(seen), Company.parent_id.is_not(None))
        more = {
            *db.session.scalars(select(Company.id).where(Company.parent_id.in_(seen))),
            *(i for i in db.session.scalars(up) if i is not None),
        }
        if more <= seen:
            break
        seen |= more
    return seen


def hits_for(company_id: int, zone_id: int, today: date) -> list[Hit]:
    """Live filings of other zones for this investor, earliest first; whether they still protect is for the caller."""
    same = _same(company_id)
    company = db.session.get_one(Company, company_id)
    alike = {suspect.id for suspect in companies.possible_duplicates(company.name, other_than=company_id)}
    by_phone = _same_phone(same, zone_id)
    group = _group(same)
    reasons: dict[int, HitReason] = {}
    candidates = db.session.execute(
        select(Filing.id, Filing.company_id).where(
            Filing.zone_id != zone_id,
            Filing.state.in_(rules.LIVE),
            or_(Filing.company_id.in_(group | alike), Filing.id.in_(by_phone)),
        )
    )
    for filing_id, other in candidates:
        checks = (
            (HitReason.COMPANY, other in same),
            (HitReason.GROUP, other in group),
            (HitReason.PHONE, filing_id in by_phone),
        )
        reasons[filing_id] = next((reason for reason, fits in checks if fits), HitReason.NAME)
    return [Hit(row, reasons[row.id]) for row in rules.by_time(rows_by_id(reasons, today))]


def _same_phone(company_ids: Iterable[int], zone_id: int) -> set[int]:
    """Live filings whose zone knows the same number at their investor; numbers are compared by their keyed hashes."""
    hashes = select(Contact.phone_hash).where(
        Contact.company_id.in_(tuple(company_ids)),
        Contact.zone_id == zone_id,
        Contact.phone_hash.is_not(None),
    )
    return set(
        db.session.scalars(
            select(Filing.id)
            .join(Contact, (Contact.company_id == Filing.company_id) & (Contact.zone_id == Filing.zone_id))
            .where(Contact.phone_hash.in_(hashes), Filing.zone_id != zone_id, Filing.state.in_(rules.LIVE))
        )
    )


def hosts(company_id: int) -> list[str]:
    """Zones where the investor has signed: what it adds there belongs to them (rules.md §2.2, exceptions). For the bureau."""
    signed = [stage for stage in Stage if stage.order >= Stage.SIGNED.order]
    rows = db.session.scalars(
        select(Zone.short_name)
        .join(Project, Project.zone_id == Zone.id)
        .where(
            Project.company_id.in_(_same(company_id)),
            Project.stage.in_(signed),
            Project.status.in_((Status.ACTIVE, Status.ON_HOLD)),
        )
        .group_by(Zone.id, Zone.short_name)
        .order_by(Zone.id)
    )
    return list(rows)


# --- what was found before -----------------------------------------------------------------------------------


def met(filing_id: int, today: date) -> list[Hit]:
    """Every filing this one met, on either side, earliest first."""
    found = db.session.execute(
        select(FilingHit.filing_id, FilingHit.rival_id, FilingHit.reason).where(
            or_(FilingHit.filing_id == filing_id, FilingHit.rival_id == filing_id)
        )
    ).all()
    reasons = {(rival if one == filing_id else one): reason for one, rival, reason in found}
    return [Hit(row, reasons[row.id]) for row in rules.by_time(rows_by_id(reasons, today))]


def facing(filing: FilingRow | Filing, today: date) -> list[Hit]:
    """For the bureau: what this filing met, and live filings that have come to be for the same investor since (a merger,
    a parent entered later), earliest first."""
    since = hits_for(filing.company_id, filing.zone_id, today)
    found = {hit.row.id: hit for hit in (*since, *met(filing.id, today))}
    places = {row.id: at for at, row in enumerate(rules.by_time([hit.row for hit in found.values()]))}
    return sorted(found.values(), key=lambda hit: places[hit.row.id])


def objection(kept: Company, merged: Company) -> str | None:
    """Two zones' filings under one company can only be weighed while both names stand, so the undecided come first."""
    found = db.session.execute(
        select(Filing.zone_id, Filing.state).where(
            Filing.company_id.in_((kept.id, merged.id)), Filing.state.in_(rules.LIVE)
        )
    ).all()
    waits = any(state in rules.WAITING for _, state in found)
    if waits and len({zone_id for zone_id, _ in found}) > 1:
        return "两家企业有不同板块的报备还没有核定。请先在报备里核定，再合并。"
    return None


def in_the_way(filing_id: int, today: date) -> list[Hit]:
    """Those another zone filed before this one that still stand."""
    mine, theirs = aliased(Filing), aliased(Filing)
    rivals = (
        select(FilingHit.rival_id)
        .join(mine, mine.id == FilingHit.filing_id)
        .join(theirs, theirs.id == FilingHit.rival_id)
        .where(mine.id == filing_id, theirs.zone_id != mine.zone_id)
    )
    earlier = set(db.session.scalars(rivals))
    return [hit for hit in met(filing_id, today) if hit.row.id in earlier and hit.row.stands]


def taken_until(filing_id: int, today: date) -> date | None:
    """The one thing a second zone is told: until when the investor is taken; None where nothing stands in the way."""
    return max((hit.row.would_end for hit in in_the_way(filing_id, today)), default=None)


def waiting_behind(filing_id: int) -> Sequence[Filing]:
    """Suspects that had met this filing."""
    return db.session.scalars(
        select(Filing)
        .join(FilingHit, FilingHit.filing_id == Filing.id)
        .where(FilingHit.rival_id == filing_id, Filing.state == FilingState.SUSPECT)
        .order_by(Filing.id)
    ).all()
