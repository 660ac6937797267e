"""Live filings of somebody who leaves go on with a colleague; who filed them stays on record."""

from collections.abc import Sequence

from sqlalchemy import select

from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.db import db
from crm.filings.actions.telling import subject
from crm.filings.models import Filing
from crm.projects.models import Project


def give_filings(actor: Actor, ids: Sequence[int], owner_id: int) -> None:
    for filing in db.session.scalars(select(Filing).where(Filing.id.in_(ids)).order_by(Filing.id)):
        before, filing.owner_id = filing.owner_id or filing.filed_by, owner_id
        project = db.session.get_one(Project, filing.project_id)
        audit.record(actor, "filing.handed_over", subject(project, filing), {"owner_id": (before, owner_id)})
    db.session.flush()
