"""Asking for a large export, deciding on it, and recording what left."""

from collections.abc import Mapping
from datetime import datetime

from crm.accounts.permissions import EXPORT, WEEKLY_SIGN
from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.clock import local
from crm.core.db import db
from crm.core.errors import Conflict
from crm.exports import queries, rules
from crm.exports.models import ExportRequest
from crm.exports.rules import RequestState
from crm.notices import actions as notices
from crm.tasks import actions as tasks
from crm.tasks.models import Task


def _subject(title: str, rows: int, actor: Actor, number: int | None = None) -> audit.Subject:
    return audit.Subject("export", number, f"{title} {rows} 行", zone_id=actor.zone_id)


def made(actor: Actor, title: str, rows: int, words: str, form: str) -> None:
    """Every export is in the audit with its filters in words and its rows, before the file leaves."""
    audit.record(actor, "export.made", _subject(title, rows, actor), note=f"{form}，{words}")


def in_background(actor: Actor, name: str, title: str, asked: Mapping[str, str], form: str) -> Task:
    actor.require(EXPORT)
    payload = {"list": name, "asked": dict(asked), "format": form}
    return tasks.enqueue(actor, "exports.make", payload, title=f"导出{title}")


def ask(
    actor: Actor,
    name: str,
    title: str,
    asked: Mapping[str, str],
    form: str,
    rows: int,
    reason: str,
    now: datetime,
) -> ExportRequest:
    """Asks for a large export and tells those who may decide. `reason` is compulsory (RuleBroken)."""
    actor.require(EXPORT)
    request = ExportRequest(
        list=name,
        format=form,
        asked=dict(asked),
        rows=rows,
        reason=rules.check_reason(reason)[:300],
        user_id=actor.user_id,
        post_id=actor.post_id,
        zone_id=actor.zone_id,
        created_at=now,
    )
    db.session.add(request)
    db.session.flush()
    audit.record(actor, "export.requested", _subject(title, rows, actor, request.id), note=request.reason)
    deciders = queries.deciders(actor, local(now).date())
    words = f"{actor.name}申请导出{title} {rows} 行，用途：{request.reason}"
    notices.send_many(deciders, "export", words, "/exports", f"export-request:{request.id}")
    return request


def _decide(actor: Actor, request: ExportRequest, state: RequestState, note: str, now: datetime) -> None:
    actor.require(WEEKLY_SIGN)
    if request.state is not RequestState.PENDING:
        raise Conflict(f"这项申请{request.state.label}，没有再次处理。请刷新后查看。")
    request.state = state
    request.decided_by = actor.user_id
    request.decided_at = now
    request.decision_note = note.strip()[:300]


def approve(actor: Actor, request: ExportRequest, title: str, now: datetime) -> Task:
    """The file is made for the one who asked, with the rights of his post. Raises Conflict when already decided."""
    _decide(actor, request, RequestState.APPROVED, "", now)
    asker = Actor(request.user_id, "", post_id=request.post_id)
    payload = {
        "list": request.list,
        "asked": request.asked,
        "format": request.format,
        "request": request.id,
    }
    task = tasks.enqueue(asker, "exports.make", payload, title=f"导出{title}")
    request.task_id = task.id
    audit.record(actor, "export.approved", _subject(title, request.rows, actor, request.id))
    words = f"导出{title}的申请已由{actor.name}批准，正在生成文件。"
    notices.send(request.user_id, "export", words, f"/tasks/{task.id}", f"export-decided:{request.id}")
    return task


def refuse(actor: Actor, request: ExportRequest, title: str, note: str, now: datetime) -> None:
    """`note` says why and is compulsory (RuleBroken beside `reason`)."""
    reason = rules.check_refusal(note)
    _decide(actor, request, RequestState.REFUSED, reason, now)
    audit.record(actor, "export.refused", _subject(title, request.rows, actor, request.id), note=reason)
    words = f"导出{title}的申请没有批准：{reason}"
    notices.send(request.user_id, "export", words, "/exports", f"export-decided:{request.id}")
