"""Whom we approach for a chain and what does not move: what its leader (链长) asks about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import case, func, select

from crm.accounts.models import User
from crm.chains.models import ChainNode
from crm.core.actor import Actor
from crm.core.db import db
from crm.pipeline.queries import stuck as norms
from crm.projects.models import Project
from crm.projects.queries import Filter
from crm.projects.rules import Stage
from crm.targeting.models import Target
from crm.targeting.queries.front import FAR, live
from crm.targeting.queries.rows import TargetRow, base, last_contact, rows
from crm.zones.models import Zone


def approached(actor: Actor, chain_id: int, zone_id: int | None = None, most: int = 60) -> list[TargetRow]:
    """Live targets of a chain, the furthest first and of those the longest without contact. Two statements."""
    last = last_contact()
    query = base(Target.id).where(*live(actor, chain_id, zone_id))
    query = query.order_by(case(FAR, value=Target.progress), last.asc().nulls_first(), Target.id).limit(most)
    ids = db.session.scalars(query).all()
    found = {row.id: row for row in rows(actor, ids)}
    return [found[key] for key in ids if key in found]


@dataclass(frozen=True, slots=True)
class StuckProject:
    """A live project of the chain that stays in its stage longer than the norm; `over` is by how many days."""

    code: str
    name: str
    node: str
    zone: str
    stage: Stage
    owner: str
    over: int


def stuck(
    actor: Actor, chain_id: int, today: date, zone_id: int | None = None, most: int = 12
) -> Sequence[StuckProject]:
    """The furthest over their norm first. Two statements."""
    worst = norms.worst(actor, Filter(chain_id=chain_id, zone_id=zone_id), today, most)
    over = dict(worst)
    rows: Any = db.session.execute(
        select(
            Project.id,
            Project.code,
            Project.name,
            func.coalesce(ChainNode.name, ""),
            func.coalesce(Zone.short_name, ""),
            Project.stage,
            func.coalesce(User.name, ""),
        )
        .outerjoin(ChainNode, ChainNode.id == Project.node_id)
        .outerjoin(Zone, Zone.id == Project.zone_id)
        .outerjoin(User, User.id == Project.owner_id)
        .where(Project.id.in_(over))
    )
    found = {
        project_id: StuckProject(code, name, node, zone, stage, owner, over[project_id])
        for project_id, code, name, node, zone, stage, owner in rows
    }
    return [found[project_id] for project_id, _ in worst]
