"""What became of one duty, told from the audit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from crm.accounts.models import User
from crm.audit.models import AuditEvent
from crm.core.dates import day_words
from crm.core.db import db
from crm.followups.queries.listing import FollowupRow
from crm.followups.rules.demands import Confirmer

_MOST = 100
#: Written before handing over had a code of its own.
_EDITED, _HANDED = "followup.edited", "followup.handed_over"
_PLAIN = {"followup.completed": "完成", "followup.cancelled": "取消", "followup.resumed": "恢复"}


@dataclass(frozen=True, slots=True)
class Step:
    """One act on a duty: `title` says it, `text` is the reason where there is one."""

    at: datetime
    by: str
    title: str
    text: str = ""


def history(row: FollowupRow) -> Sequence[Step]:
    """Newest first; nothing for who may not read the duty. Two statements.

    The audit keeps no words of what is confidential; the last reason then comes from the duty itself.
    """
    if row.hidden:
        return ()
    events = db.session.execute(
        select(AuditEvent.at, AuditEvent.actor_name, AuditEvent.code, AuditEvent.diff, AuditEvent.note)
        .where(AuditEvent.subject_type == "followup", AuditEvent.subject_id == row.id)
        .where(AuditEvent.result == "ok")
        .order_by(AuditEvent.id.desc())
        .limit(_MOST)
    ).all()
    names = _names(events)
    reasons = {"followup.cancelled": row.close_reason, "followup.completed": row.answer}
    last = next((e for e in events if e.code == "followup.postponed"), None)
    return [
        Step(
            e.at,
            e.actor_name,
            _title(e.code, e.diff, names),
            reasons.get(e.code) or (e.note or row.postpone_reason if e is last else e.note),
        )
        for e in events
    ]


def _names(events: Sequence[Any]) -> dict[str, str]:
    ids = {int(e.diff["owner_id"][1]) for e in events if e.diff.get("owner_id", (None, None))[1] is not None}
    found = db.session.execute(select(User.id, User.name).where(User.id.in_(ids))).all() if ids else ()
    return {str(user_id): name for user_id, name in found}


def _day(pair: Sequence[str | None], place: int) -> str:
    written = pair[place]
    return day_words(date.fromisoformat(written)) if written else ""


def _title(code: str, diff: dict[str, Any], names: dict[str, str]) -> str:
    due, owner = diff.get("due_on"), diff.get("owner_id")
    to = names.get(str(owner[1]), "") if owner else ""
    if code == "followup.created":
        return "新建" + (f"，{_day(due, 1)}之前" if due else "") + (f"，由{to}办" if to else "")
    if code == "followup.postponed":
        return f"第{diff['postponed'][1]}次推迟，从{_day(due, 0)}到{_day(due, 1)}" if due else "推迟"
    if code in (_HANDED, _EDITED) and owner:
        return f"移交给{to}" if to else "移交"
    if code == _EDITED and due:
        return f"从{_day(due, 0)}提前到{_day(due, 1)}"
    return _of_demand(code, diff) or _PLAIN.get(code, "修改")


def _of_demand(code: str, diff: dict[str, Any]) -> str:
    """What was done about a demand; "" for other acts."""
    due = diff.get("due_on")
    until = f"，{_day(due, 1)}前答复" if due else ""
    if code in ("demand.assigned", "demand.forwarded"):
        # Written as forwarding before the first unit had a code of its own.
        first = diff.get("unit_id", ("",))[0] is None
        return f"{'指定' if first else '转办'}{diff['unit'][1] if 'unit' in diff else ''}{until}"
    if code == "demand.confirmed":
        by = Confirmer(diff["confirmed_by"][1]).label if "confirmed_by" in diff else "确认"
        return f"由{by}销号"
    if code == "demand.urged":
        return f"第{diff['urged'][1]}次催办" if "urged" in diff else "催办"
    return {"demand.answered": "答复", "demand.reopened": f"重新打开{until}"}.get(code, "")
