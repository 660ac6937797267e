"""A list of target companies taken back: its signals, and the targets that nobody has touched since."""

from sqlalchemy import delete, not_, select

from crm.companies.models import CompanyLink, LinkNode
from crm.core.db import db
from crm.imports.actions import bulk
from crm.imports.actions.undoing.traces import Undone, used
from crm.imports.models import ImportBatch
from crm.targeting.models import Target, TargetSignal, TargetStep

_CHUNK = 1000
_targets, _signals, _steps = (bulk.table_of(model) for model in (Target, TargetSignal, TargetStep))


def take_back(batch: ImportBatch, undone: Undone) -> bool:
    """One chunk; what somebody has changed, put on a campaign or made a project stays, and the entry with it."""
    db.session.execute(delete(_signals).where(_signals.c.batch_id == batch.id))
    untouched = (
        _targets.c.batch_id == batch.id,
        _targets.c.version == 1,
        _targets.c.project_id.is_(None),
        not_(used(_targets, [_signals, _steps])),
    )
    found = db.session.execute(
        select(_targets.c.id, _targets.c.company_id).where(*untouched).order_by(_targets.c.id).limit(_CHUNK)
    ).all()
    ids = [row.id for row in found]
    if not ids:
        return False
    own_links = select(CompanyLink.id).where(
        CompanyLink.batch_id == batch.id, CompanyLink.company_id.in_([row.company_id for row in found])
    )
    db.session.execute(delete(LinkNode).where(LinkNode.link_id.in_(own_links)))
    db.session.execute(delete(_steps).where(_steps.c.target_id.in_(ids)))
    db.session.execute(delete(_signals).where(_signals.c.target_id.in_(ids)))
    db.session.execute(delete(_targets).where(_targets.c.id.in_(ids)))
    undone.removed += len(ids)
    return True
