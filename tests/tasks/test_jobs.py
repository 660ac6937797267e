"""The worker, the JOBS table and the cleaning."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from crm import scheduler
from crm.accounts.models import Post, SignIn
from crm.core import clock
from crm.core.db import db
from crm.core.errors import NotFound, RuleBroken
from crm.notices.models import Notice
from crm.scheduler import Job
from crm.tasks import actions, jobs, rules
from crm.tasks.jobs import worker
from crm.tasks.models import JobRun, Task
from crm.tasks.rules import TaskState

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def handled(monkeypatch: pytest.MonkeyPatch):
    """Names the handler of kind "test"."""

    def use(handler) -> None:
        monkeypatch.setattr(worker, "handlers", lambda: {"test": handler})

    return use


def _work(world, login: str = "officer") -> Task:
    task_id = actions.enqueue(world.actor(login), "test", {"n": 1}, title="测试任务").id
    db.session.commit()
    claimed = worker.claim()
    assert claimed is not None
    worker.work(claimed)
    return db.session.get_one(Task, task_id)


def _notices(task: Task) -> list[str]:
    return list(db.session.scalars(select(Notice.text).where(Notice.user_id == task.user_id)))


def test_a_done_task_keeps_its_result_and_tells_its_owner(world, handled) -> None:
    handled(lambda task, progress: {"message": f"共 {task.payload['n']} 行。", "next": "/x"})
    task = _work(world)
    assert (task.state, task.result["next"], task.message) == (TaskState.DONE, "/x", "共 1 行。")
    assert _notices(task) == ["测试任务已完成。共 1 行。"]


def test_a_refusal_reaches_the_person_as_it_is(world, handled) -> None:
    def refuse(task, progress):
        raise RuleBroken("工作表是空的。请换一个文件。")

    handled(refuse)
    task = _work(world)
    assert (task.state, task.message) == (TaskState.FAILED, "工作表是空的。请换一个文件。")
    assert _notices(task) == ["测试任务没有完成：工作表是空的。请换一个文件。"]


def test_a_failure_shows_no_trace_and_undoes_its_work(world, handled) -> None:
    def break_(task, progress):
        db.session.add(JobRun(job="half", slot=clock.now()))
        db.session.flush()
        raise ZeroDivisionError("secret detail")

    handled(break_)
    task = _work(world)
    assert (task.state, task.message) == (TaskState.FAILED, rules.FAILED_UNEXPECTEDLY)
    assert "secret" not in " ".join(_notices(task))
    assert db.session.scalars(select(JobRun)).all() == []


def test_an_unknown_kind_fails_and_does_not_stop_the_worker(world, handled) -> None:
    handled(lambda task, progress: {})
    task_id = actions.enqueue(world.actor("officer"), "gone", {}).id
    db.session.commit()
    worker.work(worker.claim())
    assert db.session.get_one(Task, task_id).state is TaskState.FAILED


def test_an_interrupted_task_goes_back_into_the_queue(world, handled) -> None:
    def interrupted(task, progress):
        raise rules.Interrupted

    handled(interrupted)
    task = _work(world)
    assert (task.state, task.attempts) == (TaskState.QUEUED, 0)
    assert _notices(task) == []


def test_the_actor_of_a_task_is_the_post_it_was_made_for(world, handled) -> None:
    seen = []
    handled(lambda task, progress: seen.append(worker.actor_of(task)) or {})
    _work(world, "chief")
    assert seen[0].login == "chief"
    assert seen[0].scopes == world.actor("chief").scopes


def test_a_post_that_has_ended_does_no_more_work(world, handled) -> None:
    handled(lambda task, progress: {"message": worker.actor_of(task).name})
    task_id = actions.enqueue(world.actor("officer"), "test", {}).id
    post = db.session.get_one(Post, world.actor("officer").post_id)
    post.ends_on = clock.today() - timedelta(days=1)
    db.session.commit()
    worker.work(worker.claim())
    assert db.session.get_one(Task, task_id).message == rules.POST_ENDED


def test_an_address_is_a_path_of_this_site(world) -> None:
    assert worker.address("tasks.status", task_id=7) == "/tasks/7"


@pytest.mark.parametrize(
    ("cron", "now", "slot"),
    [
        ("5 12 * * *", "2026-11-23T04:05:00", "2026-11-23T04:05:00"),
        ("5 12 * * *", "2026-11-23T04:04:59", "2026-11-22T04:05:00"),
        ("*/10 * * * *", "2026-11-23T04:19:30", "2026-11-23T04:10:00"),
        ("0 9 * * fri", "2026-11-23T04:00:00", "2026-11-20T01:00:00"),
        ("0 0 1 * *", "2026-11-23T04:00:00", "2026-10-31T16:00:00"),
    ],
)
def test_a_slot_is_the_last_moment_the_job_was_due_in_the_citys_time(cron, now, slot) -> None:
    job = Job("x", "x", cron, "x:x")
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert scheduler.slot_of(job, moment).astimezone(UTC) == datetime.fromisoformat(slot).replace(tzinfo=UTC)


def test_every_job_has_its_own_id_a_future_and_a_target_that_exists() -> None:
    now = clock.now()
    assert len({j.id for j in scheduler.JOBS}) == len(scheduler.JOBS)
    for job in scheduler.JOBS:
        assert scheduler.next_run(job, now) > now
        module, _, name = job.target.partition(":")
        assert callable(getattr(__import__(module, fromlist=[name]), name))


def test_an_unknown_job_is_not_found() -> None:
    with pytest.raises(NotFound):
        scheduler.find("nothing.of.the.kind")


def test_a_failing_job_says_so_and_undoes_its_work(world, monkeypatch) -> None:
    def fail(self, now):
        db.session.add(JobRun(job="half", slot=now))
        db.session.flush()
        raise ZeroDivisionError

    monkeypatch.setattr(Job, "call", fail)
    run = scheduler.run(scheduler.JOBS[0], clock.now())
    assert run is not None
    assert (run.ok, run.message) == (False, "没有完成，系统出错，详情在服务器日志里。")
    assert db.session.scalars(select(JobRun.job)).all() == [scheduler.JOBS[0].id]


def test_files_of_tasks_go_after_thirty_days_and_nothing_else_does(world) -> None:
    folder = world.app.config["CRM"].data_dir
    (folder / "exports").mkdir(exist_ok=True)
    now = clock.now()
    kept = {}
    for name, days in (("old.xlsx", 31), ("new.xlsx", 29)):
        (folder / "exports" / name).write_text("x")
        task = actions.enqueue(world.actor("officer"), "exports.make", {})
        task.state, task.finished_at = TaskState.DONE, now - timedelta(days=days)
        task.result = {"file": f"exports/{name}"}
        kept[name] = task
    outside = actions.enqueue(world.actor("officer"), "exports.make", {})
    outside.state, outside.finished_at = TaskState.DONE, now - timedelta(days=99)
    outside.result = {"file": "../outside.txt"}
    db.session.flush()
    (folder.parent / "outside.txt").write_text("x")
    assert jobs.clean_files(now) == "清理文件 1 个"
    assert not (folder / "exports" / "old.xlsx").exists()
    assert (folder / "exports" / "new.xlsx").exists()
    assert (folder.parent / "outside.txt").exists()
    assert kept["old.xlsx"].result == {"expired": True}
    assert jobs.clean_files(now) == "清理文件 0 个"


def test_old_attempts_to_sign_in_are_cleaned(world) -> None:
    now = clock.now()
    for days in (1, 179, 181, 400):
        db.session.add(SignIn(login="x", ip="127.0.0.1", ok=False, at=now - timedelta(days=days)))
    db.session.flush()
    assert jobs.clean_sign_ins(now) == "清理登录尝试 2 条"


def test_the_planner_is_told_how_values_are_spread(real_app) -> None:
    """On an engine of its own: the job ends the transaction it is called in."""
    with real_app.app_context():
        assert jobs.analyse(clock.now()) == "统计信息已更新"


@pytest.mark.parametrize("words", [("jobs", "serve"), ("tasks", "serve")])
def test_the_processes_end_on_sigterm(real_app, real_url, real_dir, words) -> None:
    environment = {**os.environ, "CRM_DATABASE_URL": real_url, "CRM_DATA_DIR": str(real_dir)}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        _until_it_listens(process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()


def _until_it_listens(process: subprocess.Popen) -> None:
    """The handlers of the process are in place as soon as it catches SIGTERM."""
    for _ in range(600):
        status = Path(f"/proc/{process.pid}/status")
        caught = next(line for line in status.read_text().splitlines() if line.startswith("SigCgt"))
        if int(caught.split()[1], 16) & (1 << (signal.SIGTERM - 1)):
            return
        assert process.poll() is None
        time.sleep(0.1)
    raise AssertionError("the process did not start")


def test_the_week_that_was_just_cut_gets_its_number_once(world) -> None:
    friday = datetime(2026, 11, 20, 12, 5, tzinfo=clock.CITY)
    said = jobs.open_weekly_issue(friday)
    assert said.startswith("2026-W47 为2026年第 ")
    assert jobs.open_weekly_issue(friday + timedelta(days=3)) == said
    before_the_cut = datetime(2026, 11, 20, 11, 59, tzinfo=clock.CITY)
    assert jobs.open_weekly_issue(before_the_cut).startswith("2026-W46")
