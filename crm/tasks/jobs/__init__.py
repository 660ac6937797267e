"""Scheduled jobs: cleaning, the planner's statistics, and the number of the week that has just been cut. The queue's worker is in `worker`."""

from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import delete

from crm.accounts.models import SignIn
from crm.core import db as database
from crm.core.calendar import week_of
from crm.core.db import db
from crm.settings import queries as settings
from crm.tasks import actions, queries, rules
from crm.weekly import actions as weekly

KEEP_SIGN_INS = timedelta(days=180)


def clean_files(now: datetime) -> str:
    """Removes what finished tasks left to be fetched; the tasks themselves stay and say that it has expired."""
    folder = current_app.config["CRM"].data_dir.resolve()
    removed = 0
    for task in queries.with_files_before(now - rules.KEEP_FILES):
        path = (folder / str(task.result["file"])).resolve()
        if path.is_relative_to(folder):
            path.unlink(missing_ok=True)
            removed += 1
        actions.without_file(task)
    return f"清理文件 {removed} 个"


def clean_sign_ins(now: datetime) -> str:
    """Attempts serve locking only; sign-ins themselves stay in the audit (kept at least 六个月, 网络安全法第二十一条)."""
    done = db.session.execute(delete(SignIn).where(SignIn.at < now - KEEP_SIGN_INS))
    return f"清理登录尝试 {done.rowcount} 条"  # type: ignore[attr-defined]


def analyse(now: datetime) -> str:
    """What the planner knows of the tables: SQLite never looks by itself."""
    database.analyse()
    return "统计信息已更新"


def open_weekly_issue(now: datetime) -> str:
    """The last week whose cut has passed gets its 期号, whatever day that cut fell on; a second time changes nothing."""
    calendar = settings.calendar()
    ended = week_of(week_of(now, calendar).starts_after, calendar)
    issue = weekly.open_issue(ended)
    return f"{ended.label} 为{issue.year}年第 {issue.number} 期"
