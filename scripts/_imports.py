"""What scripts/bench.py measures of imports: a company list of 20 columns, and finding its companies in the register."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import _measure as measure
from _measure import Bench, Line
from sqlalchemy import text

from crm.accounts import queries as accounts
from crm.companies import queries
from crm.companies.naming import Wanted
from crm.core import clock, tables
from crm.core.db import db
from crm.demo.firms import uscc
from crm.demo.words import Words

#: The first thirteen are known to the synonym table; the others are what such lists carry besides.
HEADINGS = (
    "企业名称", "统一社会信用代码", "简称", "省份", "城市", "地址", "行业", "成立日期", "注册资本（万元）", "企业类型",
    "主营业务", "官网", "备注", "法定代表人", "参保人数", "登记状态", "登记机关", "纳税人资质", "所属区县", "评级",
)  # fmt: skip
FULL = 100_000
CHECKED = 1_000
_INSERT = text(
    "INSERT INTO companies (name, short_name, key, loose_key, sort_key, sound, region, city, address, industry, industry_code, "
    "registered_capital_text, business, website, search_tokens, search_text, is_demo, version, created_at, updated_at) "
    "VALUES (:n,'',:k,:l,'','',:r,:c,:a,:i,'','',:b,:w,:x,:x,:f,1,:t,:u)"
)


def _rows(many: int) -> Iterator[tuple[Any, ...]]:
    """Other companies at every call, so that a database can be used again."""
    random = Random()  # noqa: S311
    words = Words(random)
    mark = f"{random.randrange(16**5):05X}"
    for number in range(many):
        name, short, *_ = words.company()
        yield (
            f"{mark}{number}{name}", uscc(random), f"{short}{number}", "江苏省", "南京市", f"江宁区诚信大道{number}号",
            "化学原料和化学制品制造业", "2011-05-16", 1000 + number % 9000, "民营", "精细化工产品的研发、生产与销售",
            "www.example.cn", "名单导入", "张三", number % 500, "存续", "南京市市场监管局", "一般纳税人", "江宁区", "A",
        )  # fmt: skip


def companies(bench: Bench, rows: int) -> None:
    """A company list previewed and committed, against reading it and inserting the same companies bare."""
    from python_calamine import CalamineWorkbook

    path = Path(tempfile.mkdtemp()) / "companies.xlsx"
    tables.stream_xlsx(path, list(HEADINGS), _rows(rows))
    words = ["import", "commit", "companies", str(path), "--as", "officer", "--json"]
    began, cpu = time.perf_counter(), time.process_time()
    done = bench.app.test_cli_runner().invoke(args=words)
    ours, cpu = (time.perf_counter() - began) * 1000, time.process_time() - cpu
    if done.exit_code:
        sys.exit(f"import failed: {done.output[-500:]}")
    naive = bench.engine.dialect.name == "sqlite"

    def floor() -> None:
        grid = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
        now = clock.now().replace(tzinfo=None) if naive else clock.now()
        same = {"f": False, "t": now, "u": now}
        made = [
            dict.fromkeys("nklx", row[0]) | dict(zip("rcaibw", (*row[3:7], *row[10:12]), strict=True)) | same
            for row in grid[1:]
        ]
        with bench.engine.connect() as connection:
            connection.execute(_INSERT, made)
            connection.rollback()

    base = measure.median(floor, 1 if rows >= FULL else 3)
    note = f"{cpu:.1f} s CPU of this process; floor: bare reader and insert"
    bench.add(
        Line(f"导入企业 {rows}×{len(HEADINGS)}", ours, base, 0, "≤ 15 s" if rows >= FULL else "—", note)
    )


def duplicates(bench: Bench) -> None:
    """1,000 rows looking for their companies, half of them there under a shorter name; the floor is the same statements bare."""
    with bench.app.app_context():
        names = db.session.scalars(
            text("SELECT name FROM companies ORDER BY id LIMIT :many"), {"many": CHECKED // 2}
        ).all()
        db.session.rollback()
        there = [Wanted(str(name).replace("股份有限公司", "").replace("有限公司", "")) for name in names]
        fresh = [Wanted(row[0], uscc=row[1]) for row in _rows(CHECKED - len(there))]
        wanted = [*there, *fresh]
        with measure.watched(bench.app, bench.engine) as (statements, _):
            queries.match_many(wanted)
        db.session.rollback()
        with measure.reading():
            ours, base = measure.pair(
                lambda: (queries.match_many(wanted), db.session.rollback()),
                lambda: measure.send(bench.engine, statements),
                max(bench.rounds // 4, 3),
            )
    bench.add(
        Line(f"查重 导入的 {len(wanted)} 行", ours, base, len(statements), "≤ 3 s", "floor: the same SQL")
    )


def look_alikes(bench: Bench) -> None:
    """The whole check of 1,000 rows without a code, every one unknown: names of the register read once, then looked up by
    halves, readings and numbers; the floor is the same statements bare."""
    with bench.app.app_context():
        names = db.session.scalars(
            text("SELECT name FROM companies ORDER BY id DESC LIMIT :many"), {"many": CHECKED}
        ).all()
        db.session.rollback()
        # One character of each is wrong, so that nothing is matched and everything is looked for.
        asking = [
            queries.Asking(Wanted(f"{str(name)[:3]}琎{str(name)[4:]}"), ("13800000000",)) for name in names
        ]
        actor = accounts.actor_by_login("officer", clock.today())
        assert actor is not None

        def check() -> None:
            queries.match_many([one.wanted for one in asking])
            queries.near(actor, queries.Register(), asking)
            db.session.rollback()

        with measure.watched(bench.app, bench.engine) as (statements, _):
            check()
        with measure.reading():
            ours, base = measure.pair(
                check, lambda: measure.send(bench.engine, statements), max(bench.rounds // 4, 3)
            )
    note = "floor: the same SQL"
    bench.add(Line(f"查重 导入的 {len(asking)} 行，含相近", ours, base, len(statements), "≤ 3 s", note))
