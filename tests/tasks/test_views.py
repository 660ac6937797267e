"""Progress pages and the administrator's list of jobs."""

import pytest
from sqlalchemy import select

from crm.audit.models import AuditEvent
from crm.core import clock
from crm.core.db import db
from crm.tasks import actions
from crm.tasks.models import JobRun
from crm.tasks.rules import TaskState


@pytest.fixture
def task(world):
    made = actions.enqueue(world.actor("officer"), "exports.make", {}, title="导出企业")
    db.session.commit()
    return made


def test_a_waiting_task_shows_a_polled_bar(task, as_) -> None:
    page = as_("officer").get(f"/tasks/{task.id}").get_data(as_text=True)
    assert "导出企业" in page
    assert f'data-poll="/tasks/{task.id}/progress"' in page


def test_progress_is_json(task, as_) -> None:
    task.state, task.done, task.total, task.message = TaskState.RUNNING, 3, 9, "读取"
    db.session.commit()
    answer = as_("officer").get(f"/tasks/{task.id}/progress").get_json()
    assert answer == {
        "state": "running",
        "done": 3,
        "total": 9,
        "message": "读取",
        "next": f"/tasks/{task.id}",
    }


def test_a_done_task_leads_on_and_only_within_the_site(task, as_) -> None:
    task.state, task.result = TaskState.DONE, {"next": "/imports/3"}
    db.session.commit()
    assert as_("officer").get(f"/tasks/{task.id}/progress").get_json()["next"] == "/imports/3"
    task.result = {"next": "//evil.example"}
    db.session.commit()
    assert as_("officer").get(f"/tasks/{task.id}/progress").get_json()["next"] == f"/tasks/{task.id}"


def test_a_failed_task_says_why(task, as_) -> None:
    task.state, task.message = TaskState.FAILED, "工作表是空的。请换一个文件。"
    db.session.commit()
    assert "工作表是空的" in as_("officer").get(f"/tasks/{task.id}").get_data(as_text=True)


@pytest.mark.parametrize("login", ["chief", "officer2", "sysadmin", "auditor"])
def test_anybody_elses_task_does_not_exist(task, as_, login) -> None:
    assert as_(login).get(f"/tasks/{task.id}").status_code == 404
    assert as_(login).get(f"/tasks/{task.id}/progress").status_code == 404


def test_jobs_are_listed_and_run_by_the_system_administrator(world, as_) -> None:
    browser = as_("sysadmin")
    assert "清理 30 天前的导出文件" in browser.get("/admin/jobs").get_data(as_text=True)
    assert browser.post("/admin/jobs/tasks.clean_files/run").status_code == 303
    run = db.session.scalars(select(JobRun)).one()
    assert (run.job, run.ok) == ("tasks.clean_files", True)
    assert db.session.scalars(select(AuditEvent.code).where(AuditEvent.code == "job.run")).one()
    assert "清理文件 0 个" in browser.get("/admin/jobs").get_data(as_text=True)


def test_an_unknown_job_is_404(world, as_) -> None:
    assert as_("sysadmin").post("/admin/jobs/nothing/run").status_code == 404


@pytest.mark.parametrize("login", ["officer", "bureau", "secadmin", "auditor"])
def test_nobody_else_sees_the_jobs(world, as_, login) -> None:
    assert as_(login).get("/admin/jobs").status_code == 403
    assert as_(login).post("/admin/jobs/tasks.clean_files/run").status_code == 403


def test_the_page_of_jobs_asks_a_fixed_number_of_questions(world, as_, count_queries) -> None:
    browser = as_("sysadmin")
    browser.get("/admin/jobs")
    with count_queries() as few:
        browser.get("/admin/jobs")
    for n in range(30):
        db.session.add(JobRun(job="tasks.clean_files", slot=clock.now(), ok=True, message=str(n)))
    db.session.commit()
    browser.get("/admin/jobs")
    with count_queries() as many:
        browser.get("/admin/jobs")
    assert len(many) == len(few)


def test_commands_list_and_run_jobs(world) -> None:
    runner = world.app.test_cli_runner()
    listed = runner.invoke(args=["jobs", "list", "--json"])
    assert '"id": "weekly.issue"' in listed.output
    assert runner.invoke(args=["jobs", "run", "tasks.clean_files"]).output.strip() == "清理文件 0 个"
    wrong = runner.invoke(args=["jobs", "run", "nothing"])
    assert wrong.exit_code == 1
    assert "没有名为 nothing 的定时任务" in wrong.output
