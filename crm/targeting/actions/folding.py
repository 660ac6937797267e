"""Two entries of the register become one: where both have a target of one zone at one node, the kept one takes in the other.

The other stays as it was on the merged entry, out of every list, so that an undo gives both back.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from crm.chains.rules import ChainAction
from crm.companies import queries as companies
from crm.companies.actions import moving
from crm.companies.models import Company
from crm.companies.rules import LinkProgress, further
from crm.core.db import db
from crm.targeting import queries
from crm.targeting.models import Target
from crm.targeting.rules.targets import EntryKind

_WORDS = ("entry_note", "standing", "owner_id", "entry_kind")
_CONVERSION = ("project_id", "chain_action", "converted_by", "converted_at")
_TABLE = "targets"


def fold(kept: Company, gone: Company) -> list[dict[str, Any]]:
    theirs = db.session.scalars(select(Target).where(Target.company_id == gone.id).order_by(Target.id)).all()
    met = [(queries.at(kept.id, target.node_id, target.zone_id), target) for target in theirs]
    return [_take_in(mine, target) for mine, target in met if mine is not None]


def _take_in(mine: Target, theirs: Target) -> dict[str, Any]:
    """What the kept target was, what hung on the other and came over, and the version that says nobody saved it since."""
    before = {name: _plain(getattr(mine, name)) for name in (*_WORDS, *_CONVERSION, "given_up_reason")}
    before["progress"] = mine.progress.value
    mine.progress = further(mine.progress, theirs.progress)
    if mine.progress is not LinkProgress.GIVEN_UP:
        mine.given_up_reason = ""
    for name in _WORDS:
        setattr(mine, name, getattr(mine, name) or getattr(theirs, name))
    if mine.project_id is None:
        for name in _CONVERSION:
            setattr(mine, name, getattr(theirs, name))
    db.session.flush()
    rows = {
        str(column): found
        for column in companies.columns_to(_TABLE)
        if (found := moving.bring(column, theirs.id, mine.id))
    }
    return {"kept": mine.id, "merged": theirs.id, "version": mine.version, "before": before, "rows": rows}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return getattr(value, "value", value)


def unfold(record: dict[str, Any]) -> bool:
    """Gives the kept target back what it was; False where somebody has saved it since."""
    for column in companies.columns_to(_TABLE):
        if rows := record["rows"].get(str(column)):
            moving.bring_back(column, record["kept"], record["merged"], rows)
    target = db.session.get(Target, record["kept"], populate_existing=True)
    if target is None or target.version != record["version"]:
        return False
    before = dict(record["before"])
    target.progress = LinkProgress(before.pop("progress"))
    kind, action, at = (before.pop(name) for name in ("entry_kind", "chain_action", "converted_at"))
    target.entry_kind = EntryKind(kind) if kind else None
    target.chain_action = ChainAction(action) if action else None
    target.converted_at = datetime.fromisoformat(at) if at else None
    for name, value in before.items():
        setattr(target, name, value)
    db.session.flush()
    return True
