"""The workbook of a large city, made in the background; `files` makes the same at once for a small one."""

from typing import Any

from crm.accounts import permissions as p
from crm.audit import actions as audit
from crm.core import clock
from crm.tasks.actions import Progress
from crm.tasks.jobs import files, worker
from crm.tasks.models import Task
from crm.weekly import actions, queries, sheets


def make(task: Task, progress: Progress) -> dict[str, Any]:
    """Payload: week (its label) and zone (a code or None). The file is kept for 30 days; that it was made is on the record."""
    actor, now = worker.actor_of(task), clock.now()
    actor.require(p.EXPORT)
    actor.require(p.BOARD_SEE)
    progress(0, 0, "正在读取项目")
    with files.kept(task, "xlsx") as (name, path):
        with files.reading():
            report = queries.report(actor, queries.week(task.payload["week"], now), now, task.payload["zone"])
            total = sheets.size(report)
            with path.open("wb") as file:
                rows = sheets.write(report, file, lambda written: progress(written, total, "正在生成工作簿"))
        actions.open_issue(report.issue.week)
        audit.record(actor, "export.weekly", actions.subject(report), note=f"{rows}行")
    return {
        "file": name,
        "name": sheets.filename(report),
        "rows": rows,
        "message": f"{report.scope}{report.issue.label}，共 {rows} 行，文件保留三十天。",
    }


TASKS = {"weekly.make": make}
