"""Measures what users do against its own floor, in one run: `.venv/bin/python scripts/bench.py --scale 20`.

The floor of a page is what the page asked the database, sent again bare, plus its template rendered again with the same
context. The floor of a write is the same statements in one bare transaction plus an empty request. The floor of a
workbook is the bare writer on the same cells, of an import the bare reader plus the bare insert of the same rows.
Figures are medians in milliseconds; the ratio is what counts (docs/performance.md). Nothing here is a test.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

import _duties as duties  # noqa: E402
import _imports as imports  # noqa: E402
import _measure as measure  # noqa: E402
from _load import pages_a_second  # noqa: E402
from _measure import Bench, Line  # noqa: E402
from flask import Flask  # noqa: E402
from sqlalchemy import func, insert, select, text  # noqa: E402

from crm.app import create_app  # noqa: E402
from crm.core import clock, config, memo, tables  # noqa: E402
from crm.core import db as database  # noqa: E402
from crm.core.db import db  # noqa: E402
from crm.demo import load  # noqa: E402
from crm.pipeline.models import StageChange  # noqa: E402
from crm.projects.models import Project  # noqa: E402
from crm.projects.rules import Stage  # noqa: E402
from crm.reference import load as reference  # noqa: E402

EXPORT_COLUMNS, EXPORT_ROWS = 30, 50_000
#: Pages of the pipeline: what they are, their endpoints and what their addresses ask.
PIPELINE = (
    ("推进看板", "pipeline.board", ""),
    ("推进看板 全程", "pipeline.board", "?group=all"),
    ("停滞项目", "pipeline.stuck", ""),
    ("项目列表 按停留", "projects.index", "?sort=-days"),
    ("项目列表 红灯", "projects.index", "?light=bad"),
    ("项目列表 按灯", "projects.index", "?sort=-light"),
    ("项目列表 超期", "projects.index", "?stuck=1"),
    ("存疑", "pipeline.truth", ""),
    ("久未联系", "pipeline.neglected", ""),
    ("诉求", "followups.demands", ""),
    ("升级", "followups.escalated", ""),
)
#: Days over which further changes of stage are spread, and how many are written in one statement.
HISTORY_DAYS, CHUNK = 730, 10_000


# --- pages ----------------------------------------------------------------------------------------


def pages(bench: Bench) -> None:
    bench.page("企业列表", "/companies", "≤ 3")
    bench.page("企业列表 筛选", "/companies?industry=化学原料&sort=-updated", "≤ 3")
    first = bench.page("项目列表", "/projects", "≤ 3")
    bench.page("项目列表 筛选", "/projects?stage=in_depth&status=active&sort=-total_investment", "≤ 3")
    deep(bench, first)
    bench.page("企业搜索 化工", "/companies?q=化工", "≤ 3")
    bench.page("企业搜索 拼音", "/companies?q=huagong", "≤ 3")
    bench.page("企业搜索 首字母", "/companies?q=hgkj", "≤ 3")
    bench.page("项目页", f"/projects/{_busiest_project(bench)}", "≤ 8")
    bench.page("配额板", "/quotas", "≤ 2.5")
    bench.page("周报页", "/weekly?tab=talking", "≤ 3")
    bench.page("今日", "/", "≤ 3", "officer")
    for what, endpoint, asked in PIPELINE:
        if (url := _address(bench, endpoint)) is not None:
            bench.page(what, url + asked, "≤ 3")


def _address(bench: Bench, endpoint: str) -> str | None:
    """None where this floor of the product has no such page yet."""
    if endpoint not in bench.app.view_functions:
        return None
    return bench.app.url_map.bind("localhost").build(endpoint)


def _busiest_project(bench: Bench) -> str:
    with bench.app.app_context():
        code: str = db.session.scalars(
            text(
                "SELECT p.code FROM projects p JOIN visit_projects v ON v.project_id = p.id WHERE p.status = 'active'"
                " GROUP BY p.code ORDER BY count(*) DESC, p.code LIMIT 1"
            )
        ).one()
        db.session.rollback()
    return code


def deep(bench: Bench, first: Line) -> None:
    """The page some 10,000 rows (or half the list) down, by `after`, against the first page of the same list."""
    from crm.accounts import queries as accounts
    from crm.core.paging import Window
    from crm.projects import queries

    with bench.app.app_context():
        memo.begin()
        actor = accounts.actor_by_login("bureau", clock.today())
        assert actor is not None
        total = db.session.scalar(text("SELECT count(*) FROM projects")) or 0
        number = max(min(200, total // 100) - 1, 2)
        page = queries.listed(actor, queries.Filter(), Window(page=number), total, "-amount")
        memo.end()
        db.session.rollback()
    url = f"/projects?after={page.next_token}&page={number + 1}"
    ours, base = measure.pair(
        lambda: bench.get("bureau", url), lambda: bench.get("bureau", "/projects"), bench.rounds
    )
    bench.add(
        Line(f"第 {number + 1} 页（after）", ours, base, first.statements, "≤ 1.2", "floor: first page")
    )


def duplicates(bench: Bench) -> None:
    """The look-alikes of one name, as the form asks while somebody types, against scanning every name."""
    from rapidfuzz import fuzz, process

    from crm.companies import queries
    from crm.core import text as names

    with bench.app.app_context():
        name = db.session.scalar(text("SELECT name FROM companies ORDER BY id DESC LIMIT 1"))
        typed = str(name)[:-4] + "集团公司"
        with measure.watched(bench.app, bench.engine) as (statements, _):
            queries.possible_duplicates(typed)
        every = db.session.scalars(text("SELECT loose_key FROM companies")).all()
        db.session.rollback()
        with measure.reading():
            ours, base = measure.pair(
                lambda: (queries.possible_duplicates(typed), db.session.rollback()),
                lambda: process.extract(names.company_key(typed), every, scorer=fuzz.ratio, score_cutoff=80),
                bench.rounds,
            )
    note = f"floor: a full scan of {len(every)} names in memory"
    bench.add(Line("查重 一个名称", ours, base, len(statements), "≤ 15 ms", note))


# --- writes ---------------------------------------------------------------------------------------


def visit(bench: Bench) -> None:
    """The form's POST until its redirect, against the same rows in a bare transaction and an empty answer to the same form.

    The test client writes the form out anew each time, for both: that is the browser's work and not ours.
    """
    with bench.app.app_context():
        company = db.session.execute(
            text(
                "SELECT c.id, c.name FROM companies c JOIN company_links l ON l.company_id = c.id "
                "JOIN zones z ON z.id = l.zone_id WHERE z.code = 'LYG-ETDZ' ORDER BY c.id LIMIT 1"
            )
        ).one()
        db.session.rollback()

    cookie = bench.cookie("officer")
    browser = bench.app.test_client(use_cookies=False)

    def form() -> dict[str, str]:
        return {
            "client_id": str(uuid.uuid4()),
            "company": company.name,
            "company_id": str(company.id),
            "seen": str(company.id),
            "happened_on": clock.today().isoformat(),
            "mode": "phone",
            "summary": "电话沟通进展，对方确认下周来访。",
            "no_next_step_reason": "等对方答复",
        }

    def post() -> Any:
        # The same cookie every time: a kept one would carry the messages that no page has shown yet.
        return browser.post("/visits/new", headers={"Cookie": cookie}, data=form())

    post()
    with measure.watched(bench.app, bench.engine) as (statements, _):
        answer = post()
    if answer.status_code not in (302, 303):
        sys.exit(f"logging a visit answered {answer.status_code}")
    changes = [s for s in statements if s[0].lstrip().startswith(("INSERT", "UPDATE"))]
    empty = bench.empty.test_client(use_cookies=False)

    def floor() -> None:
        measure.write(bench.engine, changes)
        empty.post("/", headers={"Cookie": cookie}, data=form())

    ours, base = measure.pair(post, floor, bench.rounds)
    bench.add(Line("记走访", ours, base, len(statements), "≤ 4", f"{len(changes)} writes"))


# --- files ----------------------------------------------------------------------------------------


def workbook(bench: Bench) -> None:
    """The city's week as .xlsx, against its statements sent bare and its cells written by the bare writer."""
    import xlsxwriter
    from python_calamine import CalamineWorkbook

    from crm.accounts import queries as accounts
    from crm.weekly import queries, sheets

    def build() -> bytes:
        file = io.BytesIO()
        memo.begin()
        now = clock.now()
        sheets.write(queries.report(accounts.system(), queries.week(None, now), now, None), file)
        memo.end()
        db.session.rollback()
        return file.getvalue()

    with bench.app.app_context(), measure.reading():
        with measure.watched(bench.app, bench.engine) as (statements, _):
            book = CalamineWorkbook.from_filelike(io.BytesIO(build()))
        asked = measure.without_frame(statements)
        grids = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}

        def floor() -> None:
            measure.send(bench.engine, asked)
            with xlsxwriter.Workbook(io.BytesIO(), {"in_memory": True, "strings_to_urls": False}) as out:
                for name, grid in grids.items():
                    sheet = out.add_worksheet(name)
                    for number, cells in enumerate(grid):
                        sheet.write_row(
                            number, 0, [c if isinstance(c, int | float) else str(c) for c in cells]
                        )

        cells = sum(len(row) for grid in grids.values() for row in grid)
        # Hundreds of thousands of cells take many seconds: one round says enough.
        ours, base = measure.pair(build, floor, *((1, 0) if cells > 200_000 else (5, 1)))
    bench.add(Line("周报工作簿", ours, base, len(statements), "≤ 2.5", f"{cells} cells"))


def export(bench: Bench) -> None:
    """The list of projects as the export writes it, against the bare writer on the same cells; then its memory."""
    import rustpy_xlsxwriter
    from python_calamine import CalamineWorkbook

    from crm.accounts import queries as accounts
    from crm.exports import jobs
    from crm.exports.rules import Format
    from crm.exports.sheets.lists import LISTS
    from crm.tasks.jobs import files

    path, listing = Path(tempfile.mkdtemp()) / "projects.xlsx", LISTS["projects"]

    def make() -> None:
        actor, today = accounts.actor_by_login("bureau", clock.today()), clock.today()
        assert actor is not None
        with files.reading():
            filters = jobs.filters_of(listing, {}, actor, today)
            jobs.write(path, Format.XLSX, listing, {}, listing.rows(actor, filters, {}, today), actor)

    with bench.app.app_context():
        with measure.watched(bench.app, bench.engine) as (statements, _):
            make()
        asked = measure.without_frame(statements)
        grid = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
        heads = [str(number) for number in range(len(grid[0]))]
        bare = path.with_name("bare.xlsx")

        def floor() -> None:
            measure.send(bench.engine, asked)
            rows = (dict(zip(heads, row, strict=True)) for row in grid)
            rustpy_xlsxwriter.write_worksheet(rows, str(bare))

        ours, base = measure.pair(make, floor, 1, warm=0)
    bench.add(Line(f"导出项目 {len(grid)}×{len(heads)}", ours, base, len(statements), "≤ 2.5"))
    _stream(bench, bare)


def _stream(bench: Bench, path: Path) -> None:
    """50,000 × 30 through core.tables against the bare writer on the same cells, and what it takes of memory."""
    import rustpy_xlsxwriter

    heads = [f"列{number}" for number in range(EXPORT_COLUMNS)]
    line = ["连云港经济技术开发区", "91320700MA1234567X", 12345.67, None, clock.today()] * (
        EXPORT_COLUMNS // 5
    )

    def rows() -> Iterable[list[Any]]:
        return (list(line) for _ in range(EXPORT_ROWS))

    ours, base = measure.pair(
        lambda: tables.stream_xlsx(path, heads, rows()),
        lambda: rustpy_xlsxwriter.write_worksheet(
            (dict(zip(heads, row, strict=True)) for row in rows()), str(path)
        ),
        3,
        warm=1,
    )
    most = measure.peak(lambda: tables.stream_xlsx(path, heads, rows()))
    bench.add(Line("写 50,000×30 .xlsx", ours, base, 0, "≤ 2.5", f"{most:.0f} MiB more at its peak"))


# --- one database -----------------------------------------------------------------------------------


def fill(app: Flask, scale: int, changes: int = 0) -> None:
    """Schema, reference data, the demo, and changes of stage up to `changes`; what is there already stays."""
    with app.app_context():
        db.metadata.create_all(db.engine)
        began = time.perf_counter()
        reference.everything()
        counts = load.everything(clock.today(), scale)
        db.session.commit()
        counts = {**counts, "stage_changes": stage_changes(changes)}
        database.analyse()
        print(f"  {counts} in {time.perf_counter() - began:.0f} s", file=sys.stderr)


def stage_changes(least: int) -> int:
    """Adds changes of stage until there are `least`, spread over all projects and two years; returns how many there are."""
    there = db.session.scalar(select(func.count()).select_from(StageChange)) or 0
    ids = db.session.scalars(select(Project.id).order_by(Project.id)).all()
    stages, now = list(Stage), clock.now()
    for first in range(there, least, CHUNK):
        rows = []
        for number in range(first, min(first + CHUNK, least)):
            # Two primes walk through projects, stages and days without a pattern that an index could like.
            at = now - timedelta(days=number * 7919 % HISTORY_DAYS, seconds=number % 86_400)
            place = number * 31 % (len(stages) - 1)
            project = ids[number * 7907 % len(ids)]
            rows.append(
                {"project_id": project, "before": stages[place], "after": stages[place + 1], "at": at}
            )
        db.session.execute(insert(StageChange), rows)
        db.session.commit()
    return max(there, least)


def everything(url: str, options: argparse.Namespace) -> list[Line]:
    settings = {"CRM_DATABASE_URL": url, "CRM_DATA_DIR": tempfile.mkdtemp()}
    app = create_app(config.load(settings), WTF_CSRF_ENABLED=False)
    fill(app, options.scale, options.stage_changes)
    bench = Bench(app, options.rounds)
    if options.visits or options.followups:
        with app.app_context():
            print(f"  {duties.fill(options.visits, options.followups)}", file=sys.stderr)
        duties.jobs(bench)
        duties.pages(bench)
        visit(bench)
        return bench.lines
    pages(bench)
    duplicates(bench)
    imports.duplicates(bench)
    imports.look_alikes(bench)
    visit(bench)
    workbook(bench)
    export(bench)
    if options.load:
        pages_a_second(bench, settings)
    imports.companies(bench, options.rows)
    return bench.lines


def show(name: str, lines: list[Line]) -> None:
    print(f"\n{name}")
    print(f"{'what':<26}{'ours ms':>10}{'floor ms':>10}{'ratio':>8}{'target':>9}{'statements':>12}  note")
    for line in lines:
        wide = 26 - sum(1 for character in line.what if ord(character) > 0x2E80)
        aim = 9 - sum(1 for character in line.target if ord(character) > 0x2E80)
        print(
            f"{line.what:<{wide}}{line.ours:>10.1f}{line.floor:>10.1f}{line.ratio:>8.2f}{line.target:>{aim}}"
            f"{line.statements or '':>12}  {line.note}"
        )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", type=int, default=20, help="1 is about 370 companies, 120 projects (20)")
    parser.add_argument("--rows", type=int, default=5000, help="rows of the imported sheet (5000)")
    parser.add_argument(
        "--stage-changes", type=int, default=0, help="fill up to so many changes of stage (0)"
    )
    parser.add_argument(
        "--visits", type=int, default=0, help="fill so many visits, measure visits and duties alone"
    )
    parser.add_argument("--followups", type=int, default=0, help="the same with so many open duties")
    parser.add_argument("--rounds", type=int, default=25, help="measured requests of each page (25)")
    parser.add_argument("--db", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument(
        "--sqlite", type=Path, help="a SQLite file to use again; a new one in a temporary folder"
    )
    parser.add_argument("--load", action="store_true", help="also pages a second of gunicorn with 8 clients")
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    results: dict[str, list[Line]] = {}
    if options.db in ("sqlite", "both"):
        path = options.sqlite or Path(tempfile.mkdtemp()) / "bench.db"
        results["SQLite"] = everything(f"sqlite:///{path}", options)
    if options.db in ("postgresql", "both"):
        from tests import postgres

        with postgres.running() as url:
            results["PostgreSQL"] = everything(url, options)
    if options.json:
        out = {
            name: [{field: getattr(line, field) for field in (*Line.__slots__, "ratio")} for line in lines]
            for name, lines in results.items()
        }
        print(json.dumps(out, ensure_ascii=False))
    else:
        print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, scale {options.scale}")
        for name, lines in results.items():
            show(name, lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
