"""Fills an empty product with a believable city. Deterministic for a given day and scale."""

from datetime import date
from random import Random

from sqlalchemy import select

from crm.accounts import queries as accounts
from crm.accounts.models import User
from crm.companies.models import Company
from crm.core import memo
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.demo import (
    catalogue,
    days,
    deals,
    disputes,
    filings,
    firms,
    gates,
    handovers,
    investments,
    kept,
    ledger,
    milestones,
    outings,
    promises,
    questions,
    reminding,
    rights,
    targets,
    transfers,
    twins,
)
from crm.demo.people import Cast, cast
from crm.demo.words import Words
from crm.zones import actions as zones
from crm.zones.models import Plan

COMPANIES, PROJECTS = 370, 121
SAMPLE_PLAN = "LYG-2022-2025"


def present() -> bool:
    """Whether demo accounts exist here."""
    return db.session.scalar(select(User.id).where(User.is_demo).limit(1)) is not None


def everything(today: date, scale: int = 1) -> dict[str, int]:
    """Rows made, by kind. Refused over real data; a second call with the demo present changes nothing. No commit."""
    if present():
        return {}
    if db.session.scalar(select(Company.id).limit(1)) is not None:
        raise RuleBroken("这里已经有业务数据，不能再载入演示数据。请换一个空的数据目录。")
    memo.begin()
    # The seed is not a secret: the same day and scale must give the same city.
    random = Random(f"{today.isoformat()}-{scale}")  # noqa: S311
    words = Words(random)
    people = cast(words)
    _plan(today)
    leaf: dict[str, firms.Node] = {}
    for nodes in firms.nodes_of_zones(people).values():
        for node in nodes:
            leaf.setdefault(node.chain, node)
    made = firms.make(random, words, people, COMPANIES * scale, deals.headline_firms(leaf))
    by_short = {firm.short: firm for firm in made}
    all_deals = [
        *deals.told(people, by_short, today),
        *deals.invented(random, words, people, made, PROJECTS * scale, today),
    ]
    ids = ledger.write(random, people, all_deals, today)
    pairs = list(zip(ids, all_deals, strict=True))
    ledger.notes(random, pairs, today)
    days.write(random, people, pairs, today)
    _around(random, people, pairs, today, scale)
    return {"companies": len(made), "projects": len(ids)}


def _around(
    random: Random, people: Cast, pairs: list[tuple[int, deals.Deal]], today: date, scale: int
) -> None:
    """What stands around the projects once they and their visits are there; what comes later reads what came before."""
    # A source of chance of its own: what the rest of the demo draws stays as it was.
    outings.write(Random(f"outings-{today.isoformat()}-{scale}"), people, today)  # noqa: S311
    rights.write(people, pairs, today)
    gates.write(today)
    investments.write(random, people, pairs, today)
    milestones.write(people, pairs, today)
    promises.write(people, pairs, today)
    questions.write(people, pairs, today)
    filings.write(people, pairs, today)
    disputes.write(people, today)
    targets.write(people, today)
    transfers.write(people, today)
    handovers.write(people, today)
    catalogue.write(people, today)
    kept.write(today)
    twins.write(today)
    reminding.write(people, today)


def _plan(today: date) -> None:
    """The current year under a copy of the sample plan (decision 14)."""
    sample = db.session.scalars(select(Plan).where(Plan.code == SAMPLE_PLAN)).one()
    if sample.first_year <= today.year <= sample.last_year:
        return
    first = today.year - (today.year - 2026) % 5
    zones.copy_plan(
        accounts.system(),
        sample,
        code=f"LYG-{first}-{first + 4}",
        title=_TITLE,
        first_year=first,
        last_year=first + 4,
    )


_TITLE = "连云港市开发区重大项目招引计划（演示）"
