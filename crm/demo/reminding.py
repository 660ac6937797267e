"""Demands on their way to be settled, what people want to be told of, and the messages and steps that follow from it."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, update

from crm.core import clock
from crm.core.db import db
from crm.demo import bulk
from crm.demo.ledger import moment
from crm.demo.people import Cast
from crm.followups import actions as followups
from crm.followups.models import Demand, Followup
from crm.followups.rules import DutyKind, DutyState
from crm.followups.rules.demands import Confirmer, Satisfaction
from crm.notices.models import NotifyChoice, Outgoing
from crm.notices.rules import IN_APP, OutgoingState, Topic
from crm.pipeline.actions import neglected
from crm.settings import queries as settings
from crm.units.models import Leader, Unit

#: Which department is asked, by the category of the demand.
_UNITS = {
    "用地": "LYG-D-ZGJ",
    "环评": "LYG-D-STHJ",
    "用能": "LYG-D-FGW",
    "政策兑现": "LYG-D-CZJ",
    "用工": "LYG-D-RSJ",
    "基础设施": "LYG-D-ZJJ",
}
_ANSWERS = {
    "用地": "二期用地已列入年度供应计划，红线图下周提供。",
    "环评": "材料齐全后十五个工作日内批复，已指定专人辅导报告编制。",
    "用能": "供电公司已出具电价测算函，扫描件发企业。",
    "政策兑现": "设备补助按审计后投资额核算，申报口径见附表。",
    "用工": "已与两所职业院校约定秋季招聘会，摊位预留。",
    "基础设施": "北侧道路已进场施工，年底前具备通车条件。",
}
#: Of every six open demands: how far each is.
_COURSE = ("asked", "answered", "asked", "urged", "reopened", "nobody")
_PROMISES = (
    ("九月底前协调落实蒸汽管网接入，费用由园区承担", "基础设施", 6),
    ("一个月内研究专项人才公寓配额", "其他", -2),
)


def write(cast: Cast, today: date) -> None:
    units: dict[str, int] = {code: id_ for id_, code in db.session.execute(select(Unit.id, Unit.code))}
    _closed(today)
    _open(cast, units, today)
    _promised(cast, units, today)
    _waited_for(cast, today)
    _choices(cast)
    db.session.flush()
    now = clock.now()
    for steps in (followups.remind, followups.escalate, neglected.remind, followups.digest):
        sum(steps(now))
    _left(cast, today)


def _closed(today: date) -> None:
    """Settled ones: confirmed by the company, nearly all of them content."""
    found = db.session.execute(
        select(Followup.id, Followup.due_on, Followup.closed_at).where(
            Followup.kind == DutyKind.DEMAND, Followup.state == DutyState.DONE
        )
    ).all()
    bulk.add(
        Demand,
        (
            {
                "followup_id": id_,
                "answer_due_on": due_on,
                "answered_at": closed_at,
                "confirmed_at": closed_at,
                "confirmed_by": Confirmer.COMPANY,
                "confirmed_name": "对方项目负责人",
                "satisfaction": Satisfaction.FAIR if id_ % 4 == 0 else Satisfaction.SATISFIED,
            }
            for id_, due_on, closed_at in found
        ),
    )
    db.session.execute(
        update(Followup)
        .where(Followup.kind == DutyKind.DEMAND, Followup.state == DutyState.DONE)
        .values(confirmed_by_company=True)
    )


def _open(cast: Cast, units: dict[str, int], today: date) -> None:
    found = db.session.execute(
        select(Followup.id, Followup.category, Followup.due_on)
        .where(Followup.kind == DutyKind.DEMAND, Followup.state == DutyState.OPEN)
        .order_by(Followup.id)
    ).all()
    calendar = settings.calendar()
    for number, (id_, category, due_on) in enumerate(found):
        course = _COURSE[number % len(_COURSE)]
        unit = units.get(_UNITS.get(category, "")) if course != "nobody" else None
        life: dict[str, Any] = {"answer_due_on": due_on}
        duty: dict[str, Any] = {"unit_id": unit}
        if course == "urged":
            life |= {"urged": 1 + number % 2, "urged_on": today - timedelta(days=1)}
        if course == "reopened":
            life |= {"reopened": 1}
        if course == "answered":
            life |= {"answered_at": moment(today - timedelta(days=2), 300), "answered_by": cast.users["dept"]}
            confirm_by = calendar.add_working_days(today, number % 4)
            duty |= {"answer": _ANSWERS.get(category, "已研究，按现行政策办理。"), "due_on": confirm_by}
        db.session.execute(update(Followup).where(Followup.id == id_).values(**duty))
        db.session.add(Demand(followup_id=id_, **life))
    db.session.flush()


def _promised(cast: Cast, units: dict[str, int], today: date) -> None:
    """Leaders' promises to the first investor of the demo's own zone."""
    about = db.session.scalar(
        select(Followup)
        .where(
            Followup.zone_id == cast.zones["LYG-ETDZ"].id,
            Followup.company_id.is_not(None),
            Followup.project_id.is_not(None),
            Followup.confidential.is_(False),
        )
        .order_by(Followup.id)
        .limit(1)
    )
    leader = db.session.scalar(select(Leader.id).order_by(Leader.rank_no, Leader.id).limit(1))
    if about is None or leader is None:
        return
    for what, category, days in _PROMISES:
        due = settings.calendar().working_day_from(today + timedelta(days=days))
        made = Followup(
            kind=DutyKind.PROMISE,
            what=what,
            category=category,
            zone_id=about.zone_id,
            company_id=about.company_id,
            project_id=about.project_id,
            owner_id=cast.users["officer"],
            unit_id=units.get(_UNITS.get(category, "")),
            due_on=due,
            first_due_on=due,
            created_by=cast.users["chief"],
        )
        db.session.add(made)
        db.session.flush()
        db.session.add(Demand(followup_id=made.id, leader_id=leader, answer_due_on=due))


def _waited_for(cast: Cast, today: date) -> None:
    """What the demo's officer asked of a colleague."""
    due = settings.calendar().working_day_from(today + timedelta(days=2))
    db.session.add(
        Followup(
            what="提供一期厂房竣工备案的复印件",
            zone_id=cast.zones["LYG-ETDZ"].id,
            owner_id=cast.users["specialist"],
            due_on=due,
            first_due_on=due,
            created_by=cast.users["officer"],
        )
    )


def _choices(cast: Cast) -> None:
    every = {topic.value: [IN_APP] for topic in Topic}
    for login, lead in (("officer", 2), ("chief", 1), ("bureau", 1)):
        db.session.add(NotifyChoice(user_id=cast.users[login], lead_days=lead, ways=every))


def _left(cast: Cast, today: date) -> None:
    """A mail that arrived and one that did not: without a server nothing of the demo ever leaves."""
    rows: Sequence[tuple[OutgoingState, str, int]] = (
        (OutgoingState.SENT, "", 1),
        (OutgoingState.FAILED, "收件邮箱被拒绝（550）", 1),
        (OutgoingState.FAILED, "连不上邮件服务器", 5),
    )
    for number, (state, reason, attempts) in enumerate(rows):
        at = moment(today - timedelta(days=3 - number), 485)
        db.session.add(
            Outgoing(
                user_id=cast.users["officer"],
                channel="mail",
                topic=Topic.DIGEST,
                subject="每日摘要",
                text="演示",
                url="/today",
                state=state,
                attempts=attempts,
                next_at=at,
                claimed_at=at,
                sent_at=at if state is OutgoingState.SENT else None,
                reason=reason,
                created_at=at,
            )
        )
