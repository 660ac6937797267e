"""New thresholds give every project its tier anew; what a recognition froze stays as it was."""

from sqlalchemy import insert, select, update

from crm.core.actor import Actor
from crm.core.db import db
from crm.projects import queries, rules
from crm.projects.models import Project, ProjectChange


def retier(actor: Actor) -> int:
    """How many projects changed tier. Called after the table of tiers was edited; keeps the old tier in the history."""
    tiers = queries.tiers()
    rows = db.session.execute(
        select(
            Project.id, Project.tier, Project.capital, Project.total_investment, Project.total_investment_usd
        ).order_by(Project.id)
    )
    moved = []
    for project_id, before, capital, total, usd in rows:
        after = rules.tier_of(capital, total, usd, tiers)
        if after is not before:
            moved.append((project_id, before, after))
    for tier in {after for _, _, after in moved}:
        ids = [project_id for project_id, _, after in moved if after is tier]
        for start in range(0, len(ids), 500):
            part = ids[start : start + 500]
            db.session.execute(
                update(Project)
                .where(Project.id.in_(part))
                .values(tier=tier, version=Project.version + 1)
                .execution_options(synchronize_session=False)
            )
    if moved:
        db.session.execute(
            insert(ProjectChange),
            [
                {
                    "project_id": i,
                    "field": "tier",
                    "before": before,
                    "after": after,
                    "changed_by": actor.user_id,
                }
                for i, before, after in moved
            ],
        )
    return len(moved)
