"""Leaders on major projects, a specialist's projects, a department's reading rights, shares of credit, a closed month."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from crm.assignments.models import Assignment
from crm.assignments.rules import AssignmentKind
from crm.chains import actions as chains
from crm.chains.models import ChainNode, NodeAssessment
from crm.chains.rules import ChainAction, NodeState
from crm.core.db import db
from crm.demo import bulk, factories
from crm.demo.deals import Deal
from crm.demo.people import Cast
from crm.notices.models import Notice
from crm.pipeline.models import PeriodLock
from crm.projects.models import CreditShare, Grant, Project
from crm.projects.rules import CreditIndicator, GrantLevel, Stage, Status
from crm.units.models import Unit

_STATES = (NodeState.MISSING, NodeState.WEAK, NodeState.FAIR, NodeState.STRONG, None)


def write(cast: Cast, pairs: Sequence[tuple[int, Deal]], today: date) -> None:
    _leaders(cast, pairs, today)
    _specialist(cast, pairs, today)
    _departments(pairs, today)
    _shares(cast, pairs, today)
    _nodes(cast, today)
    month = (today.replace(day=1) - timedelta(days=40)).strftime("%Y-%m")
    db.session.add(PeriodLock(month=month, locked_by=cast.users["bureau"]))
    db.session.add(
        Notice(
            user_id=cast.users["officer"],
            kind="welcome",
            text="演示数据已载入，名称和金额均为虚构。",
            url="/",
            dedupe="demo:welcome",
        )
    )


def _leaders(cast: Cast, pairs: Sequence[tuple[int, Deal]], today: date) -> None:
    """Most major projects have their direct leader (decision 12); every fourth waits for one."""
    counties = {zone_id: county for zone_id, county in db.session.execute(select(Unit.id, Unit.county_id))}
    major = [(p, d) for p, d in pairs if d.headline and d.status is Status.ACTIVE]
    rows = []
    for number, (project_id, deal) in enumerate(major):
        leaders = cast.leaders.get(counties.get(deal.zone_id), [])
        if number % 4 == 3 or not leaders:
            continue
        rows.append({
            "project_id": project_id, "kind": AssignmentKind.DIRECT_LEADER, "leader_id": leaders[0], "user_id": None,
            "starts_on": deal.started, "note": "", "created_by": cast.users["bureau"],
        })  # fmt: skip
    bulk.add(Assignment, rows)


def _specialist(cast: Cast, pairs: Sequence[tuple[int, Deal]], today: date) -> None:
    """The demo's specialist serves signed projects of his zone: an assignment and the work grant it causes."""
    zone_id, user_id = cast.zones["LYG-ETDZ"].id, cast.users["specialist"]
    served = [
        (p, d)
        for p, d in pairs
        if d.zone_id == zone_id and d.stage.order >= Stage.INTENT.order and d.status is Status.ACTIVE
    ][:8]
    rows = [
        {"project_id": p, "kind": AssignmentKind.SPECIALIST, "leader_id": None, "user_id": user_id, "starts_on": d.started,
         "note": "", "created_by": cast.users["chief"]}
        for p, d in served
    ]  # fmt: skip
    ids = bulk.add_with_ids(Assignment, rows)
    bulk.add(Grant, [
        {"project_id": p, "unit_id": None, "user_id": user_id, "level": GrantLevel.WORK, "source": "assignment", "source_id": i,
         "starts_on": d.started, "created_by": cast.users["chief"]}
        for i, (p, d) in zip(ids, served, strict=True)
    ])  # fmt: skip


def _departments(pairs: Sequence[tuple[int, Deal]], today: date) -> None:
    """The environment bureau reads what is under joint review."""
    unit_id = factories.unit("LYG-D-STHJ").id
    bulk.add(Grant, [
        {"project_id": p, "unit_id": unit_id, "user_id": None, "level": GrantLevel.READ, "source": "review", "source_id": None,
         "starts_on": min(d.stage_since, today), "created_by": None}
        for p, d in pairs if d.stage is Stage.REVIEW
    ])  # fmt: skip


def _shares(cast: Cast, pairs: Sequence[tuple[int, Deal]], today: date) -> None:
    """One project found by 海州 and landed in 灌云临港 shares its count and amount 5:5 by agreement."""
    first, landing = cast.zones["LYG-HAIZHOU"].id, cast.zones["LYG-GYLG"].id
    shared = next(((p, d) for p, d in pairs if d.zone_id == landing and d.marks and not d.headline), None)
    if shared is None:
        return
    project_id, deal = shared
    bulk.add(CreditShare, [
        {"project_id": project_id, "effective_on": deal.marks[0][1], "indicator": indicator, "zone_id": zone_id, "share": Decimal("0.5")}
        for indicator in (CreditIndicator.COUNT, CreditIndicator.SIGNED) for zone_id in (first, landing)
    ])  # fmt: skip


_GAPS = ("高端牌号依赖外地采购", "缺检测与中试能力", "配套件本地产能不足", "缺下游深加工")


def _nodes(cast: Cast, today: date) -> None:
    """Every fifth node is left unassessed, as it would be in a real city; some were assessed twice, some assessments have run out; where a
    plant stands the link is not missing."""
    nodes = db.session.scalars(
        select(ChainNode).where(ChainNode.parent_id.is_not(None)).order_by(ChainNode.id)
    ).all()
    busy = set(
        db.session.scalars(
            select(Project.node_id).where(Project.stage.in_((Stage.COMPLETED, Stage.PRODUCING, Stage.FULL)))
        )
    )
    for number, node in enumerate(nodes):
        state = _STATES[number * 7 % 5]
        if state is NodeState.MISSING and node.id in busy:
            state = NodeState.WEAK
        if state is None or node.state is not None:
            continue
        if number % 3 == 0:
            earlier = NodeState.MISSING if state is NodeState.WEAK else state
            db.session.add(_assessment(cast, node.id, number, earlier, today - timedelta(days=400)))
        made = _assessment(
            cast, node.id, number, state, today - timedelta(days=370 if number % 11 == 5 else 30)
        )
        db.session.add(made)
        chains.carry(node, made)


def _assessment(cast: Cast, node_id: int, number: int, state: NodeState, on: date) -> NodeAssessment:
    firms = {NodeState.MISSING: 0, NodeState.WEAK: 1 + number % 2}.get(state, 3 + number % 5)
    extends = state is NodeState.STRONG and number % 4 == 1
    return NodeAssessment(
        node_id=node_id,
        state=state,
        local_firms=firms,
        local_share=Decimal(min(firms * 11, 85)) / 100,
        depends_on="" if state is NodeState.STRONG else "浙江、山东、上海",
        gap="" if state is NodeState.STRONG else _GAPS[number % len(_GAPS)],
        priority=1 + number % 5,
        action=ChainAction.EXTEND if extends else None,
        action_reason="下游深加工有意向，向后延伸" if extends else "",
        assessor="市工信局（演示）",
        assessed_on=on,
        valid_until=on + timedelta(days=365),
        note="演示评估，非实际情况",
        made_by=cast.users["bureau"],
    )
