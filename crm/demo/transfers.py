"""Projects on their way between zones: one waits for each demo zone's answer, one is overdue, one was refused, one has landed."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from crm.core.db import db
from crm.demo import bulk
from crm.demo.ledger import moment
from crm.demo.people import Cast
from crm.filings.models import Filing, Transfer, TransferOffer, TransferShare
from crm.filings.rules.transfers import Answer, TransferState, Trigger
from crm.pipeline.models import Recognition
from crm.projects.models import CreditShare, Grant, Project
from crm.projects.rules import CreditIndicator, GrantLevel, Stage, Status
from crm.settings import queries as settings

_ETDZ, _XUWEI = "LYG-ETDZ", "LYG-XUWEI"
_HALF = Decimal("0.5")


def write(cast: Cast, today: date) -> None:
    for told in (
        (_ETDZ, _XUWEI, TransferState.WAITING, 2, Trigger.FACTORS, "项目要 5.0MPa 蒸汽和液体化工码头，本板块没有"),
        (_XUWEI, _ETDZ, TransferState.WAITING, 1, Trigger.POSITIONING, "主导产业不符，投资方看中药港的中试平台"),
        (_ETDZ, _XUWEI, TransferState.WAITING, 12, Trigger.FACTORS, "能耗指标今年已用完"),
        (_ETDZ, None, TransferState.CITY, 4, Trigger.INVESTOR, "投资方希望靠近硅材料配套企业"),
        (_XUWEI, None, TransferState.REFUSED, 6, Trigger.FACTORS, "不在化工园区准入目录"),
    ):  # fmt: skip
        _under_way(cast, *told, today=today)
    _landed(cast, today)


def _talk(zone_id: int) -> Project | None:
    """A talk that no other story is told about: the smallest without a transfer or a filing."""
    used = select(Transfer.project_id)
    return db.session.scalar(
        select(Project)
        .where(
            Project.zone_id == zone_id,
            Project.status == Status.ACTIVE,
            Project.stage.in_([stage for stage in Stage if stage.order < Stage.SIGNED.order]),
            Project.confidential.is_(False),
            Project.total_investment.is_not(None),
            Project.id.not_in(used),
            Project.id.not_in(select(Filing.project_id)),
        )
        .order_by(Project.total_investment, Project.id)
        .limit(1)
    )


def _under_way(
    cast: Cast, giver: str, taker: str | None, state: TransferState, days: int, trigger: Trigger, reason: str, *, today: date
) -> None:  # fmt: skip
    project = _talk(cast.zones[giver].id)
    if project is None:
        return
    asked = settings.calendar().working_day_until(today - timedelta(days=days))
    due = settings.calendar().add_working_days(asked, 5)
    to = cast.zones[taker].id if taker else None
    made = _transfer(cast, project, giver, to, state, trigger, reason, asked)
    made.due_on = due if taker else None
    refused = state is TransferState.REFUSED
    offer = TransferOffer(
        transfer_id=made.id,
        zone_id=cast.zones[_ETDZ].id if refused else to,
        asked_at=moment(asked),
        due_on=due if taker or refused else None,
    )
    if refused:
        offer.answer, offer.reason = Answer.REFUSED, "没有相应的环境容量"
        offer.answered_by, offer.answered_at = cast.users["chief"], moment(today - timedelta(days=1))
    db.session.add(offer)
    db.session.flush()


def _transfer(
    cast: Cast, project: Project, giver: str, to: int | None, state: TransferState, trigger: Trigger, reason: str, on: date
) -> Transfer:  # fmt: skip
    by = cast.users["officer" if giver == _ETDZ else "officer2"]
    made = Transfer(
        project_id=project.id,
        first_zone_id=cast.zones[giver].id,
        from_zone_id=cast.zones[giver].id,
        to_zone_id=to,
        state=state,
        trigger=trigger,
        reason=reason,
        proposed_by=by,
        proposed_at=moment(on),
        first_contact=cast.names[by],
        first_contact_way="0518-82340001",
        due_on=on if state is TransferState.WAITING else None,
        done_on=on if state is TransferState.DONE else None,
    )
    db.session.add(made)
    db.session.flush()
    shares = dict.fromkeys(CreditIndicator, _HALF)
    if state is TransferState.DONE:
        # Both agreed that the landing zone alone counts the project.
        shares[CreditIndicator.COUNT] = Decimal(0)
    rows = [{"transfer_id": made.id, "indicator": key, "first_share": part} for key, part in shares.items()]
    bulk.add(TransferShare, rows)
    return made


def _landed(cast: Cast, today: date) -> None:
    """What 市开发区 talked about first and 徐圩新区 has signed this year."""
    found = db.session.execute(
        select(Project, Recognition.statistical_on)
        .join(Recognition, Recognition.project_id == Project.id)
        .where(
            Project.zone_id == cast.zones[_XUWEI].id,
            Project.status == Status.ACTIVE,
            Project.confidential.is_(False),
            Recognition.ended_at.is_(None),
            Project.id.not_in(select(CreditShare.project_id)),
            Recognition.statistical_on >= date(today.year, 1, 1),
        )
        .order_by(Project.total_investment.desc(), Project.id)
        .limit(1)
    ).first()
    if found is None:
        return
    project, signed = found
    on = signed - timedelta(days=60)
    first, landing = cast.zones[_ETDZ].id, cast.zones[_XUWEI].id
    reason = "项目要大型石化配套和专用码头"
    made = _transfer(cast, project, _ETDZ, landing, TransferState.DONE, Trigger.FACTORS, reason, on)
    made.owner_id, made.decided_by, made.decided_at = project.owner_id, cast.users["officer2"], moment(on)
    made.landing_contact, made.landing_contact_way = cast.names[cast.users["officer2"]], "0518-82250002"
    project.first_zone_id = first
    db.session.add(
        TransferOffer(
            transfer_id=made.id, zone_id=landing, asked_at=moment(on - timedelta(days=3)), due_on=on,
            answer=Answer.ACCEPTED, answered_by=cast.chiefs[landing], answered_at=moment(on),
        )
    )  # fmt: skip
    db.session.flush()
    _settled(made, project, first, landing, on)


def _settled(made: Transfer, project: Project, first: int, landing: int, on: date) -> None:
    shares: list[dict[str, Any]] = [
        {"indicator": indicator, "zone_id": zone, "share": part}
        for indicator in CreditIndicator
        for zone, part in ((first, _HALF), (landing, _HALF))
        if indicator is not CreditIndicator.COUNT
    ]
    shares.append({"indicator": CreditIndicator.COUNT, "zone_id": landing, "share": Decimal(1)})
    same = {"project_id": project.id, "effective_on": on, "recorded_at": moment(on)}
    bulk.add(CreditShare, [same | each for each in shares])
    bulk.add(
        Grant,
        [
            {"project_id": project.id, "unit_id": zone, "level": GrantLevel.READ, "source": "transfer",
             "source_id": made.id, "starts_on": on, "created_at": moment(on)}
            for zone in (first, landing)
        ],
    )  # fmt: skip
