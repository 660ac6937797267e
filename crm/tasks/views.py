"""The progress of one's own task, and the scheduled jobs for the system administrator."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, url_for

from crm import scheduler
from crm.accounts import permissions as p
from crm.audit import actions as audit
from crm.core import clock
from crm.tasks import queries
from crm.tasks.models import Task
from crm.tasks.rules import TaskState
from crm.web import edges, guard

bp = Blueprint("tasks", __name__)


@bp.get("/tasks/<int:task_id>")
@guard.signed_in
def status(task_id: int) -> Any:
    """Own tasks only. Without script the page is loaded again by hand."""
    task = queries.find(guard.current(), task_id)
    return render_template("tasks/status.html", task=task, next_url=_next(task))


@bp.get("/tasks/<int:task_id>/progress")
@guard.signed_in
def progress(task_id: int) -> Any:
    """What progress.js polls."""
    task = queries.find(guard.current(), task_id)
    words = {TaskState.QUEUED: "waiting"}.get(task.state, task.state.value)
    # A task that leads somewhere goes there; every other end is told by the task's own page.
    following = _next(task) if task.state is TaskState.DONE else ""
    return jsonify(
        state=words,
        done=task.done,
        total=task.total,
        message=task.message,
        next=following or url_for("tasks.status", task_id=task.id),
    )


def _next(task: Task) -> str:
    return edges.path_inside(str(task.result.get("next", "")))


@dataclass(frozen=True, slots=True)
class JobLine:
    id: str
    label: str
    cron: str
    next_at: datetime | None
    runs: tuple[queries.RunRow, ...]


@bp.get("/admin/jobs")
@guard.requires(p.ADMIN_SYSTEM)
def jobs() -> Any:
    runs, now = queries.last_runs(), clock.now()
    lines = [
        JobLine(j.id, j.label, j.cron, scheduler.next_run(j, now), tuple(runs.get(j.id, ())))
        for j in scheduler.JOBS
    ]
    return render_template("tasks/jobs.html", jobs=lines)


@bp.post("/admin/jobs/<name>/run")
@guard.requires(p.ADMIN_SYSTEM)
def run_job(name: str) -> Any:
    job = scheduler.find(name)
    audit.record(guard.current(), "job.run", audit.Subject("job", None, job.label))
    edges.commit()
    done = scheduler.run(job, clock.now())
    if done is not None and done.ok:
        flash(f"{job.label}：{done.message}。", "ok")
    else:
        flash(f"{job.label}没有完成。请查看下面的运行记录。", "bad")
    return redirect(url_for("tasks.jobs"), 303)
