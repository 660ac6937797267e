"""What a list that came again says of a target that is there already, carried out and taken back."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from crm.companies.rules import LinkProgress
from crm.core.actor import Actor
from crm.core.db import db
from crm.followups import actions as followups
from crm.followups.models import Followup
from crm.targeting.actions import targets
from crm.targeting.models import Target
from crm.targeting.rules.targets import TargetDraft

_SAID = ("entry_kind", "entry_note", "standing", "owner_id")
_GIVEN_UP = "导入的清单写明放弃"


def carry(actor: Actor, target: Target, wanted: Mapping[str, Any], today: date) -> dict[str, Any]:
    """`wanted` holds the fields that change; answers what they held before, as `put_back` takes it."""
    before = {name: getattr(target, name) for name in wanted if name in _SAID}
    if before:
        said = {name: wanted.get(name, getattr(target, name)) for name in _SAID}
        targets.edit(actor, target, TargetDraft(target.node_id, **said))
    progress = wanted.get("progress")
    if progress is not None and progress is not target.progress:
        before |= {"progress": target.progress, "given_up_reason": target.given_up_reason}
        ended = _go_on(actor, target, progress, today)
        if ended is not None:
            before["ended"] = {"id": ended.id, "version": ended.version}
    return before


def _go_on(actor: Actor, target: Target, progress: LinkProgress, today: date) -> Followup | None:
    """Answers the next step that ended where the list gives the target up."""
    if progress is LinkProgress.GIVEN_UP:
        return targets.give_up(actor, target, _GIVEN_UP, today)
    if target.progress is LinkProgress.GIVEN_UP:
        targets.take_up(actor, target, today)
    targets.move(actor, target, progress, "清单导入", today)
    return None


def put_back(actor: Actor, target: Target, before: Mapping[str, Any], today: date) -> None:
    """Steps stay; going back is one more of them. The next step that the list ended goes on, unless somebody has touched it."""
    was = targets.facts(target)
    for name in _SAID:
        if name in before:
            setattr(target, name, before[name])
    targets.saved(actor, target, was)
    if "progress" in before:
        target.given_up_reason = before["given_up_reason"]
        targets.moved(actor, target, before["progress"], today, "撤销导入")
        targets.settle(actor, target.company_id, target.zone_id)
    if (ended := before.get("ended")) is not None:
        followups.resume(actor, ended["id"], ended["version"], "撤销导入")
    db.session.flush()
