"""Invented companies with links, contacts and their places in the chains."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import select

from crm.chains.models import Chain, ChainNode
from crm.companies import phones
from crm.companies.models import Company, CompanyAlias, CompanyLink, Contact, LinkNode
from crm.companies.rules import CompanyKind, LinkProgress
from crm.core import search, text
from crm.core.db import db
from crm.demo import bulk
from crm.demo.people import Cast
from crm.demo.words import Words

#: The demo's own zones have the most to show; the others 2 each.
_WEIGHT_OF_ZONE = {
    "LYG-ETDZ": 9,
    "LYG-XUWEI": 5,
    "LYG-GYMARINE": 4,
    "LYG-GANYU": 4,
    "LYG-CBZ": 1,
    "LYG-SCO": 1,
}
INDUSTRIES = (
    "化学原料",
    "医药制造",
    "专用设备",
    "电气机械",
    "电子设备",
    "食品制造",
    "黑色金属",
    "非金属矿物",
    "汽车制造",
    "新能源",
)
_KINDS = (
    CompanyKind.PRIVATE,
    CompanyKind.PRIVATE,
    CompanyKind.LISTED,
    CompanyKind.STATE,
    CompanyKind.FOREIGN,
)
_USCC_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


@dataclass(frozen=True, slots=True)
class Node:
    id: int
    chain: str
    product: str


@dataclass(frozen=True, slots=True)
class Firm:
    """A company as the rest of the demo needs it."""

    id: int
    name: str
    short: str
    zone_id: int
    node: Node
    contacts: tuple[int, ...]


def uscc(random: Random) -> str:
    """A well-formed code with a right check digit in a range that is not issued (region 999999)."""
    body = "91999999MA" + "".join(random.choice(_USCC_SIGNS) for _ in range(7))
    total = sum(_USCC_SIGNS.index(sign) * weight for sign, weight in zip(body, _WEIGHTS, strict=True))
    return body + _USCC_SIGNS[(31 - total % 31) % 31]


def nodes_of_zones(cast: Cast) -> dict[int, list[Node]]:
    """Leaf nodes of the chains that suit each zone (all chains where none names it)."""
    rows = db.session.execute(
        select(Chain.code, Chain.zone_codes, ChainNode.id, ChainNode.name, ChainNode.products)
        .join(ChainNode, ChainNode.chain_id == Chain.id)
        .where(ChainNode.parent_id.is_not(None))
        .order_by(ChainNode.id)
    ).all()
    found: dict[int, list[Node]] = {zone.id: [] for zone in cast.zones.values()}
    everything = []
    for chain, zones, node_id, name, products in rows:
        node = Node(node_id, chain, (products or [name])[0])
        everything.append(node)
        for code in zones:
            if code in cast.zones:
                found[cast.zones[code].id].append(node)
    return {zone_id: nodes or everything for zone_id, nodes in found.items()}


def _company(random: Random, words: Words, name: str, short: str) -> dict[str, Any]:
    region, city = words.city()
    tokens, searched = search.columns(name, short)
    return {
        "name": name,
        "short_name": short,
        "key": text.company_identity(name),
        "loose_key": text.company_key(name),
        "sort_key": text.sort_key(name)[:80],
        "uscc": uscc(random),
        "kind": random.choice(_KINDS),
        "region": region,
        "city": city,
        "industry": random.choice(INDUSTRIES),
        "founded_on": date(random.randrange(1995, 2022), random.randrange(1, 13), random.randrange(1, 28)),
        "registered_capital": Decimal(random.choice((1000, 3000, 5000, 12000, 50000))),
        "business": f"{short}相关产品的研发、生产和销售。",
        "search_tokens": tokens,
        "search_text": searched,
        "is_demo": True,
    }


def _apart(random: Random, rows: list[dict[str, Any]]) -> None:
    """Draws a code again that another company has: among a hundred thousand drawn ones some meet."""
    taken: set[str] = set()
    for row in rows:
        while row["uscc"] in taken:
            row["uscc"] = uscc(random)
        taken.add(row["uscc"])


def make(
    random: Random, words: Words, cast: Cast, many: int, named: dict[str, tuple[str, Node]]
) -> list[Firm]:
    """`named` maps a headline's short name to (zone code, node): those come first, then `many` others."""
    nodes = nodes_of_zones(cast)
    plans: list[tuple[str, str, int, Node]] = []
    for short, (zone_code, node) in named.items():
        name = f"{short}（演示）有限公司"
        words.used.add(name)
        plans.append((name, short, cast.zones[zone_code].id, node))
    zone_ids = sorted(nodes)
    code_of = {z.id: z.code for z in cast.zones.values()}
    weights = [_WEIGHT_OF_ZONE.get(code_of[z], 2) for z in zone_ids]
    for zone_id in random.choices(zone_ids, weights, k=many):
        name, short = words.company()
        plans.append((name, short, zone_id, random.choice(nodes[zone_id])))
    rows = [_company(random, words, name, short) for name, short, _, _ in plans]
    _apart(random, rows)
    ids = bulk.add_with_ids(Company, rows)
    bulk.add(CompanyAlias, [
        {"company_id": i, "alias": short, "key": text.company_identity(short), "kind": "short"}
        for i, (_, short, _, _) in zip(ids, plans, strict=True)
    ])  # fmt: skip
    links = _links(random, cast, ids, plans)
    bulk.add(LinkNode, [{"link_id": link, "node_id": p[3].id} for link, p in zip(links, plans, strict=True)])
    contacts = _contacts(random, words, ids, plans)
    return [Firm(i, p[0], p[1], p[2], p[3], contacts[i]) for i, p in zip(ids, plans, strict=True)]


def _links(random: Random, cast: Cast, ids: list[int], plans: list[tuple[str, str, int, Node]]) -> list[int]:
    progress = (
        LinkProgress.UNTOUCHED,
        LinkProgress.CONTACTED,
        LinkProgress.TALKING,
        LinkProgress.TALKING,
        LinkProgress.GIVEN_UP,
    )
    rows = [
        {
            "company_id": company_id,
            "zone_id": zone_id,
            "owner_id": random.choice(cast.officers[zone_id]),
            "progress": random.choice(progress),
            "source": random.choice(("自行接洽", "以商引商", "驻点招商", "商会协会")),
            "notes": "",
        }
        for company_id, (_, _, zone_id, _) in zip(ids, plans, strict=True)
    ]
    return bulk.add_with_ids(CompanyLink, rows)


def _contacts(
    random: Random, words: Words, ids: list[int], plans: list[tuple[str, str, int, Node]]
) -> dict[int, tuple[int, ...]]:
    rows: list[dict[str, Any]] = []
    for company_id, (_, _, zone_id, _) in zip(ids, plans, strict=True):
        for number in range(random.choice((1, 1, 2))):
            phone = phones.read(words.phone())
            rows.append({
                "company_id": company_id, "zone_id": zone_id, "name": words.person(), "post": words.post(), "main": number == 0,
                "phone": phone.number, "phone_mask": phone.mask, "phone_hash": phone.hash, "phone_tail_hash": phone.tail_hash,
            })  # fmt: skip
    found: dict[int, tuple[int, ...]] = {}
    for row, contact_id in zip(rows, bulk.add_with_ids(Contact, rows), strict=True):
        found[row["company_id"]] = (*found.get(row["company_id"], ()), contact_id)
    return found
