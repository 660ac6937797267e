"""`flask import preview|commit|undo`."""

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

import click
from flask.cli import AppGroup

from crm.accounts import queries as accounts
from crm.core import clock, memo
from crm.core.actor import Actor
from crm.core.db import db, looking
from crm.core.errors import Conflict, Forbidden, NotFound, RuleBroken
from crm.imports import actions, files, queries, sheets
from crm.imports.actions import staging
from crm.imports.actions.staging import Reading
from crm.imports.models import ImportBatch
from crm.imports.rules import BatchKind, Problem, RowAction, headings, letter
from crm.imports.rules.rows import Choices, ReadRow

imports = AppGroup("import", help="导入企业名单和项目台账。")

#: A file that an administrator names on the machine itself may be larger than an upload.
MOST_MB = 200

_KINDS = click.Choice([kind.value for kind in BatchKind])


@contextmanager
def _refusals() -> Iterator[None]:
    """Every refusal ends the command with one clear line."""
    memo.begin()
    try:
        yield
    except (RuleBroken, Conflict, Forbidden) as refused:
        db.session.rollback()
        raise click.ClickException(refused.message) from refused
    except NotFound as refused:
        db.session.rollback()
        raise click.ClickException("没有这一批，或不在您的范围内。") from refused
    finally:
        memo.end()


def _actor(login: str) -> Actor:
    actor = accounts.actor_by_login(login, clock.today())
    if actor is None:
        raise RuleBroken(f"没有登录名为 {login} 的在岗账号，请核对 --as。")
    return actor


# --- what is printed ------------------------------------------------------------------------------


def _spool() -> IO[str]:
    return cast(IO[str], tempfile.TemporaryFile("w+", encoding="utf-8"))


@dataclass(slots=True)
class Report:
    """Collects rows for the answer; items go to a spool, so that a long file does not fill the memory."""

    wanted: bool
    problems_wanted: bool
    errors: list[dict[str, Any]] = field(default_factory=list)
    bad_rows: list[sheets.ProblemRow] = field(default_factory=list)
    items: IO[str] = field(default_factory=_spool)

    def add(self, read: Reading, chunk: list[ReadRow]) -> None:
        names = {t.sheet.name: {c.index: c.heading for c in t.found.columns} for t in read.tables}
        for row in chunk:
            for problem in row.errors():
                self.errors.append(_error_line(row, problem, names[row.sheet].get(problem.column, "")))
            if self.problems_wanted and row.action is RowAction.ERROR:
                self.bad_rows.append(sheets.of_read(row))
            if self.wanted:
                self.items.write(json.dumps(_item(row), ensure_ascii=False) + "\n")

    def close(self) -> None:
        self.items.close()

    def print_json(self, head: dict[str, Any]) -> None:
        """The object of the interface, its long list streamed."""
        text = json.dumps(head | {"errors": self.errors}, ensure_ascii=False, indent=1)
        click.echo(text.removesuffix("\n}") + ',\n "items": [', nl=False)
        self.items.seek(0)
        for at, line in enumerate(self.items):
            click.echo(("\n  " if at == 0 else ",\n  ") + line.rstrip("\n"), nl=False)
        click.echo("\n ]\n}")


def _error_line(row: ReadRow, problem: Problem, heading: str) -> dict[str, Any]:
    return {
        "sheet": row.sheet,
        "row": row.row_no,
        "column": heading or (letter(problem.column) if problem.column >= 0 else ""),
        "value": problem.value,
        "message": problem.message,
    }


def _item(row: ReadRow) -> dict[str, Any]:
    fields = row.fields
    if row.people:
        contacts = [{"name": p.name, "post": p.post, "phone": p.phone} for p in row.people]
        fields = fields | {"contacts": contacts}
    item = {"sheet": row.sheet, "row": row.row_no, "action": row.action.value, "fields": fields}
    notes = [p.message for p in row.problems if p.level != "read"]
    return item | ({"changes": row.changes} if row.changes else {}) | ({"problems": notes} if notes else {})


def _head(batch_id: int | None, read: Reading) -> dict[str, Any]:
    found = [table.found.as_json() for table in read.tables]
    counts = {key: value for key, value in read.counts.as_json().items() if key != "kinds"}
    return {"batch": batch_id, "sheets": found, **counts, "errors": []}


def _words(kind: BatchKind, head: dict[str, Any], report: Report) -> None:
    for sheet in head["sheets"]:
        known = sum(1 for name in sheet["columns"].values() if headings.kept(kind, name))
        click.echo(
            f"{sheet['name']}：表头在第 {sheet['header_row']} 行，{len(sheet['columns'])} 列认出 {known} 列"
        )
    counts = head | {"errors": len({(error["sheet"], error["row"]) for error in report.errors})}
    told = "，".join(f"{label} {counts[key]}" for key, label in actions.COUNT_LABELS)
    click.echo(f"共 {head['rows']} 行：{told}")
    for error in report.errors[:20]:
        click.echo(
            f"  {error['sheet']} 第 {error['row']} 行 {error['column']}“{error['value']}”：{error['message']}"
        )
    if len(report.errors) > 20:
        click.echo(f"  另有 {len(report.errors) - 20} 处，用 --errors 写成表格查看")


def _progress(done: int, what: str) -> None:
    if sys.stderr.isatty() or done % 10_000 == 0:
        click.echo(f"\r{what} {done} 行", err=True, nl=not sys.stderr.isatty())


# --- commands -------------------------------------------------------------------------------------


def _options(command: Any) -> Any:
    options = (
        click.argument("kind", type=_KINDS),
        click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
        click.option("--as", "login", required=True, help="以谁的名义（登录名）。"),
        click.option("--zone", help="导入到哪个开发区（代码）；市商务局可不指定。"),
        click.option(
            "--errors", type=click.Path(dir_okay=False, path_type=Path), help="把有问题的行写成表格。"
        ),
        click.option("--json", "as_json", is_flag=True, help="只输出 JSON。"),
    )
    for option in reversed(options):
        command = option(command)
    return command


@imports.command("preview")
@_options
def preview(kind: str, file: Path, login: str, zone: str | None, errors: Path | None, as_json: bool) -> None:
    """试读一个文件，什么也不写入。"""
    with _refusals(), files.opened(file, file.name, MOST_MB) as book:
        actor = _actor(login)
        zone_id = actions.target_zone(actor, zone, queries.zone_names())
        read = actions.begin(actor, BatchKind(kind), book, zone_id, clock.today())
        with closing(Report(as_json, errors is not None)) as report:
            done = 0
            with looking():
                for chunk in read.chunks():
                    report.add(read, chunk)
                    done += len(chunk)
                    _progress(done, "已读")
            _answer(_head(None, read), read, report, errors, as_json)


def _answer(head: dict[str, Any], read: Reading, report: Report, errors: Path | None, as_json: bool) -> None:
    if errors is not None:
        sheets.write(errors, [table.found.as_stored() for table in read.tables], report.bad_rows)
    if as_json:
        report.print_json(head)
    else:
        _words(read.kind, head, report)


@imports.command("commit")
@_options
@click.option("--confirm", is_flag=True, help="金额、日期和上级企业的变化一并确认。")
def commit(
    kind: str, file: Path, login: str, zone: str | None, errors: Path | None, as_json: bool, confirm: bool
) -> None:
    """读取并入库；有错误的行不导入，其余分段写入，中断时全部撤回。"""
    with _refusals(), files.opened(file, file.name, MOST_MB) as book:
        actor = _actor(login)
        zone_id = actions.target_zone(actor, zone, queries.zone_names())
        read = actions.begin(
            actor, BatchKind(kind), book, zone_id, clock.today(), choices=Choices(all_confirmed=confirm)
        )
        with closing(Report(as_json, errors is not None)) as report:
            batch = _staged(actor, read, file, report)
            batch_id = batch.id
            try:
                _committed(actor, batch)
            except Conflict:
                raise
            except BaseException:
                _give_up(batch_id)
                raise
            told = _head(batch_id, read) | _outcome(batch)
            # A long answer is printed as slowly as it is read: no transaction stays open for it.
            db.session.rollback()
            _answer(told, read, report, errors, as_json)


def _staged(actor: Actor, read: Reading, file: Path, report: Report) -> ImportBatch:
    """Stages the file in steps of their own, so that other writers wait for one step at most."""
    batch = actions.note(actor, read.kind, file, read.zone_id)
    db.session.commit()
    read.listener = lambda chunk: report.add(read, chunk)
    for done in staging.stage(batch, read):
        db.session.commit()
        _progress(done, "已读")
    actions.remember(batch, read)
    db.session.commit()
    return batch


def _committed(actor: Actor, batch: ImportBatch) -> None:
    actions.claim(batch)
    db.session.commit()
    for done in actions.commit_in_steps(actor, batch, clock.now(), clock.today(), db.session.commit):
        _progress(done, "已写入")
    click.echo("已入库", err=True)


def _give_up(batch_id: int) -> None:
    db.session.rollback()
    with suppress(Exception):
        actions.take_back(batch_id, db.session.commit)


def _outcome(batch: ImportBatch) -> dict[str, Any]:
    return {key: batch.counts[key] for key in ("new", "updated", "duplicates")}


@imports.command("undo")
@click.argument("batch_id", metavar="BATCH", type=int)
@click.option("--as", "login", help="以谁的名义（登录名），默认系统。")
@click.option("--json", "as_json", is_flag=True, help="只输出 JSON。")
def undo(batch_id: int, login: str | None, as_json: bool) -> None:
    """撤销一批导入：删除它新增的、恢复它改过的；之后有人动过的保留并列出。"""
    with _refusals():
        actor = _actor(login) if login else accounts.system()
        batch = queries.find(actor, batch_id)
        actions.claim_undo(actor, batch, clock.now())
        db.session.commit()
        undone = actions.Undone()
        for undone in actions.undo_in_steps(actor, batch, clock.now(), db.session.commit):
            _progress(undone.removed, "已删除")
    if as_json:
        told = {"batch": batch_id, "removed": undone.removed, "restored": undone.restored}
        click.echo(
            json.dumps(
                told | {"left_count": undone.left_count, "left": undone.left}, ensure_ascii=False, indent=1
            )
        )
        return
    click.echo(
        f"已撤销第 {batch_id} 批：删除 {undone.removed} 条，恢复 {undone.restored} 条，保留 {undone.left_count} 条"
    )
    for line in undone.left:
        click.echo(f"  {line}")


groups = [imports]
