"""Target companies at the links of the chains: whom each zone goes after, why now, what comes next, and what has become of them.

Drawn from the numbers of the rows, not from chance, so that nothing before it changes. The first few thousand are told.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from crm.chains.models import ChainNode
from crm.chains.rules import ChainAction, NodeState, action_of
from crm.companies.models import Company, CompanyLink, LinkNode
from crm.companies.rules import LinkProgress
from crm.core.db import db
from crm.demo import bulk
from crm.demo.ledger import moment
from crm.demo.people import Cast
from crm.followups.models import Followup
from crm.followups.rules import DutyKind, DutyState
from crm.projects.models import Project
from crm.projects.rules import Stage
from crm.targeting.models import (
    Campaign,
    CampaignNode,
    CampaignTarget,
    Target,
    TargetSignal,
    TargetStep,
)
from crm.targeting.rules.targets import EntryKind, TargetSource

_MOST = 3_000
_ENTRIES: tuple[tuple[EntryKind | None, str], ...] = (
    (EntryKind.TOWNSFOLK, "董事长是本地人，经同乡会引荐"),
    (EntryKind.SUPPLIER, "本地链主的供应商，有就近配套意愿"),
    (EntryKind.FUND, "市产业基金参投的基金是其股东"),
    (None, ""),
    (EntryKind.ASSOCIATION, "行业协会年会上结识投资部负责人"),
    (EntryKind.EXISTING_FIRM, "与本地存量企业同一客户"),
)
_STANDING = ("细分行业前三", "", "国家级专精特新“小巨人”", "上市公司，年营收 60 亿元以上", "", "省级单项冠军")
_SIGNALS = (
    ("公告拟投资新建{product}产能", "公司公告"),
    ("完成新一轮融资，资金用于扩产", "财经媒体"),
    ("原厂区用地到期，正在华东选址", "驻点信息"),
    ("中标大额订单，现有{product}产能不足", "行业媒体"),
    ("董事长带队考察长三角园区", "商会转告"),
)
_STEPS = ("约投资部负责人见面", "送产业规划和用地方案", "请链主企业一起拜访", "核实选址要求和投产时间")
_GIVEN_UP = ("已决定在外省扩产，三年内没有新项目", "能耗要求超出本地承载能力", "两次拜访都没有扩产计划")


@dataclass(frozen=True, slots=True)
class _Place:
    """A zone's link to a company at a node, with the project it has there already."""

    company_id: int
    zone_id: int | None
    node_id: int
    owner_id: int | None
    progress: LinkProgress
    state: NodeState | None
    chosen: ChainAction | None
    product: str
    project_id: int | None
    stage: Stage | None
    project_made_on: date | None

    @property
    def converted(self) -> bool:
        return self.stage is not None and self.stage.order > Stage.PRELIMINARY.order

    @property
    def action(self) -> ChainAction | None:
        return action_of(self.state, self.chosen)


def write(cast: Cast, today: date) -> None:
    places = _places()
    rows = [_target(cast, number, place, today) for number, place in enumerate(places)]
    ids = bulk.add_with_ids(Target, rows)
    _signals(ids, places, today)
    _steps(ids, rows)
    _next(ids, rows, today)
    _of_the_city(cast, places, today)
    _waiting(cast, places, today)
    _campaigns(cast, ids, places, today)


def _places() -> list[_Place]:
    """Links of demo companies with their first open project at the same node."""
    first = (
        select(Project.company_id, Project.zone_id, Project.node_id, func.min(Project.id).label("id"))
        .where(Project.confidential.is_(False))
        .group_by(Project.company_id, Project.zone_id, Project.node_id)
        .subquery()
    )
    found = db.session.execute(
        select(
            CompanyLink.company_id, CompanyLink.zone_id, LinkNode.node_id, CompanyLink.owner_id,
            CompanyLink.progress, ChainNode.state, ChainNode.action, ChainNode.products, ChainNode.name,
            Project.id, Project.stage, Project.created_at,
        )
        .join(LinkNode, LinkNode.link_id == CompanyLink.id)
        .join(ChainNode, ChainNode.id == LinkNode.node_id)
        .join(Company, Company.id == CompanyLink.company_id)
        .outerjoin(
            first,
            (first.c.company_id == CompanyLink.company_id)
            & (first.c.zone_id == CompanyLink.zone_id)
            & (first.c.node_id == LinkNode.node_id),
        )
        .outerjoin(Project, Project.id == first.c.id)
        .where(Company.is_demo, Company.merged_into_id.is_(None), ChainNode.active)
        .order_by(CompanyLink.id, LinkNode.node_id)
        .limit(_MOST)
    )  # fmt: skip
    return [
        _Place(
            *r[:7], (r.products or [r.name])[0], r.id, r.stage, r.created_at.date() if r.created_at else None
        )
        for r in found
    ]


def _target(cast: Cast, number: int, place: _Place, today: date) -> dict[str, Any]:
    kind, note = _ENTRIES[number % len(_ENTRIES)]
    progress = LinkProgress.TALKING if place.converted else place.progress
    given_up = progress is LinkProgress.GIVEN_UP
    since = today - timedelta(days=5 + number * 37 % 200)
    converted_on = max(place.project_made_on or since, since) if place.converted else None
    return {
        "company_id": place.company_id, "node_id": place.node_id, "zone_id": place.zone_id, "progress": progress,
        "progress_on": since, "entry_kind": kind, "entry_note": note, "standing": _STANDING[number % 6],
        "owner_id": place.owner_id, "given_up_reason": _GIVEN_UP[number % 3] if given_up else "",
        "source": TargetSource.IMPORTED if number % 3 else TargetSource.MANUAL,
        "project_id": place.project_id if place.converted else None,
        "chain_action": place.action if place.converted else None,
        "converted_by": place.owner_id if place.converted else None,
        "converted_at": moment(min(converted_on, today)) if converted_on else None,
        "is_demo": True, "created_by": place.owner_id, "created_at": moment(since - timedelta(days=30)),
        "updated_at": moment(since),
    }  # fmt: skip


def _signals(ids: Sequence[int], places: Sequence[_Place], today: date) -> None:
    def told() -> Iterable[dict[str, Any]]:
        for number, (target_id, place) in enumerate(zip(ids, places, strict=True)):
            for turn in range((0, 1, 2)[number % 3]):
                what, source = _SIGNALS[(number + turn * 2) % len(_SIGNALS)]
                on = today - timedelta(days=3 + (number * 29 + turn * 113) % 400)
                yield {
                    "target_id": target_id, "happened_on": on, "what": what.format(product=place.product),
                    "source": source, "url": "", "created_by": place.owner_id, "created_at": moment(on),
                }  # fmt: skip

    bulk.add(TargetSignal, told())


def _steps(ids: Sequence[int], rows: Sequence[dict[str, Any]]) -> None:
    """On the list first; then where it stands now."""

    def told() -> Iterable[dict[str, Any]]:
        for target_id, row in zip(ids, rows, strict=True):
            began = row["created_at"].date()
            base = {"target_id": target_id, "made_by": row["owner_id"]}
            yield base | {
                "before": None, "after": LinkProgress.UNTOUCHED, "on": began, "note": "", "made_at": row["created_at"],
            }  # fmt: skip
            if row["progress"] is not LinkProgress.UNTOUCHED:
                note = row["given_up_reason"] or ("转为项目" if row["project_id"] else "")
                yield base | {
                    "before": LinkProgress.UNTOUCHED, "after": row["progress"], "on": row["progress_on"],
                    "note": note, "made_at": moment(row["progress_on"]),
                }  # fmt: skip

    bulk.add(TargetStep, told())


def _next(ids: Sequence[int], rows: Sequence[dict[str, Any]], today: date) -> None:
    """A third of those somebody still goes after have a next step; some of them are overdue."""

    def told() -> Iterable[dict[str, Any]]:
        for number, (target_id, row) in enumerate(zip(ids, rows, strict=True)):
            if row["project_id"] or row["progress"] is LinkProgress.GIVEN_UP or number % 3:
                continue
            due = today + timedelta(days=(-12, 2, 9, 21, -4, 35)[number // 3 % 6])
            yield {
                "kind": DutyKind.FOLLOWUP, "state": DutyState.OPEN, "what": _STEPS[number % 4],
                "zone_id": row["zone_id"], "company_id": row["company_id"], "owner_id": row["owner_id"],
                "due_on": due, "first_due_on": due, "origin": f"target:{target_id}",
                "created_by": row["owner_id"], "created_at": moment(today - timedelta(days=15)),
            }  # fmt: skip

    bulk.add(Followup, told())


def _linked(company_id: int, zone_id: int | None, owner_id: int | None) -> int:
    link = CompanyLink(company_id=company_id, zone_id=zone_id, owner_id=owner_id)
    db.session.add(link)
    db.session.flush()
    return link.id


def _of_the_city(cast: Cast, places: Sequence[_Place], today: date) -> None:
    """The bureau's own list for the missing links, which no zone sees; two of them are given up."""
    bureau = cast.users["bureau"]
    wanted = [p for p in places if p.action in (ChainAction.BUILD, ChainAction.FILL) and p.project_id is None]
    for number, place in enumerate(wanted[:14]):
        link_id = _linked(place.company_id, None, bureau)
        db.session.add(LinkNode(link_id=link_id, node_id=place.node_id))
        target = Target(**_target(cast, number, place, today))
        target.zone_id, target.owner_id, target.created_by = None, bureau, bureau
        target.project_id = target.converted_at = target.chain_action = None
        db.session.add(target)
    db.session.flush()


def _waiting(cast: Cast, places: Sequence[_Place], today: date) -> None:
    """A list without links, brought in last week: companies of other zones' acquaintance, whose link nobody has confirmed."""
    zone = cast.zones["LYG-ETDZ"]
    mine = {place.company_id for place in places if place.zone_id == zone.id}
    seen: set[int] = set()
    for place in places:
        if place.company_id in mine or place.company_id in seen or len(seen) == 24:
            continue
        seen.add(place.company_id)
        owner = cast.officers[zone.id][len(seen) % 2]
        _linked(place.company_id, zone.id, owner)
        db.session.add(
            Target(
                company_id=place.company_id, zone_id=zone.id, progress=LinkProgress.UNTOUCHED,
                progress_on=today - timedelta(days=6), owner_id=owner, source=TargetSource.PROPOSED,
                is_demo=True, created_by=owner,
            )
        )  # fmt: skip
    db.session.flush()


def _campaigns(cast: Cast, ids: Sequence[int], places: Sequence[_Place], today: date) -> None:
    zones = cast.zones
    told = (
        (
            "产业链补链百日行动",
            None,
            cast.users["bureau"],
            -40,
            60,
            (ChainAction.BUILD, ChainAction.FILL),
            None,
        ),
        ("长三角新材料招商月", "LYG-ETDZ", cast.users["officer"], -12, 18, None, "LYG-ETDZ"),
        ("石化下游延链专题", "LYG-XUWEI", cast.users["officer2"], -200, -110, None, "LYG-XUWEI"),
    )
    for name, zone, owner, begins, ends, actions, of_zone in told:
        campaign = Campaign(
            name=name, zone_id=zones[zone].id if zone else None, owner_id=owner, is_demo=True, created_by=owner,
            starts_on=today + timedelta(days=begins), ends_on=today + timedelta(days=ends),
            note="对照产业链缺口，逐家拜访，每周通报进度。",
        )  # fmt: skip
        db.session.add(campaign)
        db.session.flush()
        fitting = [
            (target_id, place.node_id)
            for target_id, place in zip(ids, places, strict=True)
            if (actions is None or place.action in actions)
            and (of_zone is None or place.zone_id == zones[of_zone].id)
        ]
        # Spread over the list, so that every progress is met.
        chosen = fitting[:: max(len(fitting) // 36, 1)][:36]
        nodes = sorted({node_id for _, node_id in chosen})
        bulk.add(CampaignNode, [{"campaign_id": campaign.id, "node_id": node} for node in nodes])
        bulk.add(CampaignTarget, [{"campaign_id": campaign.id, "target_id": t} for t, _ in chosen])
