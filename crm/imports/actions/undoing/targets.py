"""A list of target companies taken back: its signals, and the targets that nobody has touched since."""

from typing import Any

from sqlalchemy import delete, not_, select

from crm.accounts import queries as accounts
from crm.companies.models import CompanyLink, LinkNode
from crm.core import clock
from crm.core.db import db
from crm.imports import queries
from crm.imports.actions import bulk
from crm.imports.actions.targets import typed
from crm.imports.actions.undoing.traces import Undone, used
from crm.imports.models import ImportBatch, ImportRow
from crm.imports.queries import StagedRow
from crm.imports.rules import RowAction
from crm.targeting import actions as targeting
from crm.targeting.models import Target, TargetSignal, TargetStep

_CHUNK = 1000
_targets, _signals, _steps = (bulk.table_of(model) for model in (Target, TargetSignal, TargetStep))


def put_back(batch: ImportBatch, undone: Undone) -> bool:
    """Targets that were there already say again what they said, one chunk of the batch's rows; what somebody has saved since stays."""
    rows: list[StagedRow] = []
    after = 0
    while not rows and (
        chunk := queries.rows(batch.id, actions=(RowAction.UPDATE,), after=after, most=_CHUNK)
    ):
        rows = [row for row in chunk if "target" in row.before]
        after = chunk[-1].id
    kept = {row.before["target"]["id"]: row.before["target"] for row in rows}
    actor, today = accounts.system(), clock.today()
    for target in db.session.scalars(select(Target).where(Target.id.in_(kept)).order_by(Target.id)):
        said = kept[target.id]
        if target.version == said["version"]:
            before = {name: typed(name, value) for name, value in said["values"].items()}
            targeting.put_back(actor, target, before, today)
            undone.restored += 1
        else:
            undone.leave([targeting.name_of(target)], "更新后有人改过，没有恢复")
    bulk.change(ImportRow, [(row.id, {"before": _rest(row.before)}) for row in rows])
    return bool(rows)


def _rest(before: dict[str, Any]) -> dict[str, Any]:
    """What is left to be put back; `done` says that the row has been counted."""
    return {key: value for key, value in before.items() if key != "target"} or {"done": True}


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
