"""`flask users …` and `flask tokens …`: the first administrators, people by file, API tokens."""

import csv
import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from crm.accounts import actions, queries, rules, sheets
from crm.accounts.models import User
from crm.accounts.rules import TokenScope
from crm.core import clock, tables
from crm.core.actor import Role
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.settings import queries as settings
from crm.units import queries as units

users = AppGroup("users", help="账号：新建、导入、重置密码。")
tokens = AppGroup("tokens", help="接口令牌。")


def _refused(broken: RuleBroken) -> click.ClickException:
    db.session.rollback()
    return click.ClickException(broken.message)


def _given_password(login: str) -> str:
    password = sys.stdin.readline().rstrip("\n")
    rules.check_password(password, login, settings.value("password_length"))
    return password


def _unit_id(code: str) -> int:
    unit = units.by_code(code)
    if unit is None:
        raise RuleBroken(f"没有代码为 {code} 的机构。请核对。")
    return unit.id


def _add(login: str, role: str, unit: str, name: str, password: str | None) -> tuple[User, str]:
    actor, now, today = queries.console(), clock.now(), clock.today()
    person, first = actions.create_user(actor, login, name or login, now, password)
    draft = rules.PostDraft(_unit_id(unit), Role(role), today, rules.ROLE_LABELS[Role(role)])
    actions.propose(actor, person, draft, now, today)
    return person, first


@users.command("add")
@click.argument("login")
@click.option("--role", required=True, type=click.Choice([r.value for r in Role]), help="角色")
@click.option("--unit", default="LYG", show_default=True, help="机构代码")
@click.option("--name", default="", help="姓名，不填则同登录名")
@click.option("--password-stdin", is_flag=True, help="从标准输入读密码；不用时给出一次性密码")
def users_add(login: str, role: str, unit: str, name: str, password_stdin: bool) -> None:
    """新建账号并给一个岗位，即时生效。最初的三个管理员就这样建立。"""
    try:
        password = _given_password(login) if password_stdin else None
        person, first = _add(login, role, unit, name, password)
    except RuleBroken as broken:
        raise _refused(broken) from broken
    db.session.commit()
    click.echo(f"已新建 {person.login}（{rules.ROLE_LABELS[Role(role)]}）。")
    if password is None:
        click.echo("一次性密码，只显示这一次，首次登录时必须修改：")
        click.echo(first)


@users.command("reset")
@click.argument("login")
def users_reset(login: str) -> None:
    """重置密码，给出一次性密码；管理员的密码只能这样重置。"""
    person = queries.user_by_login(login)
    if person is None:
        raise click.ClickException(f"没有登录名为 {login} 的账号。请核对。")
    first = actions.reset_password(queries.console(), person, clock.now(), clock.today())
    db.session.commit()
    click.echo("一次性密码，只显示这一次，首次登录时必须修改：")
    click.echo(first)


@users.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def users_import(file: Path) -> None:
    """从表格导入账号，列为：登录名、姓名、机构代码、角色、职务。有一行不对，整个文件都不导入。"""
    target = file.with_name(f"{file.stem}-一次性密码.csv")
    if target.exists():
        raise click.ClickException(f"{target.name} 已经存在，里面可能有还没发出的密码。请先移走。")
    try:
        numbers, drafts = sheets.drafts(tables.open_book(file), clock.today())
        made = actions.import_people(queries.console(), drafts, clock.now(), clock.today(), numbers)
    except RuleBroken as broken:
        raise _refused(broken) from broken
    _write_once(target, made)
    try:
        db.session.commit()
    except Exception:
        target.unlink()
        raise
    click.echo(f"已导入 {len(made)} 个账号，一次性密码写在 {target}，只有您能读。请分发后删除。")


def _write_once(target: Path, made: Sequence[tuple[str, str, str]]) -> None:
    """Readable by its owner alone from the first byte on."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("登录名", "姓名", "一次性密码"))
        writer.writerows([tables.safe(login), tables.safe(name), first] for login, name, first in made)


@tokens.command("add")
@click.argument("login")
@click.option("--scope", type=click.Choice([s.value for s in TokenScope]), default="read", show_default=True)
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), help="有效期，如 2026-12-31")
@click.option("--label", default="", help="用途")
def tokens_add(login: str, scope: str, expires: datetime | None, label: str) -> None:
    """签发接口令牌，按该账号的第一个在任岗位行使权限。令牌在最后一行，只显示这一次。"""
    person = queries.user_by_login(login)
    if person is None or not person.active:
        raise click.ClickException(f"没有登录名为 {login} 的在用账号。请核对。")
    until = expires.date() if expires else None
    try:
        secret = actions.add_token(queries.console(), person, TokenScope(scope), until, clock.today(), label)
    except RuleBroken as broken:
        raise _refused(broken) from broken
    db.session.commit()
    click.echo(secret)


groups = [users, tokens]
