"""What an acceptance means for the project's stage: the first step after the lead, through the pipeline's own gate."""

from datetime import date

from crm.accounts import permissions as p
from crm.core.actor import Actor
from crm.core.errors import Forbidden, RuleBroken
from crm.pipeline import actions as pipeline
from crm.pipeline import queries as gates
from crm.projects.models import Project
from crm.projects.rules import Stage, Status


def into_library(actor: Actor, project: Project, today: date) -> str:
    """线索 → 在库 in the same transaction; where the gate refuses, says what is missing and leaves the acceptance alone."""
    if project.stage is not Stage.LEAD or project.status is not Status.ACTIVE or not actor.can(p.STAGE_MOVE):
        return ""
    try:
        pipeline.move_stage(actor, project, Stage.FILED, "报备已受理", today)
    except (RuleBroken, Forbidden) as refused:
        return f"项目仍在{Stage.LEAD.label}：{refused.message}"
    return f"项目已进入{Stage.FILED.label}。"


def still_lacks(actor: Actor, project: Project) -> list[str]:
    """What keeps an accepted project in the leads; empty when it has moved on or nothing is missing."""
    if project.stage is not Stage.LEAD or project.status is not Status.ACTIVE:
        return []
    gate = gates.gate_of(actor, project, Stage.FILED)
    return [missing.message for missing in gate.missing] if gate else []
