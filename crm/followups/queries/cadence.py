"""The next day that the rhythm of stage and tier asks for."""

from datetime import date

from sqlalchemy import and_, select

from crm.core.actor import Actor
from crm.core.db import db
from crm.followups import rules
from crm.followups.rules import Proposal
from crm.projects import scope
from crm.projects.models import Project
from crm.projects.rules import Stage, Status, Tier
from crm.settings import queries as settings


def proposal(
    actor: Actor, today: date, *, project_id: int | None = None, company_id: int | None = None
) -> Proposal | None:
    """For one project, or the soonest for a company's projects; None where there is no live one to read of."""
    if project_id is not None:
        about = Project.id == project_id
    elif company_id is not None:
        # Asking for a company must not tell which confidential project is its own.
        about = and_(Project.company_id == company_id, scope.discloses_investor(actor))
    else:
        return None
    found = db.session.execute(
        select(Project.stage, Project.tier).where(
            about, Project.status == Status.ACTIVE, scope.visible_to(actor)
        )
    ).all()
    if not found:
        return None
    table = settings.value("followup_cadence")
    stage, tier = min(found, key=lambda row: rules.cadence_days(table, row.stage, row.tier))
    days = rules.cadence_days(table, stage, tier)
    return rules.propose(today, days, f"{_tier_words(tier)}{_stage_words(stage)}", settings.calendar())


def _tier_words(tier: Tier | None) -> str:
    """二级项目 as the city names its tiers; an unknown amount names none."""
    label = next((row["label"] for row in settings.value("tiers") if tier and row["code"] == tier.value), "")
    return f"{label.split()[0]}项目" if label else "项目"


def _stage_words(stage: Stage) -> str:
    return f"在{stage.label}阶段"
