"""A new table of tiers reaches the projects that exist already."""

from sqlalchemy import select

from crm.core import clock, memo
from crm.core.db import db
from crm.projects import actions
from crm.projects.models import Project, ProjectChange
from crm.projects.rules import Tier
from crm.settings import actions as settings
from crm.settings.rules import SETTINGS


def test_a_lower_threshold_lifts_existing_projects_and_keeps_the_old_tier(world) -> None:
    project = world.project(total="600000", tier=Tier.T50)
    untouched = world.project(total="20000", tier=Tier.T1)
    rows = [dict(row) for row in SETTINGS["tiers"].default]
    rows[0]["threshold"] = "600000"
    settings.change(world.actor("bureau"), "tiers", rows, "市政府会议纪要", 0, clock.now())
    memo.forget()
    assert actions.retier(world.actor("bureau")) == 1
    db.session.expire_all()
    assert db.session.get(Project, project.id).tier is Tier.T100
    assert db.session.get(Project, untouched.id).tier is Tier.T1
    kept = db.session.execute(
        select(ProjectChange.before, ProjectChange.after).where(ProjectChange.project_id == project.id)
    )
    assert kept.all() == [("t50", "t100")]
