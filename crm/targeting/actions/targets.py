"""Putting a company on the list, saying more of it, moving it on, giving it up and taking it up again."""

from datetime import date
from typing import Any

from crm.accounts.permissions import PROJECT_WRITE
from crm.audit import actions as audit
from crm.chains import queries as chains
from crm.companies import actions as companies
from crm.companies import queries as company_queries
from crm.companies.models import Company, CompanyLink
from crm.companies.rules import LinkProgress
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict, RuleBroken
from crm.followups import actions as followups
from crm.followups.models import Followup
from crm.targeting import queries
from crm.targeting.models import Target, TargetStep
from crm.targeting.rules import targets as rules
from crm.targeting.rules.targets import TargetDraft, TargetSource

_FIELDS = ("entry_kind", "entry_note", "standing", "owner_id")


def subject(target: Target) -> audit.Subject:
    company = db.session.get_one(Company, target.company_id)
    return audit.Subject(
        "target",
        target.id,
        company.name,
        zone_id=target.zone_id,
        project_id=target.project_id,
        company_id=target.company_id,
    )


def add(
    actor: Actor,
    company: Company,
    draft: TargetDraft,
    today: date,
    *,
    zone_id: int | None = None,
    source: TargetSource = TargetSource.MANUAL,
    batch_id: int | None = None,
) -> tuple[Target, bool]:
    """(target, made): the zone's target for the company at the draft's node; one that is there already is given back.

    `zone_id` is the actor's own where he has one; the bureau may name a zone or none (the city's own list). A target that
    waits for a node (待定环节) takes the node it is now given.
    """
    actor.require(PROJECT_WRITE)
    zone_id = actor.zone_id if actor.zone_id is not None else zone_id
    rules.check(draft)
    _check_node(draft.node_id)
    _check_owner(draft.owner_id, zone_id)
    there = queries.at(company.id, draft.node_id, zone_id)
    if there is not None:
        return there, False
    waiting = queries.at(company.id, None, zone_id) if draft.node_id is not None else None
    if waiting is not None:
        place(actor, waiting, [draft.node_id or 0], today)
        fill(actor, waiting, draft)
        return waiting, False
    link = companies.ensure_link(actor, company, zone_id)
    others = [t.progress for t in queries.siblings(company.id, zone_id)]
    target = Target(
        company_id=company.id,
        node_id=draft.node_id,
        zone_id=zone_id,
        progress=rules.first_progress(link.progress, others),
        progress_on=today,
        source=source,
        batch_id=batch_id,
        created_by=actor.user_id,
        **{name: getattr(draft, name) for name in _FIELDS},
    )
    if target.owner_id is None and actor.zone_id is not None:
        target.owner_id = actor.user_id
    db.session.add(target)
    db.session.flush()
    step(actor, target, None, today)
    _joined(actor, target, link)
    audit.record(actor, "target.added", subject(target), {"node_id": (None, node_name(target.node_id))})
    return target, True


def _joined(actor: Actor, target: Target, link: CompanyLink) -> None:
    if target.node_id is not None:
        companies.join_nodes(link, [target.node_id])
    settle(actor, target.company_id, target.zone_id, link)


def edit(actor: Actor, target: Target, draft: TargetDraft) -> None:
    """`target` was found with PROJECT_WRITE. The node is `place`'s business."""
    actor.require(PROJECT_WRITE)
    rules.check(draft)
    if draft.owner_id != target.owner_id:
        _check_owner(draft.owner_id, target.zone_id)
    before = facts(target)
    for name in _FIELDS:
        setattr(target, name, getattr(draft, name))
    saved(actor, target, before)


def fill(actor: Actor, target: Target, draft: TargetDraft) -> None:
    """Takes over what the target lacks; blanks never erase."""
    said = [getattr(draft, name) or getattr(target, name) for name in _FIELDS]
    edit(actor, target, TargetDraft(target.node_id, *said))


def assign(actor: Actor, target: Target, owner_id: int) -> None:
    actor.require(PROJECT_WRITE)
    _check_owner(owner_id, target.zone_id)
    before = facts(target)
    target.owner_id = owner_id
    saved(actor, target, before)


def place(actor: Actor, target: Target, node_ids: list[int], today: date) -> list[Target]:
    """Says at which links the company belongs: the first becomes this target's, each further one a target of its own.

    For a target that waits for its node, and to correct a wrong one.
    """
    actor.require(PROJECT_WRITE)
    if not node_ids:
        raise RuleBroken("环节没有选。请至少选一个。", "node_id")
    if target.project_id is not None:
        raise Conflict("已转为项目，环节请在项目里改。")
    first, *others = dict.fromkeys(node_ids)
    _check_node(first)
    company = db.session.get_one(Company, target.company_id)
    there = queries.at(target.company_id, first, target.zone_id)
    if there is not None and there.id != target.id:
        raise Conflict(f"“{company.name}”已在这个环节的清单里，请另选环节。")
    before = facts(target)
    target.node_id = first
    link = companies.ensure_link(actor, company, target.zone_id)
    companies.join_nodes(link, [first])
    saved(actor, target, before)
    made = [target]
    draft = TargetDraft(None, target.entry_kind, target.entry_note, target.standing, target.owner_id)
    for node_id in others:
        more = TargetDraft(node_id, *[getattr(draft, name) for name in _FIELDS])
        made.append(add(actor, company, more, today, zone_id=target.zone_id, source=target.source)[0])
    return made


# --- progress ---------------------------------------------------------------------------------------


def move(actor: Actor, target: Target, progress: LinkProgress, note: str, today: date) -> None:
    """Moves a live target to another progress; giving up has its own verb."""
    actor.require(PROJECT_WRITE)
    rules.check_live(target.progress, target.project_id is not None, name_of(target))
    if progress is LinkProgress.GIVEN_UP:
        raise RuleBroken("放弃要写原因。请用“放弃”。", "progress")
    if progress is not target.progress:
        moved(actor, target, progress, today, note)
        settle(actor, target.company_id, target.zone_id)
    elif note.strip():
        _noted(actor, target, today, note)


def _noted(actor: Actor, target: Target, today: date, note: str) -> None:
    """What was said without moving on stays among the steps; the day of its progress stays too."""
    step(actor, target, target.progress, today, note)
    touch(target)
    audit.record(actor, "target.moved", subject(target), note=note)


def give_up(actor: Actor, target: Target, reason: str, today: date) -> Followup | None:
    """Answers the next step that ended with it."""
    actor.require(PROJECT_WRITE)
    rules.check_live(target.progress, target.project_id is not None, name_of(target))
    said = rules.check_reason(reason)
    target.given_up_reason = said
    moved(actor, target, LinkProgress.GIVEN_UP, today, said, code="target.given_up")
    ended = _let_go(actor, target, said)
    settle(actor, target.company_id, target.zone_id)
    return ended


def _let_go(actor: Actor, target: Target, reason: str) -> Followup | None:
    """Nobody is reminded of the next step with a company that was given up."""
    duty = queries.own_duty(target.id)
    if duty is not None:
        followups.cancel(actor, duty, f"靶向企业已放弃：{reason}")
    return duty


def take_up(actor: Actor, target: Target, today: date) -> None:
    """Begins anew where the zone stands with the company. What was said on giving up stays in the steps."""
    actor.require(PROJECT_WRITE)
    if target.progress is not LinkProgress.GIVEN_UP:
        raise Conflict("这家企业没有放弃，不用重新启用。请刷新页面。")
    link = company_queries.link_of(target.company_id, target.zone_id)
    others = [t.progress for t in queries.siblings(target.company_id, target.zone_id) if t.id != target.id]
    begins = rules.first_progress(link.progress, others) if link else LinkProgress.UNTOUCHED
    target.given_up_reason = ""
    moved(actor, target, begins, today, code="target.taken_up")
    settle(actor, target.company_id, target.zone_id)


def moved(
    actor: Actor,
    target: Target,
    progress: LinkProgress,
    today: date,
    note: str = "",
    code: str = "target.moved",
) -> None:
    """One step, kept for good; the zone's link is the caller's business."""
    before = target.progress
    target.progress, target.progress_on = progress, today
    db.session.flush()
    step(actor, target, before, today, note)
    audit.record(actor, code, subject(target), {"progress": (before.value, progress.value)}, note=note)


def step(actor: Actor, target: Target, before: LinkProgress | None, today: date, note: str = "") -> None:
    db.session.add(
        TargetStep(
            target_id=target.id,
            before=before,
            after=target.progress,
            on=today,
            note=note.strip()[: rules.REASON_MOST],
            made_by=actor.user_id,
        )
    )
    db.session.flush()


def settle(actor: Actor, company_id: int, zone_id: int | None, link: CompanyLink | None = None) -> None:
    """The zone's link shows the furthest of its targets."""
    link = link or company_queries.link_of(company_id, zone_id)
    if link is not None:
        each = [target.progress for target in queries.siblings(company_id, zone_id)]
        companies.settle(actor, link, rules.of_link(each, link.progress))


def follow(actor: Actor, link: CompanyLink) -> None:
    """Somebody (or a visit) has changed the link's own progress: its targets go along."""
    each = {t.id: t for t in queries.siblings(link.company_id, link.zone_id) if t.project_id is None}
    wanted = rules.followed({key: t.progress for key, t in each.items()}, link.progress)
    for key, progress in wanted.items():
        if progress is LinkProgress.GIVEN_UP:
            each[key].given_up_reason = "随企业联系一并放弃"
        moved(actor, each[key], progress, clock.today(), "随企业联系")
        if progress is LinkProgress.GIVEN_UP:
            _let_go(actor, each[key], "随企业联系一并放弃")


# --- checks and words ---------------------------------------------------------------------------------


def facts(target: Target) -> dict[str, Any]:
    """A target as the audit compares it."""
    said = {name: getattr(target, name) for name in _FIELDS}
    return {**said, "node_id": node_name(target.node_id)}


def touch(target: Target) -> None:
    """What hangs on a target stands in tables of its own; its version and moment stay true for that too."""
    target.updated_at = clock.now()
    db.session.flush()


def saved(actor: Actor, target: Target, before: dict[str, Any]) -> None:
    db.session.flush()
    if diff := audit.difference(before, facts(target)):
        audit.record(actor, "target.edited", subject(target), diff)


def node_name(node_id: int | None) -> str | None:
    node = chains.node(node_id) if node_id is not None else None
    return node.name if node else None


def _check_node(node_id: int | None) -> None:
    if node_id is None:
        return
    node = chains.node(node_id)
    if node is None or not node.active:
        raise RuleBroken("没有这个产业链环节，请从列表里选。", "node_id")


def _check_owner(owner_id: int | None, zone_id: int | None) -> None:
    if owner_id is None:
        return
    if owner_id not in dict(company_queries.owners(zone_id, clock.today())):
        raise RuleBroken("责任人不在这个板块任职，请另选。", "owner_id")


def name_of(target: Target) -> str:
    return db.session.get_one(Company, target.company_id).name
