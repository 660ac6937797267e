"""What the verbs of a transfer ask: the open one, its offers, who is told."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import exists, select

from crm.accounts.models import Post, User
from crm.accounts.queries import in_force
from crm.core.actor import Role
from crm.core.db import db
from crm.filings.models import Filing, Transfer, TransferOffer
from crm.filings.rules import LIVE
from crm.filings.rules import transfers as rules
from crm.filings.rules.transfers import Answer, TransferState
from crm.projects.models import Attachment, Project
from crm.projects.rules import AttachmentKind
from crm.settings import queries as settings
from crm.units.models import Unit


def open_transfer(project_id: int) -> Transfer | None:
    return db.session.scalar(
        select(Transfer).where(Transfer.project_id == project_id, Transfer.state.in_(rules.OPEN))
    )


def live_filing(project_id: int) -> Filing | None:
    """The filing that stands in other zones' way."""
    return db.session.scalar(select(Filing).where(Filing.project_id == project_id, Filing.state.in_(LIVE)))


def offer_waiting(transfer_id: int) -> TransferOffer | None:
    """The offer that has not been answered."""
    return db.session.scalar(
        select(TransferOffer)
        .where(TransferOffer.transfer_id == transfer_id, TransferOffer.answer.is_(None))
        .order_by(TransferOffer.id.desc())
        .limit(1)
    )


def refused_by(transfer_id: int) -> list[int]:
    """Zones that have said no to this transfer."""
    query = select(TransferOffer.zone_id).where(
        TransferOffer.transfer_id == transfer_id, TransferOffer.answer == Answer.REFUSED
    )
    return [zone_id for zone_id in db.session.scalars(query) if zone_id is not None]


def past_due(today: date) -> Sequence[Transfer]:
    """Offers nobody answered in time, for the job."""
    return db.session.scalars(
        select(Transfer)
        .where(Transfer.state == TransferState.WAITING, Transfer.due_on < today)
        .order_by(Transfer.id)
    ).all()


def was_offered(project: Project) -> bool:
    """Whether another zone, or the city, has said that it does not take the project from its present zone."""
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    Transfer.project_id == project.id,
                    Transfer.from_zone_id == project.zone_id,
                    TransferOffer.transfer_id == Transfer.id,
                    TransferOffer.answer.in_((Answer.REFUSED, Answer.EXPIRED)),
                )
            )
        )
    )


def answer_days() -> int:
    days: int = settings.value("transfer_answer_days")
    return days


def chiefs_of(zone_id: int, today: date) -> list[int]:
    return _in_office(today, Role.CHIEF, Unit.zone_id == zone_id)


def bureau_people(today: date) -> list[int]:
    return _in_office(today, Role.BUREAU)


def _in_office(today: date, role: Role, *more: Any) -> list[int]:
    query = (
        select(Post.user_id)
        .join(Unit, Unit.id == Post.unit_id)
        .join(User, User.id == Post.user_id)
        .where(Post.role == role, User.active, in_force(today), *more)
        .distinct()
        .order_by(Post.user_id)
    )
    return list(db.session.scalars(query))


def sheet_of(project_id: int, attachment_id: int | None) -> tuple[int, str] | None:
    """The sealed sheet among the project's files, (id, name)."""
    row = db.session.execute(
        select(Attachment.id, Attachment.filename).where(
            Attachment.id == attachment_id,
            Attachment.project_id == project_id,
            Attachment.kind == AttachmentKind.TRANSFER,
            Attachment.deleted_at.is_(None),
        )
    ).one_or_none()
    return None if row is None else (row[0], row[1])
