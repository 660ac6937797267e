"""Long lists go in and come out in short transactions: others get through, and what breaks off can go on or be taken back."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from crm.app import create_app
from crm.audit.models import AuditEvent
from crm.companies.models import Company, CompanyAlias, CompanyLink, Contact
from crm.core import clock, config
from crm.core import db as database
from crm.core.db import db
from crm.core.errors import Conflict
from crm.imports import actions, jobs, queries
from crm.imports.actions import committing
from crm.imports.actions.undoing import companies as undoing
from crm.imports.models import ImportBatch
from crm.imports.rules import BatchState
from crm.tasks import actions as tasks
from crm.tasks.actions import Progress
from crm.tasks.models import Task
from crm.tasks.rules import Interrupted
from tests import factories
from tests.factories import World
from tests.imports.conftest import staged
from tests.imports.sheets import csv

Stage = Callable[..., ImportBatch]
ROWS = 9
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def short_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committing, "CHUNK", 3)
    monkeypatch.setattr(undoing, "_CHUNK", 3)


def _list(rows: int = ROWS) -> bytes:
    lines = [f"第{at}号新材料有限公司,材{at},1380000{at:04d},王工,见{at}" for at in range(rows)]
    return csv("企业名称,简称,电话,联系人,备注", *lines)


def _count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def _steps(world: World, batch: ImportBatch, login: str = "officer") -> Iterator[int]:
    return actions.commit_in_steps(world.actor(login), batch, clock.now(), clock.today(), db.session.commit)


def _claimed(stage: Stage, content: bytes | None = None) -> ImportBatch:
    batch = stage(content or _list(), "officer")
    actions.claim(batch)
    db.session.commit()
    return batch


def _whole_records() -> int:
    """Companies that are there with all that belongs to them; fails where one stands half."""
    companies = _count(Company)
    assert _count(CompanyAlias) == _count(CompanyLink) == _count(Contact) == companies
    return companies


# --- commit ---------------------------------------------------------------------------------------


def test_every_step_leaves_whole_records_and_says_how_far_it_is(world: World, stage: Stage) -> None:
    batch = _claimed(stage)
    seen = []
    for done in _steps(world, batch):
        db.session.rollback()
        seen.append((done, _whole_records(), batch.state))
    assert seen == [(3, 3, "committing"), (6, 6, "committing"), (9, 9, "committing")]
    assert (batch.state, batch.counts["new"], "so_far" in batch.counts) == ("committed", 9, False)
    assert db.session.scalars(select(CompanyLink.notes).order_by(CompanyLink.id)).all()[2] == "见2"
    assert db.session.scalars(select(AuditEvent.code)).all().count("import.committed") == 1


def test_the_number_of_statements_of_a_step_does_not_grow_with_its_rows(
    world: World, stage: Stage, count_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def statements(content: bytes) -> int:
        batch = _claimed(stage, content)
        with count_queries() as sent:
            assert len(list(_steps(world, batch))) == 1
        return len(sent)

    monkeypatch.setattr(committing, "CHUNK", 1000)
    statements(csv("企业名称", "预热公司"))
    few = csv("企业名称", "甲材料公司", "乙材料公司")
    many = csv("企业名称", *[f"丙{at}号材料公司" for at in range(300)])
    assert statements(few) == statements(many)


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_what_was_broken_off_goes_on_where_it_stood(world: World, stage: Stage, steps: int) -> None:
    batch = _claimed(stage)
    going = _steps(world, batch)
    for _ in range(steps):
        next(going)
    going.close()
    db.session.rollback()
    assert _whole_records() == 3 * steps
    assert list(_steps(world, batch)) == [done for done in (3, 6, 9) if done > 3 * steps]
    assert (_whole_records(), batch.state, batch.counts["new"]) == (9, "committed", 9)


def test_a_step_that_fails_in_the_middle_leaves_nothing_of_itself(
    world: World, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = _claimed(stage)
    going = _steps(world, batch)
    next(going)
    monkeypatch.setattr(committing.companies, "write_contacts", _fails)
    with pytest.raises(RuntimeError):
        next(going)
    db.session.rollback()
    assert _whole_records() == 3
    monkeypatch.undo()
    list(_steps(world, batch))
    assert _whole_records() == 9


def _fails(*_: Any, **__: Any) -> None:
    raise RuntimeError


def test_somebody_who_registers_between_two_steps_is_seen(world: World, stage: Stage) -> None:
    batch = _claimed(stage)
    going = _steps(world, batch)
    next(going)
    world.company("第7号新材料有限公司")
    db.session.commit()
    list(going)
    assert (batch.counts["new"], batch.counts["updated"]) == (8, 1)
    assert _count(Company) == 9


def test_somebody_who_registers_while_a_step_is_prepared_is_seen(
    world: World, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = _claimed(stage)
    write = committing.Filling.write

    def late(filling: committing.Filling) -> None:
        if filling.so_far.rows == 3:
            world.company("第4号新材料有限公司")
        write(filling)

    monkeypatch.setattr(committing.Filling, "write", late)
    list(_steps(world, batch))
    assert (batch.counts["new"], batch.counts["updated"], _count(Company)) == (8, 1, 9)


def test_of_two_at_one_batch_the_second_is_refused(world: World, stage: Stage) -> None:
    batch = _claimed(stage)
    one, other = _steps(world, batch), _steps(world, batch)
    next(one)
    with pytest.raises(Conflict, match="另一个进程"):
        list(other)
        list(one)
    db.session.rollback()
    assert _whole_records() in (3, 9)


#: What a worker does until it is killed while its second step is half written: companies are there, contacts are not.
_KILLED = """
import os, signal, sys
from crm.accounts import queries
from crm.app import create_app
from crm.core import clock
from crm.core.db import db
from crm.imports import actions
from crm.imports.actions import committing
from crm.imports.models import ImportBatch

write, calls = committing.companies.write_contacts, []

def dies(*words, **more):
    calls.append(1)
    if len(calls) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    write(*words, **more)

committing.CHUNK, committing.companies.write_contacts = 3, dies
with create_app().app_context():
    batch = db.session.get_one(ImportBatch, int(sys.argv[1]))
    actor = queries.actor_by_login("officer", clock.today())
    list(actions.commit_in_steps(actor, batch, clock.now(), clock.today(), db.session.commit))
"""


@pytest.mark.once
def test_a_process_that_is_killed_in_the_middle_leaves_whole_records_and_the_next_goes_on(
    tmp_path: Path,
) -> None:
    environment = {"CRM_DATABASE_URL": f"sqlite:///{tmp_path / 'crm.db'}", "CRM_DATA_DIR": str(tmp_path)}
    app = create_app(config.load(environment), TESTING=True)
    with app.app_context():
        db.metadata.create_all(db.engine)
        factories.reference()
        world = World(app)
        db.session.commit()
        batch = _claimed(staged(world))
        number = batch.id
        db.session.remove()
        done = subprocess.run(
            [sys.executable, "-c", _KILLED, str(number)], cwd=ROOT, env={**os.environ, **environment}
        )
        assert done.returncode == -signal.SIGKILL
        batch = db.session.get_one(ImportBatch, number)
        assert (_whole_records(), batch.state, batch.counts["so_far"]["rows"]) == (3, "committing", 3)
        assert list(_steps(world, batch)) == [6, 9]
        assert (_whole_records(), batch.state) == (9, "committed")
        db.session.remove()
        db.engine.dispose()


# --- other writers --------------------------------------------------------------------------------


def test_a_second_writer_gets_through_between_two_steps_and_while_one_is_prepared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a database file of its own, with a second connection that waits for nobody: a lock at these moments fails it."""
    url = f"sqlite:///{tmp_path / 'crm.db'}"
    app = create_app(config.load({"CRM_DATABASE_URL": url, "CRM_DATA_DIR": str(tmp_path)}), TESTING=True)
    saved = []
    prepare = committing.Filling.prepare

    def prepared(filling: committing.Filling) -> bool:
        more = prepare(filling)
        _save(tmp_path / "crm.db")
        saved.append("prepared")
        return more

    monkeypatch.setattr(committing.Filling, "prepare", prepared)
    with app.app_context():
        db.metadata.create_all(db.engine)
        factories.reference()
        world = World(app)
        db.session.commit()
        batch = _claimed(staged(world))
        for _ in _steps(world, batch):
            _save(tmp_path / "crm.db")
            saved.append("written")
        assert _whole_records() == ROWS
        db.session.remove()
        db.engine.dispose()
    assert saved == ["prepared", "written"] * 3 + ["prepared"]


def _save(path: Path) -> None:
    with closing(sqlite3.connect(path, timeout=0)) as other, other:
        other.execute("UPDATE users SET name = name WHERE login = 'chief'")


def test_rows_are_prepared_in_a_transaction_that_only_reads(
    world: World, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = _claimed(stage)
    prepare, write = committing.Filling.prepare, committing.Filling.write
    told = []

    def looking(filling: committing.Filling) -> bool:
        told.append(("prepare", database.reading.get(), bool(db.session.new or db.session.dirty)))
        return prepare(filling)

    def writing(filling: committing.Filling) -> None:
        told.append(("write", database.reading.get(), db.session().in_nested_transaction()))
        write(filling)

    monkeypatch.setattr(committing.Filling, "prepare", looking)
    monkeypatch.setattr(committing.Filling, "write", writing)
    list(_steps(world, batch))
    assert [what for what, *_ in told] == ["prepare", "write"] * 3 + ["prepare"]
    assert {(what, reads) for what, reads, _ in told} == {("prepare", True), ("write", False)}


# --- taking back ----------------------------------------------------------------------------------


def test_a_commit_that_fails_is_taken_back_and_may_be_tried_again(
    world: World, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, task = _queued(world, stage)
    monkeypatch.setattr(committing.companies, "write_contacts", _fails_at(3))
    with pytest.raises(RuntimeError):
        jobs.commit(task, _quiet)
    assert (_whole_records(), batch.state, "so_far" in batch.counts) == (0, BatchState.READ, False)
    monkeypatch.undo()
    actions.claim(batch)
    db.session.commit()
    list(_steps(world, batch))
    assert _whole_records() == 9


def _fails_at(step: int) -> Callable[..., None]:
    calls: list[int] = []
    write = committing.companies.write_contacts

    def run(*arguments: Any, **more: Any) -> None:
        # Each step writes contacts of new companies once.
        calls.append(1)
        if len(calls) == step:
            raise RuntimeError
        write(*arguments, **more)

    return run


class _Quiet(Progress):
    def __init__(self) -> None:
        super().__init__(0, 0)

    def __call__(self, done: int, total: int = 0, message: str = "") -> None:
        pass


_quiet = _Quiet()


def _queued(world: World, stage: Stage) -> tuple[ImportBatch, Task]:
    batch = _claimed(stage)
    task = tasks.enqueue(world.actor("officer"), "imports.commit", {"batch_id": batch.id})
    batch.task_id = task.id
    db.session.commit()
    return batch, task


def test_a_worker_that_must_end_leaves_the_rest_to_the_next(
    world: World, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, task = _queued(world, stage)

    class Ending(_Quiet):
        def __call__(self, done: int, total: int = 0, message: str = "") -> None:
            raise Interrupted

    with pytest.raises(Interrupted):
        jobs.commit(task, Ending())
    db.session.rollback()
    assert (_whole_records(), batch.state) == (3, BatchState.COMMITTING)
    jobs.commit(task, _quiet)
    assert (_whole_records(), batch.state) == (9, BatchState.COMMITTED)


def test_a_taking_back_that_is_broken_off_lets_the_commit_begin_anew(world: World, stage: Stage) -> None:
    batch = _claimed(stage)
    going = _steps(world, batch)
    next(going), next(going)
    going.close()
    with pytest.raises(RuntimeError):
        actions.take_back(batch.id, _ends_after(2))
    db.session.rollback()
    list(_steps(world, batch))
    companies = _count(Company)
    assert (companies, _count(CompanyLink), _count(Contact)) == (9, 9, 9)
    db.session.refresh(batch)
    undone = actions.undo(world.actor("officer"), batch, clock.now())
    assert (undone.removed, undone.left_count, _whole_records()) == (9, 0, 0)


def _ends_after(times: int) -> Callable[[], None]:
    left = [times]

    def end() -> None:
        if not left[0]:
            raise RuntimeError
        left[0] -= 1
        db.session.commit()

    return end


@pytest.mark.parametrize("steps", [0, 1, 5, 8, 9])
def test_an_undo_goes_in_steps_and_goes_on_after_a_break(world: World, stage: Stage, steps: int) -> None:
    world.company("第0号新材料有限公司", short_name="材0")
    db.session.commit()
    batch = _claimed(stage)
    list(_steps(world, batch))
    actor = world.actor("officer")
    actions.claim_undo(actor, batch, clock.now())
    db.session.commit()
    going = actions.undo_in_steps(actor, batch, clock.now(), db.session.commit)
    for _ in range(steps):
        next(going)
    going.close()
    db.session.rollback()
    *_, undone = actions.undo_in_steps(actor, batch, clock.now(), db.session.commit)
    assert (undone.removed, undone.restored, undone.left_count) == (8, 1, 0)
    assert [_count(model) for model in (Company, CompanyLink, Contact)] == [1, 0, 0]
    assert batch.state is BatchState.UNDONE


def test_a_commit_nobody_goes_on_with_may_be_gone_on_with_or_undone(world: World, stage: Stage) -> None:
    batch, task = _queued(world, stage)
    going = _steps(world, batch)
    next(going)
    going.close()
    actor = world.actor("officer")
    for refused in (lambda: actions.claim(batch), lambda: actions.claim_undo(actor, batch, clock.now())):
        with pytest.raises(Conflict):
            refused()
    tasks.fail(task.id, task.attempts, "后台处理多次中断", clock.now())
    task.state = "failed"
    db.session.commit()
    assert queries.stranded(batch)
    actions.claim(batch)
    actions.claim_undo(actor, batch, clock.now())
    db.session.commit()
    with pytest.raises(Conflict):
        list(_steps(world, batch))
    db.session.rollback()
    undone = actions.undo(actor, batch, clock.now())
    assert (undone.removed, _whole_records(), batch.state) == (3, 0, BatchState.UNDONE)


def test_a_long_batch_is_undone_in_the_background(
    world: World, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "INLINE_ROWS", 5)
    batch = _claimed(stage)
    list(_steps(world, batch))
    browser = world.client("officer")
    browser.post(f"/imports/{batch.id}/undo")
    task = db.session.scalars(select(Task).where(Task.kind == "imports.undo")).one()
    assert "正在撤销" in browser.get(f"/imports/{batch.id}").text
    assert browser.post(f"/imports/{batch.id}/undo").status_code == 409
    jobs.undo(task, _quiet)
    assert "已撤销" in browser.get(f"/imports/{batch.id}").text
    assert _whole_records() == 0


def test_the_page_of_a_commit_that_was_broken_off_offers_both_ways(world: World, stage: Stage) -> None:
    batch = _claimed(stage)
    going = _steps(world, batch)
    next(going)
    going.close()
    page = world.client("officer").get(f"/imports/{batch.id}").text
    assert "入库中断" in page
    assert "继续入库" in page
    assert "撤销导入" in page
    assert "现有 3 条" in page
