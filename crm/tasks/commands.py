"""`flask jobs …` and `flask tasks …`."""

import json

import click
from flask import current_app
from flask.cli import AppGroup

from crm import scheduler
from crm.core import clock
from crm.core.db import db
from crm.core.errors import NotFound
from crm.tasks import queries
from crm.tasks.jobs import worker
from crm.tasks.models import Task
from crm.tasks.rules import TaskState

jobs = AppGroup("jobs", help="定时任务。")
tasks = AppGroup("tasks", help="后台任务。")


@jobs.command("list")
@click.option("--json", "as_json", is_flag=True, help="只输出 JSON。")
def list_command(as_json: bool) -> None:
    """列出定时任务、下一次时间和最近一次结果。"""
    runs, now = queries.last_runs(1), clock.now()
    lines = []
    for job in scheduler.JOBS:
        last, following = next(iter(runs.get(job.id, ())), None), scheduler.next_run(job, now)
        lines.append(
            {
                "id": job.id,
                "label": job.label,
                "cron": job.cron,
                "next": following.isoformat() if following else None,
                "last": clock.local(last.started_at).isoformat() if last else None,
                "ok": last.ok if last else None,
                "message": last.message if last else "",
            }
        )
    if as_json:
        click.echo(json.dumps(lines, ensure_ascii=False))
        return
    for line in lines:
        click.echo(f"{line['id']}\t{line['cron']}\t{line['label']}\t{line['message'] or '还没有运行过'}")


@jobs.command("run")
@click.argument("name")
def run_command(name: str) -> None:
    """立即运行一次。"""
    try:
        job = scheduler.find(name)
    except NotFound as error:
        known = "、".join(j.id for j in scheduler.JOBS)
        raise click.ClickException(f"没有名为 {name} 的定时任务。可用的有：{known}。") from error
    done = scheduler.run(job, clock.now())
    if done is None or not done.ok:
        raise click.ClickException(f"{job.label}没有完成，原因见上面的日志。")
    click.echo(done.message)


@jobs.command("serve")
def serve_jobs() -> None:
    """按时运行全部定时任务，直到被要求停止。"""
    scheduler.Process(current_app._get_current_object()).serve()  # type: ignore[attr-defined]


@tasks.command("serve")
def serve_tasks() -> None:
    """依次办理后台任务，直到被要求停止。"""
    worker.Worker(current_app._get_current_object()).serve()  # type: ignore[attr-defined]


@tasks.command("run")
@click.argument("task_id", type=int)
def run_task(task_id: int) -> None:
    """立即办理一项排队中的任务。"""
    task = worker.claim(task_id)
    if task is None:
        raise click.ClickException(f"任务 {task_id} 不在排队，没有办理。")
    worker.work(task)
    done = db.session.get_one(Task, task_id)
    if done.state is not TaskState.DONE:
        raise click.ClickException(done.message or "没有完成。")
    click.echo(done.message or "已完成")


groups = [jobs, tasks]
