"""`flask weekly build`."""

import json
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from crm.accounts import queries as accounts
from crm.core import clock, memo
from crm.core.errors import NotFound, RuleBroken
from crm.weekly import actions, queries, shapes, sheets
from crm.weekly.rules import Report

weekly = AppGroup("weekly", help="招商引资周报。")


@weekly.command("build")
@click.option("--week", help="周次，如 2026-W47；默认本周。")
@click.option("--zone", help="一个开发区的代码；默认全市。")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="放工作簿的文件夹；默认数据目录下的 exports。",
)
@click.option("--json", "as_json", is_flag=True, help="只输出 JSON；给了 --out 才另写工作簿。")
def build(week: str | None, zone: str | None, out: Path | None, as_json: bool) -> None:
    """一周的工作簿：总览、产业链、在谈、签约、开工、重大项目配额、本周走访、逾期跟进。"""
    report = _report(week, zone)
    actions.open_issue(report.issue.week)
    if as_json:
        if out is not None:
            _write(report, out)
        click.echo(json.dumps(shapes.as_json(report), ensure_ascii=False, indent=1))
        return
    path = _write(report, out or current_app.config["CRM"].data_dir / "exports")
    click.echo(f"{report.issue.label} {report.scope}：{path}")


def _report(week: str | None, zone: str | None) -> Report:
    memo.begin()
    now = clock.now()
    try:
        return queries.report(accounts.system(), queries.week(week, now), now, zone)
    except NotFound as error:
        raise click.ClickException("没有这个开发区。请核对 --zone 的代码。") from error
    except RuleBroken as broken:
        raise click.ClickException(broken.message) from broken
    finally:
        memo.end()


def _write(report: Report, folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / sheets.filename(report)
        with path.open("wb") as file:
            sheets.write(report, file)
    except OSError as error:
        raise click.ClickException(f"写不进 {folder}：{error.strerror}。请换一个文件夹。") from error
    return path


groups = [weekly]
