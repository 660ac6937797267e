"""The JOBS table, and the process that runs it. Each slot of a job runs once, whatever the number of nodes."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from flask import Flask
from sqlalchemy.exc import IntegrityError

from crm.core import clock, memo
from crm.core.db import db
from crm.core.errors import NotFound
from crm.tasks.models import JobRun

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """`cron` is minute hour day month weekday (weekdays by name) in the city's time; `target` is "module:function".

    The function takes the present moment, may be repeated without harm, and returns what it did in words. It leaves the commit
    to its runner, or commits in steps that are each complete (`tasks.jobs.steps`).
    """

    id: str
    label: str
    cron: str
    target: str

    def call(self, now: datetime) -> str:
        module, _, name = self.target.partition(":")
        function: Callable[[datetime], str] = getattr(import_module(module), name)
        return function(now)


JOBS = (
    Job("tasks.clean_files", "清理 30 天前的导出文件", "20 3 * * *", "crm.tasks.jobs:clean_files"),
    Job(
        "imports.clean_uploads",
        "清理 30 天没有入库的导入文件",
        "22 3 * * *",
        "crm.imports.jobs:clean_uploads",
    ),
    Job("projects.clean_uploads", "清理没有归属的附件", "24 3 * * *", "crm.projects.jobs:clean_uploads"),
    Job("accounts.clean_sign_ins", "清理 180 天前的登录尝试", "30 3 * * *", "crm.tasks.jobs:clean_sign_ins"),
    Job("tasks.analyse", "更新数据库统计信息", "40 3 * * *", "crm.tasks.jobs:analyse"),
    Job("filings.disputes", "把逾期的报备争议提交上一级", "8 1 * * *", "crm.filings.jobs:climb"),
    Job("filings.lapse", "写入已失效的首谈保护", "10 1 * * *", "crm.filings.jobs:lapse"),
    Job("filings.transfers", "逾期未答复的流转转市里指派", "14 1 * * *", "crm.filings.jobs:transfers"),
    Job("followups.remind", "提醒到期、逾期和升级", "5 8-18 * * *", "crm.followups.jobs:remind"),
    Job("pipeline.neglected", "提醒久未联系的项目", "25 8-11 * * *", "crm.pipeline.jobs:neglected"),
    Job("followups.digest", "发每日摘要", "15 8-11 * * *", "crm.followups.jobs:digest"),
    Job("weekly.issue", "周报截止后编定期号", "5 12 * * *", "crm.tasks.jobs:open_weekly_issue"),
)

#: How far back the slot of a job is looked for; no job runs less often than once a month.
_BACK = tuple(timedelta(hours=h) for h in (2, 26, 8 * 24, 32 * 24))
_GRACE_SECONDS = 10


def find(name: str) -> Job:
    job = next((j for j in JOBS if j.id == name), None)
    if job is None:
        raise NotFound()
    return job


def trigger(job: Job) -> Any:
    return CronTrigger.from_crontab(job.cron, timezone=clock.CITY)


def next_run(job: Job, now: datetime) -> datetime | None:
    moment: datetime | None = trigger(job).get_next_fire_time(None, now)
    return moment


def slot_of(job: Job, now: datetime) -> datetime:
    """The moment this run was due: every node that comes a little later finds the same one."""
    clockwork = trigger(job)
    for back in _BACK:
        last, following = None, clockwork.get_next_fire_time(None, now - back)
        while following is not None and following <= now:
            last, following = following, clockwork.get_next_fire_time(following, following)
        if last is not None:
            found: datetime = last
            return found
    return now


def run(job: Job, slot: datetime) -> JobRun | None:
    """Runs one slot; None when it ran already, here or on another node. Commits: it is an edge of its own."""
    db.session.add(JobRun(job=job.id, slot=slot))
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        return None
    memo.begin()
    try:
        message, ok = job.call(clock.now()), True
        db.session.commit()
    except Exception:
        db.session.rollback()
        log.exception("job %s failed", job.id)
        message, ok = "没有完成，系统出错，详情在服务器日志里。", False
    finally:
        memo.end()
    done = db.session.get_one(JobRun, (job.id, slot))
    done.finished_at, done.ok, done.message = clock.now(), ok, message
    db.session.commit()
    return done


class Process:
    """`flask jobs serve`: ends within seconds on SIGTERM, also while a job runs (its transaction is then given up)."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._stop = threading.Event()
        self._running: set[str] = set()
        self._scheduler = BackgroundScheduler(
            timezone=clock.CITY, executors={"default": ThreadPoolExecutor(2)}
        )

    def _due(self, job: Job) -> None:
        self._running.add(job.id)
        try:
            with self._app.app_context():
                run(job, slot_of(job, clock.now()))
        except Exception:
            # A database that is away for a moment must not end the process; the next slot tries again.
            log.exception("job %s could not be started", job.id)
        finally:
            self._running.discard(job.id)

    def serve(self) -> None:
        for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(sign, lambda *_: self._stop.set())
        for job in JOBS:
            self._scheduler.add_job(
                self._due,
                trigger(job),
                args=[job],
                id=job.id,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=3600,
            )
        self._scheduler.start()
        self._stop.wait()
        self._scheduler.shutdown(wait=False)
        until = time.monotonic() + _GRACE_SECONDS
        while self._running and time.monotonic() < until:
            time.sleep(0.1)
        if self._running:
            log.warning("jobs given up: %s", ", ".join(sorted(self._running)))
            os._exit(0)
