"""A target becomes a project: the link both ways and what its node called for on that day are kept."""

from datetime import date, datetime

from crm.accounts.permissions import PROJECT_WRITE
from crm.chains import queries as chains
from crm.chains.rules import ChainAction, action_of
from crm.companies import queries as companies
from crm.companies.rules import LinkProgress
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.followups import actions as followups
from crm.projects import actions as projects
from crm.projects.models import Project
from crm.projects.rules import Source
from crm.projects.rules.drafts import Investor, ProjectDraft
from crm.targeting import queries
from crm.targeting.actions import targets
from crm.targeting.models import Target
from crm.targeting.rules import targets as rules
from crm.targeting.rules.targets import ConversionDraft


def convert(
    actor: Actor, target: Target, draft: ConversionDraft, today: date, now: datetime
) -> tuple[Project, bool]:
    """(project, made or joined now). A target that is a project already answers with that project and changes nothing.

    A new project is a lead of the target's zone at its node; its own chain action is stored at its signing (decision 15).
    """
    actor.require(PROJECT_WRITE)
    # Two people at the same moment: the second waits here and finds the project.
    db.session.refresh(target, with_for_update=True)
    if target.project_id is not None:
        return db.session.get_one(Project, target.project_id), False
    _check(target)
    find = _joined if draft.project_id else _opened
    project = find(actor, target, draft, today)
    # Asked before anything is set: the question flushes, and a half-converted row is refused.
    called_for = _called_for(target)
    target.project_id, target.chain_action = project.id, called_for
    target.converted_by, target.converted_at = actor.user_id, now
    targets.moved(actor, target, LinkProgress.TALKING, today, f"转为项目 {project.code}", "target.converted")
    targets.settle(actor, target.company_id, target.zone_id)
    duty = queries.own_duty(target.id)
    if duty is not None and duty.project_id is None:
        followups.attach(actor, duty, project)
    return project, True


def _check(target: Target) -> None:
    rules.check_live(target.progress, False, targets.name_of(target))
    if target.node_id is None:
        raise RuleBroken("还没有确认产业链环节。请先确认环节，再转为项目。", "node_id")


def _called_for(target: Target) -> ChainAction | None:
    node = chains.node(target.node_id or 0)
    return action_of(node.state, node.action) if node else None


def _opened(actor: Actor, target: Target, draft: ConversionDraft, today: date) -> Project:
    values = {
        "name": draft.name.strip() or proposed_name(target),
        "node_id": target.node_id,
        "owner_id": target.owner_id,
        "source": Source.CHAIN,
    }
    if target.entry_kind or target.entry_note:
        kind = target.entry_kind.label if target.entry_kind else ""
        values["source_note"] = "，".join(filter(None, (kind, target.entry_note)))[:200]
    zone_id = target.zone_id if target.zone_id is not None else draft.zone_id
    return projects.create(actor, ProjectDraft(values, Investor(id=target.company_id), zone_id), today)


def _joined(actor: Actor, target: Target, draft: ConversionDraft, today: date) -> Project:
    """A project that is there already takes the target's node where it has none."""
    known = {project.id for project in queries.linkable(actor, target)}
    if draft.project_id not in known:
        raise RuleBroken("这个项目不是本板块与这家企业的在推项目，请另选。", "project_id")
    project = db.session.get_one(Project, draft.project_id)
    if project.node_id is None:
        projects.edit(actor, project, ProjectDraft({"node_id": target.node_id}), today)
    return project


def proposed_name(target: Target) -> str:
    """企业环节项目, as ledgers name them."""
    company = companies.names([target.company_id]).get(target.company_id, "")
    return f"{company}{targets.node_name(target.node_id) or ''}项目"[:200]
