"""A small fixed week: one of everything that its sheets tell of. Names are invented."""

import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from crm.chains.models import ChainNode
from crm.chains.rules import ChainAction
from crm.companies.rules import LinkProgress
from crm.core import clock
from crm.core.db import db
from crm.followups.models import Followup
from crm.followups.rules import DutyKind
from crm.pipeline.models import MonthlyInvestment
from crm.projects.models import ProgressNote
from crm.projects.rules import Capital, Stage
from crm.targeting.models import Target
from crm.visits.models import Visit, VisitOurs, VisitProject, VisitTheirs
from crm.visits.rules import Mode
from tests.factories import milestone, quota_plan, recognised

WEEK = "2026-W47"
#: Inside the week that was cut on Friday 20 November at noon.
WEDNESDAY = datetime(2026, 11, 18, 10, tzinfo=clock.CITY)


def node(code: str = "PETRO-0101") -> ChainNode:
    return db.session.scalars(select(ChainNode).where(ChainNode.code == code)).one()


def note(project: Any, done: str, week: str = WEEK, at: datetime = WEDNESDAY) -> None:
    db.session.add(
        ProgressNote(
            project_id=project.id,
            on=at.date(),
            week=week,
            done=done,
            problem="缺用地指标",
            next_step="",
            created_at=at,
        )
    )


def invested(
    project: Any,
    month: str,
    completed: str,
    at: datetime = WEDNESDAY,
    progress: str = "",
    entered: date | None = None,
) -> None:
    db.session.add(
        MonthlyInvestment(
            project_id=project.id,
            month=month,
            completed=Decimal(completed),
            progress=progress,
            in_statistics=entered is not None,
            in_statistics_on=entered,
            created_at=at,
        )
    )


def visit(company: Any, zone: str, world: Any, at: datetime = WEDNESDAY, **values: Any) -> Visit:
    made = Visit(
        client_id=str(uuid.uuid4()),
        zone_id=world.zone(zone).id,
        company_id=company.id,
        happened_on=at.date(),
        mode=Mode.OUTBOUND,
        place="上海",
        summary="=谈了选址",
        created_by=world.users["officer"].id,
        created_at=at,
        **values,
    )
    db.session.add(made)
    db.session.flush()
    db.session.add(VisitOurs(visit_id=made.id, name="钟明远", leads=True))
    db.session.add(
        VisitTheirs(
            visit_id=made.id, name="林一帆", post="总经理", phone="13800001234", phone_mask="138****1234"
        )
    )
    return made


def duty(what: str, zone: str, world: Any, due: date, at: datetime = WEDNESDAY, **values: Any) -> Followup:
    made = Followup(
        what=what,
        zone_id=world.zone(zone).id,
        due_on=due,
        first_due_on=due,
        owner_id=world.users["officer"].id,
        created_at=at,
        **values,
    )
    db.session.add(made)
    db.session.flush()
    return made


def fill(world: Any) -> dict[str, Any]:
    """ETDZ with a project in each part of the stock, XUWEI with one, and what else the sheets show."""
    quota_plan(2026)
    before = {"created_at": datetime(2026, 3, 1, 9, tzinfo=clock.CITY), "stage_since": date(2026, 3, 1)}
    firm = world.company(
        "启明星新材料有限公司", uscc="91320700MA1234567X", zone_code="LYG-ETDZ", business="高性能纤维"
    )
    talk = world.project(
        "LYG-ETDZ",
        name="+碳纤维复材",
        investor=firm,
        total="123456.78",
        stage=Stage.IN_DEPTH,
        land_mu=Decimal("120.5"),
        content="年产3000吨",
        owner_id=world.users["officer"].id,
        node_id=node().id,
        chain_action=ChainAction.FILL,
        created_at=WEDNESDAY,
        stage_since=WEDNESDAY.date(),
        expected_sign_on=date(2026, 12, 1),
        expected_sign_precision="month",
    )
    note(talk, "=1+1 看了两块地")
    usd = world.project(
        "LYG-ETDZ",
        name="外资药业",
        investor=world.company("海蓝制药（新加坡）有限公司"),
        total=None,
        total_investment_usd=Decimal("10000"),
        capital=Capital.FOREIGN,
        stage=Stage.INTENT,
        **before,
    )
    signed = world.project(
        "LYG-ETDZ",
        name="储能装备",
        investor=world.company("启澜储能科技有限公司"),
        total="1200000",
        stage=Stage.REGISTERED,
        node_id=node().id,
        chain_action=ChainAction.BUILD,
        **before,
    )
    recognised(signed, date(2026, 11, 17))
    started = world.project(
        "LYG-XUWEI",
        name="绿色化工",
        investor=world.company("溯岩化学有限公司"),
        total="1000000",
        stage=Stage.STARTED,
        **before,
    )
    recognised(started, date(2026, 4, 8))
    invested(started, "2025-12", "50000")
    invested(started, "2026-10", "120000", progress="桩基施工")
    invested(started, "2026-11", "30000.5", progress="主体封顶", entered=date(2026, 11, 5))
    # Reported after the cut, so the week does not know it.
    invested(started, "2026-09", "700", at=datetime(2026, 11, 20, 13, tzinfo=clock.CITY))
    waiting = world.project(
        "LYG-XUWEI",
        name="精细材料",
        investor=world.company("棠溪精细化工有限公司"),
        total="1100000",
        stage=Stage.SIGNED,
        **before,
    )
    milestone(waiting, happened_on=date(2026, 11, 16), submitted_at=WEDNESDAY, created_at=WEDNESDAY)
    logged = visit(firm, "LYG-ETDZ", world)
    db.session.add(VisitProject(visit_id=logged.id, project_id=talk.id))
    duty("落实电价", "LYG-ETDZ", world, date(2026, 11, 30), kind=DutyKind.DEMAND, origin=f"visit:{logged.id}")
    duty(
        "回复用地方案",
        "LYG-ETDZ",
        world,
        date(2026, 11, 16),
        at=WEDNESDAY - timedelta(days=7),
        project_id=talk.id,
        company_id=firm.id,
    )
    db.session.add(
        Target(
            company_id=firm.id,
            node_id=node().id,
            zone_id=world.zone("LYG-ETDZ").id,
            progress=LinkProgress.TALKING,
            progress_on=date(2026, 11, 2),
            created_at=before["created_at"],
        )
    )
    db.session.commit()
    return {
        "talk": talk,
        "usd": usd,
        "signed": signed,
        "started": started,
        "waiting": waiting,
        "visit": logged,
        "firm": firm,
    }
