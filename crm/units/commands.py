"""`flask units import FILE`."""

from pathlib import Path

import click
from flask.cli import AppGroup

from crm.accounts import queries as accounts
from crm.core import tables
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.units import actions, sheets
from crm.units.rules import UnitKind
from crm.zones import actions as zones

units = AppGroup("units", help="机构：从表格导入。")


@units.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_command(file: Path) -> None:
    """从表格导入机构，列为：机构代码、名称、简称、类型、上级代码。有一行不对，整个文件都不导入。"""
    actor = accounts.console()
    try:
        numbers, drafts = sheets.drafts(tables.open_book(file))
        made = actions.import_units(actor, drafts, numbers)
        for unit in made:
            if unit.kind is UnitKind.ZONE:
                zones.open_zone(actor, unit)
    except RuleBroken as broken:
        db.session.rollback()
        raise click.ClickException(broken.message) from broken
    db.session.commit()
    click.echo(f"已导入 {len(made)} 个机构。")


groups = [units]
