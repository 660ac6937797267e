"""The guidance catalogue with one release and a draft that has moved on since, and the zones' chain plans in every state."""

import io
from datetime import date, timedelta

from sqlalchemy import select

from crm.accounts import queries as accounts
from crm.accounts.models import User
from crm.chains.models import ChainNode
from crm.chains.rules import NodeState
from crm.companies.models import Company
from crm.core.actor import Actor
from crm.core.db import db
from crm.demo.ledger import moment, sample_pdf
from crm.demo.people import Cast
from crm.projects import files
from crm.targeting import actions
from crm.targeting.actions import plans
from crm.targeting.models import CatalogueEntry
from crm.targeting.queries import catalogue as queries
from crm.targeting.rules.catalogue import EntryDraft
from crm.targeting.rules.plans import PlanState

#: What is written of the first links of each need: direction, land, energy, environment, department.
_WRITTEN = (
    ("引进国内前三的龙头在港区建设一体化基地", "不少于 200 亩，投资强度 350 万元/亩以上", "单位增加值能耗不高于 0.5 吨标煤/万元", "须进化工园区，排污总量先平衡", "市工信局"),
    ("引进配套企业，提高本地配套率", "50–100 亩，可租标准厂房", "", "无新增重金属排放", "市工信局"),
    ("引进研发机构和中试平台，补技术缺口", "可用现有载体", "", "", "市科技局"),
    ("引进下游应用企业，就地转化", "30 亩以上", "单位增加值能耗不高于 0.4 吨标煤/万元", "", "市商务局"),
)  # fmt: skip
#: zone, the state its plan is left in, how many days ago that was.
_PLANS = (
    ("LYG-ETDZ", PlanState.CONFIRMED, 40),
    ("LYG-XUWEI", PlanState.SUBMITTED, 3),
    ("LYG-GANYU", PlanState.RETURNED, 12),
    ("LYG-HTZ", PlanState.DRAFT, 1),
)
_RETURNED = "主导产业超过方案要求的数量，请补充取舍理由和三年招引目标"
#: So many links were written before the release, the others since.
_BEFORE = 12
_NOTE = "经全市招商引资领导小组会议审定"


def write(cast: Cast, today: date) -> None:
    bureau = accounts.actor_by_login("bureau", today)
    if bureau is None:
        return
    nodes = db.session.scalars(
        select(ChainNode)
        .where(ChainNode.active, ChainNode.state.in_((NodeState.MISSING, NodeState.WEAK)))
        .order_by(ChainNode.priority.is_(None), ChainNode.priority, ChainNode.id)
        .limit(16)
    ).all()
    released = today - timedelta(days=30)
    for at, node in enumerate(nodes):
        direction, land, energy, environment, department = _WRITTEN[at % len(_WRITTEN)]
        if at == _BEFORE:
            actions.release(bureau, _NOTE, moment(released), seen=0)
        draft = EntryDraft(direction, land, energy, environment, (), department)
        actions.write_entry(bureau, node, draft)
        at_last = released - timedelta(days=2) if at < _BEFORE else today
        db.session.get_one(CatalogueEntry, node.id).updated_at = moment(at_last)
        _name(bureau, node, at_last)
    _plans(cast, bureau, today)


def _name(bureau: Actor, node: ChainNode, on: date) -> None:
    """The bureau names the first two targets of a link, whichever zone's they are."""
    for one in [c for c in queries.candidates(bureau, [node.id]) if not c.secret][:2]:
        company = db.session.get_one(Company, one.company_id)
        actions.name(bureau, node, company, True, moment(on))


def _plans(cast: Cast, bureau: Actor, today: date) -> None:
    """One of each state; the other zones have not begun."""
    kept = files.keep(io.BytesIO(sample_pdf()), f"{today.year}年产业链招商规划.pdf", 1)
    for code, state, days in _PLANS:
        zone, at = cast.zones[code], moment(today - timedelta(days=days))
        login = db.session.scalar(select(User.login).where(User.id == cast.chiefs[zone.id]))
        chief = accounts.actor_by_login(login or "", today)
        if chief is None:
            continue
        plan = plans.add_files(chief, zone, today.year, [kept], at)
        plan.is_demo = True
        if state is PlanState.DRAFT:
            continue
        plans.submit(chief, zone, today.year, "已经管委会主任办公会审议", at)
        if state is PlanState.CONFIRMED:
            plans.confirm(bureau, zone, plan, at)
        elif state is PlanState.RETURNED:
            plans.send_back(bureau, zone, plan, _RETURNED, at)
