"""`flask demo …` and `flask setup`, the one process behind scripts/run.py."""

import sys

import click
from flask import current_app
from flask.cli import AppGroup
from flask_migrate import upgrade
from sqlalchemy import select

from crm.accounts.models import User
from crm.core import clock
from crm.core import db as database
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.demo import load
from crm.demo.factories import PASSWORD
from crm.reference import load as reference

demo = AppGroup("demo", help="演示数据：只用于开发和试用。")

FIRST_ADMINISTRATORS = """还没有账号。请建立三个分离的管理员：
  .venv/bin/flask users add 系统管理员登录名 --role sysadmin
  .venv/bin/flask users add 安全管理员登录名 --role secadmin
  .venv/bin/flask users add 审计管理员登录名 --role auditor
之后可用 flask units import 和 flask users import 批量导入机构和人员。"""


@demo.command("load")
@click.option(
    "--scale",
    default=1,
    show_default=True,
    type=click.IntRange(1, 500),
    help="数量倍数，1 约为 400 家企业、150 个项目。",
)
def load_command(scale: int) -> None:
    """载入演示账号和虚构的业务数据；已有演示数据时不做任何事。"""
    if current_app.config["CRM"].production:
        raise click.ClickException("正式环境不能载入演示数据。")
    _load(scale)


def _load(scale: int) -> None:
    try:
        counts = load.everything(clock.today(), scale)
    except RuleBroken as broken:
        raise click.ClickException(broken.message) from broken
    db.session.commit()
    if not counts:
        click.echo("演示数据已经在了。")
        return
    database.analyse()
    click.echo(
        f"演示数据：企业 {counts['companies']} 家，项目 {counts['projects']} 个。账号 officer、chief、bureau 等，密码 {PASSWORD}"
    )


@demo.command("present")
def present() -> None:
    """有演示账号时返回 0，没有时返回 1。"""
    sys.exit(0 if load.present() else 1)


@click.command("setup")
@click.option("--empty", is_flag=True, help="不载入演示数据，并说明怎样建立第一批管理员。")
def setup(empty: bool) -> None:
    """数据库升级、基础数据、首次运行时的演示数据：可重复执行。"""
    database.reading.set(False)
    upgrade()
    counts = reference.everything()
    db.session.commit()
    click.echo(
        f"基础数据：开发区 {counts['zones']} 个，产业链 {counts['chains']} 条，方案 {counts['plans']} 个。"
    )
    nobody = db.session.scalar(select(User.id).limit(1)) is None
    if empty or current_app.config["CRM"].production:
        if nobody:
            click.echo(FIRST_ADMINISTRATORS)
    elif nobody:
        _load(1)


groups = [demo, setup]
