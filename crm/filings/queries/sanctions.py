"""Sanctions, as the bureau and the zone concerned read them, and what they take away."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import aliased

from crm.accounts.models import User
from crm.core import paging
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import NotFound
from crm.core.paging import Page, Window
from crm.filings.models import Filing, Sanction
from crm.filings.rules import sanctions as rules
from crm.filings.rules.sanctions import Effects, Offence
from crm.filings.scope import visible_to
from crm.projects.models import Project
from crm.settings import queries as settings
from crm.zones.models import Zone


@dataclass(frozen=True, slots=True)
class SanctionRow:
    id: int
    version: int
    filing_id: int
    project_id: int
    code: str
    project: str
    zone_code: str
    zone: str
    offence: Offence
    effects: Effects
    reason: str
    basis: str
    made_at: datetime
    made_by: str | None
    revoked_at: datetime | None
    revoked_by: str | None
    revoke_reason: str

    @property
    def stands(self) -> bool:
        return self.revoked_at is None

    @property
    def state(self) -> str:
        return "生效中" if self.stands else "已撤销"


def effects_of(offence: Offence) -> Effects:
    """What follows from an offence by the setting in force."""
    return rules.effects_of(offence, settings.value("filing_sanctions"))


_maker, _revoker = aliased(User), aliased(User)


def _select(actor: Actor) -> Any:
    return (
        select(Sanction, Project.code, Project.name, Zone.code, Zone.short_name, _maker.name, _revoker.name)
        .join(Filing, Filing.id == Sanction.filing_id)
        .join(Project, Project.id == Sanction.project_id)
        .join(Zone, Zone.id == Sanction.zone_id)
        .outerjoin(_maker, _maker.id == Sanction.made_by)
        .outerjoin(_revoker, _revoker.id == Sanction.revoked_by)
        .where(visible_to(actor))
        .order_by(Sanction.id.desc())
    )


def _rows(query: Any) -> list[SanctionRow]:
    found = []
    for one, code, project, zone_code, zone, by, revoked_by in db.session.execute(query):
        found.append(
            SanctionRow(
                one.id, one.version, one.filing_id, one.project_id, code, project, zone_code, zone, one.offence,
                Effects(one.circulated, one.no_credit, one.removed), one.reason, one.basis, one.made_at, by,
                one.revoked_at, revoked_by, one.revoke_reason,
            )
        )  # fmt: skip
    return found


def sanctions(actor: Actor, window: Window) -> Page[SanctionRow]:
    """Newest first, revoked ones among them."""
    query = _select(actor)
    total = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery()))
    if window.after:
        query = query.where(Sanction.id < paging.number(paging.key_of(window.after, 1)[0]))
    found = _rows(query.limit(window.per_page + 1))
    items = found[: window.per_page]
    more = paging.token(items[-1].id) if len(found) > window.per_page else None
    return Page(items, total or 0, window, more)


def sanction_row(actor: Actor, sanction_id: int) -> SanctionRow | None:
    return next(iter(_rows(_select(actor).where(Sanction.id == sanction_id))), None)


def sanctions_of(actor: Actor, filing_id: int) -> list[SanctionRow]:
    return _rows(_select(actor).where(Sanction.filing_id == filing_id))


def sanctions_on(actor: Actor, project_id: int) -> list[SanctionRow]:
    """Those in force on a project, for its page."""
    return _rows(_select(actor).where(Sanction.project_id == project_id, Sanction.revoked_at.is_(None)))


def find_sanction(actor: Actor, sanction_id: int) -> Sanction:
    found = db.session.scalar(
        select(Sanction)
        .join(Filing, Filing.id == Sanction.filing_id)
        .join(Project, Project.id == Sanction.project_id)
        .where(Sanction.id == sanction_id, visible_to(actor))
    )
    if found is None:
        raise NotFound()
    return found


# --- for the feature itself and those above -----------------------------------------------------------------


def standing_sanctions(filing_id: int) -> Sequence[Sanction]:
    query = select(Sanction).where(Sanction.filing_id == filing_id, Sanction.revoked_at.is_(None))
    return db.session.scalars(query).all()


def struck_out(project_id: int) -> bool:
    """Whether the project's filing was struck out and the sanction still stands."""
    query = select(Sanction.id).where(
        Sanction.project_id == project_id, Sanction.removed.is_(True), Sanction.revoked_at.is_(None)
    )
    return db.session.scalar(query.limit(1)) is not None


def sanctioned(project_ids: Iterable[int] | None = None) -> set[tuple[int, int]]:
    """(project, zone) pairs whose first talk is not counted (首谈认定), of these projects or of all.

    A zone loses the credit for the project it filed and not for others; whoever shows 首谈认定 leaves these pairs out.
    """
    query = select(Sanction.project_id, Sanction.zone_id).where(
        Sanction.no_credit.is_(True), Sanction.revoked_at.is_(None)
    )
    if project_ids is not None:
        query = query.where(Sanction.project_id.in_(tuple(project_ids)))
    return {(project_id, zone_id) for project_id, zone_id in db.session.execute(query)}


def uncounted(project_id: ColumnElement[int], zone_id: ColumnElement[int | None]) -> ColumnElement[bool]:
    """The same as a condition: whether a sanction takes this zone's first talk about this project out of 首谈认定."""
    return exists().where(
        Sanction.project_id == project_id,
        Sanction.zone_id == zone_id,
        Sanction.no_credit.is_(True),
        Sanction.revoked_at.is_(None),
    )
