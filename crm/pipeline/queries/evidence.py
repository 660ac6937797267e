"""Which files of a project something rests on: they are evidence, and nobody takes evidence away."""

from collections.abc import Mapping
from functools import cache

from sqlalchemy import Column, literal, select, union_all

from crm.core.db import db
from crm.pipeline.models import Milestone, MilestoneFile
from crm.pipeline.rules import MilestoneKind, MilestoneState
from crm.projects.models import Attachment

#: Nobody has relied on these yet. A revoked milestone was once counted, so its papers stay.
_FREE = (MilestoneState.DRAFT, MilestoneState.RETURNED)


@cache
def _mentions() -> tuple[Column[int], ...]:
    """Every other column of any table that names a file; a new one is evidence without being added here."""
    return tuple(
        sorted(
            (
                key.parent
                for table in db.metadata.tables.values()
                for key in table.foreign_keys
                if key.column is Attachment.__table__.c.id and table is not MilestoneFile.__table__
            ),
            key=str,
        )
    )


def held(project_id: int) -> Mapping[int, str]:
    """Attachment id → what rests on it, in words; one statement."""
    of_milestones = (
        select(MilestoneFile.attachment_id, Milestone.kind)
        .join(Milestone, Milestone.id == MilestoneFile.milestone_id)
        .where(Milestone.project_id == project_id, Milestone.state.not_in(_FREE))
    )
    of_others = [
        select(column, literal(None, Milestone.kind.type))
        .join(Attachment, Attachment.id == column)
        .where(Attachment.project_id == project_id)
        for column in _mentions()
    ]
    found: dict[int, str] = {}
    for attachment_id, kind in db.session.execute(union_all(of_milestones, *of_others)):
        words = f"{MilestoneKind(kind).label}的证据" if kind else "已有记录引用"
        found[attachment_id] = f"{found[attachment_id]}、{words}" if attachment_id in found else words
    return found
