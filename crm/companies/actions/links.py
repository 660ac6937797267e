"""A zone's link to a company: progress, owner, notes, nodes of the chains."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import delete, insert, select

from crm.accounts import permissions
from crm.audit import actions as audit
from crm.chains.models import ChainNode
from crm.companies import queries, rules
from crm.companies.models import Company, CompanyLink, LinkNode
from crm.companies.rules import LinkDraft, LinkProgress
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import RuleBroken

#: What stands above companies and goes with a link's progress (targets at the links of a chain) keeps itself in line.
Follower = Callable[[Actor, CompanyLink], None]
_followers: list[Follower] = []


def follow_by(follower: Follower) -> None:
    """Told from above: called once somebody, or a visit, has changed a link's progress."""
    _followers.append(follower)


def _tell_followers(actor: Actor, link: CompanyLink) -> None:
    for follower in _followers:
        follower(actor, link)


def _subject(company: Company, link: CompanyLink) -> audit.Subject:
    return audit.Subject("company_link", link.id, company.name, zone_id=link.zone_id, company_id=company.id)


def ensure_link(
    actor: Actor, company: Company, zone_id: int | None, at_least: LinkProgress | None = None
) -> CompanyLink:
    """The zone's link to the company, made if it is not there; `at_least` moves its progress forward, never back.

    For actions of any feature that have checked already that the actor may act for this zone.
    """
    link = queries.link_of(company.id, zone_id)
    if link is None:
        link = CompanyLink(
            company_id=company.id,
            zone_id=zone_id,
            owner_id=actor.user_id if actor.zone_id == zone_id else None,
            progress=at_least or LinkProgress.UNTOUCHED,
            created_by=actor.user_id,
        )
        db.session.add(link)
        db.session.flush()
        audit.record(actor, "company.linked", _subject(company, link))
    elif at_least and (progress := rules.further(link.progress, at_least)) is not link.progress:
        audit.record(
            actor,
            "company.link_edited",
            _subject(company, link),
            {"progress": (link.progress.value, progress.value)},
        )
        link.progress = progress
        db.session.flush()
        _tell_followers(actor, link)
    return link


def advance_link(actor: Actor, company_id: int, zone_id: int | None, at_least: LinkProgress) -> None:
    """`ensure_link` for whoever needs no link: mostly it has come so far already, which one narrow read tells."""
    now = queries.progress_of(company_id, zone_id)
    if now is None or rules.further(now, at_least) is not now:
        ensure_link(actor, db.session.get_one(Company, company_id), zone_id, at_least)


def settle(actor: Actor, link: CompanyLink, progress: LinkProgress) -> None:
    """The progress that follows from what stands above; nobody is told again."""
    if link.progress is progress:
        return
    company = db.session.get_one(Company, link.company_id)
    diff = {"progress": (link.progress.value, progress.value)}
    link.progress = progress
    db.session.flush()
    audit.record(actor, "company.link_edited", _subject(company, link), diff)


def join_nodes(link: CompanyLink, node_ids: Iterable[int]) -> None:
    """The company belongs to these nodes too, in the zone's eyes; those it has stay."""
    there = set(db.session.scalars(select(LinkNode.node_id).where(LinkNode.link_id == link.id)))
    if added := sorted(set(node_ids) - there):
        db.session.execute(insert(LinkNode), [{"link_id": link.id, "node_id": node} for node in added])


def link(actor: Actor, company: Company) -> CompanyLink:
    """Links the actor's own zone (the city for the bureau); doing it twice changes nothing."""
    actor.require(permissions.PROJECT_WRITE)
    return ensure_link(actor, company, actor.zone_id)


def edit_link(actor: Actor, link: CompanyLink, draft: LinkDraft) -> None:
    """`link` was found with PROJECT_WRITE. The owner has to hold a post in the zone."""
    actor.require(permissions.PROJECT_WRITE)
    if len(draft.notes) > 10_000:
        raise RuleBroken("备注最多 10000 个字，请缩短。", "notes")
    if len(draft.source) > 60:
        raise RuleBroken("线索来源最多 60 个字，请缩短。", "source")
    if draft.owner_id is not None and draft.owner_id != link.owner_id:
        people = dict(queries.owners(link.zone_id, clock.today()))
        if draft.owner_id not in people:
            raise RuleBroken("责任人不在这个板块任职，请另选。", "owner_id")
    company = db.session.get_one(Company, link.company_id)
    before = facts(link)
    for field in ("progress", "owner_id", "notes", "source"):
        setattr(link, field, getattr(draft, field))
    _set_nodes(link, draft.node_ids)
    # Nodes stand in a table of their own; touching the row keeps its version and moment true for them too.
    link.updated_at = clock.now()
    db.session.flush()
    if diff := audit.difference(before, facts(link)):
        audit.record(actor, "company.link_edited", _subject(company, link), diff)
    if before["progress"] != link.progress.value:
        _tell_followers(actor, link)


def _set_nodes(link: CompanyLink, node_ids: tuple[int, ...]) -> None:
    there = set(db.session.scalars(select(LinkNode.node_id).where(LinkNode.link_id == link.id)))
    wanted = set(node_ids)
    known = set(db.session.scalars(select(ChainNode.id).where(ChainNode.id.in_(wanted)))) if wanted else set()
    if wanted - known:
        raise RuleBroken("没有这个产业链环节，请从列表里选。", "nodes")
    if gone := there - wanted:
        db.session.execute(delete(LinkNode).where(LinkNode.link_id == link.id, LinkNode.node_id.in_(gone)))
    if added := sorted(wanted - there):
        db.session.execute(insert(LinkNode), [{"link_id": link.id, "node_id": node} for node in added])


def facts(link: CompanyLink) -> dict[str, Any]:
    """The link as the audit compares it."""
    codes = db.session.scalars(
        select(ChainNode.code)
        .join(LinkNode, LinkNode.node_id == ChainNode.id)
        .where(LinkNode.link_id == link.id)
        .order_by(ChainNode.code)
    )
    return {
        "progress": link.progress.value,
        "owner_id": link.owner_id,
        "notes": link.notes,
        "source": link.source,
        "nodes": "、".join(codes),
    }


def give_links(actor: Actor, ids: Sequence[int], owner_id: int) -> None:
    """Links of somebody who leaves; notes and contacts stay with the link. The caller has checked who may and to whom."""
    rows = db.session.execute(
        select(CompanyLink, Company)
        .join(Company, Company.id == CompanyLink.company_id)
        .where(CompanyLink.id.in_(ids))
        .order_by(CompanyLink.id)
    )
    for link, company in rows:
        before, link.owner_id = link.owner_id, owner_id
        audit.record(actor, "company.link_edited", _subject(company, link), {"owner_id": (before, owner_id)})
    db.session.flush()
