"""`flask reference load`."""

import click
from flask.cli import AppGroup

from crm.core.db import db
from crm.reference import load

reference = AppGroup("reference", help="基础数据：机构、开发区、方案与配额、产业链。")


@reference.command("load")
def load_command() -> None:
    """载入随产品提供的基础数据；可重复执行，不覆盖已修改的内容。"""
    counts = load.everything()
    db.session.commit()
    click.echo(
        "，".join(
            f"{label} {counts[key]}"
            for key, label in (
                ("units", "机构"),
                ("zones", "开发区"),
                ("plans", "方案"),
                ("chains", "产业链"),
            )
        )
    )


groups = [reference]
