"""One company of the register."""

from collections.abc import Iterable, Sequence

from sqlalchemy import or_, select

from crm.accounts import permissions
from crm.audit.models import AuditEvent
from crm.companies.models import Company, CompanyAlias
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import NotFound


def find(actor: Actor, company_id: int) -> Company:
    """A company by its id; a merged one gives the company that took it over. Raises NotFound."""
    company = db.session.get(Company, company_id) if actor.can(permissions.PROJECT_SEE) else None
    while company is not None and company.merged_into_id is not None:
        company = db.session.get(Company, company.merged_into_id)
    if company is None:
        raise NotFound()
    return company


def aliases(company_id: int) -> Sequence[CompanyAlias]:
    return db.session.scalars(
        select(CompanyAlias).where(CompanyAlias.company_id == company_id).order_by(CompanyAlias.id)
    ).all()


def names(company_ids: Iterable[int]) -> dict[int, str]:
    """Names of companies by id, for pages that show many."""
    ids = set(company_ids)
    if not ids:
        return {}
    return {
        key: name
        for key, name in db.session.execute(select(Company.id, Company.name).where(Company.id.in_(ids)))
    }


def holder_of(uscc: str | None, old_reg_no: str | None, *, other_than: int | None = None) -> Company | None:
    """The company registered under a code."""
    if not uscc and not old_reg_no:
        return None
    same = [Company.uscc == uscc] if uscc else []
    same += [Company.old_reg_no == old_reg_no] if old_reg_no else []
    query = select(Company).where(or_(*same), Company.merged_into_id.is_(None))
    if other_than is not None:
        query = query.where(Company.id != other_than)
    return db.session.scalars(query.order_by(Company.id).limit(1)).first()


def last_editor(actor: Actor, subject_type: str, subject_id: int) -> str:
    """Who saved a record last, in words for the page with both versions; another zone's people are not named."""
    row = db.session.execute(
        select(AuditEvent.actor_name, AuditEvent.zone_id)
        .where(AuditEvent.subject_type == subject_type, AuditEvent.subject_id == subject_id)
        .order_by(AuditEvent.id.desc())
        .limit(1)
    ).first()
    if row is None or (actor.zone_id is not None and row.zone_id != actor.zone_id):
        return "他人"
    return str(row.actor_name)
