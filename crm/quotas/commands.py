"""`flask quotas show`."""

import json
from typing import Any

import click
from flask.cli import AppGroup

from crm.accounts import queries as accounts
from crm.core import memo
from crm.core.errors import NotFound, RuleBroken
from crm.quotas import asking, shapes
from crm.quotas.rules import Board, ZoneLine, plain
from crm.quotas.sheets import PACES

quotas = AppGroup("quotas", help="重大项目配额。")


@quotas.command("show")
@click.option("--year", help="年份，默认今年。")
@click.option("--as-of", help="统计截止日期，默认今天与年末较早者。")
@click.option("--known-at", help="按当时已登记的内容，默认现在。")
@click.option("--zone", help="只看一个开发区（代码）。")
@click.option("--plan", help="方案代码，默认该年最新的方案。")
@click.option("--json", "as_json", is_flag=True, help="只输出 JSON。")
def show(as_json: bool, zone: str | None, **words: Any) -> None:
    """各开发区重大项目配额：目标、已认定、待认定、差、进度，以及每个项目为什么计或不计。"""
    memo.begin()
    try:
        found = asking.answer(accounts.system(), asking.read(**words), zone)
    except NotFound as error:
        raise click.ClickException("没有这个方案或开发区。请核对 --plan 和 --zone 的代码。") from error
    except RuleBroken as broken:
        raise click.ClickException(broken.message) from broken
    finally:
        memo.end()
    if found.board is None:
        raise click.ClickException(f"{found.asked.year}年没有方案。请由市商务局复制一份方案并确认年度配额。")
    if as_json:
        click.echo(json.dumps(shapes.as_json(found.board), ensure_ascii=False, indent=1))
        return
    for line in _words(found.board):
        click.echo(line)


def _words(board: Board) -> list[str]:
    head = f"{board.year}年重大项目配额  截至{board.times.as_of.isoformat()}  序时{board.elapsed * 100:.1f}%  {board.plan.title}"
    lines = [head, board.plan.banner] if board.plan.banner else [head]
    for line in board.lines:
        lines += _line_words(line)
    lines += [f"{zone.name}  不单列考核" for zone in board.not_assessed]
    return lines


def _line_words(line: ZoneLine) -> list[str]:
    figures = f"{plain(line.counted)} / {line.target}  待认定 {plain(line.pending)}  差 {plain(line.gap)}"
    pace = PACES[line.pace] + ("" if line.done else f" {line.lag * 100:.1f} 个百分点")
    head = f"{line.zone.name}  {line.threshold_label}  {figures}  {pace}"
    return [head, *(f"    {'计' if e.counted else '不计'}  {e.code}  {e.reason}" for e in line.entries)]


groups = [quotas]
