"""An officer's daily work at a city's size: fills visits and open duties, then times the pages that live on them, asks the
database how it finds each row, and runs the jobs of reminding with what they take of memory.

A plan counts as bad where one of the large tables is read from end to end; counts over a whole index are named as such.
"""

from __future__ import annotations

import re
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from random import Random
from typing import Any

import _measure as measure
from _measure import Bench, Line, Statement
from sqlalchemy import bindparam, func, insert, select, text, update

from crm.accounts.models import Post, User
from crm.core import clock, memo
from crm.core import db as database
from crm.core.actor import Role
from crm.core.db import db
from crm.followups import jobs as duty_jobs
from crm.followups.models import Demand, Followup
from crm.followups.rules import ANSWERED, DutyKind, DutyState
from crm.pipeline import jobs as pipeline_jobs
from crm.projects.models import Project
from crm.units.models import Unit
from crm.visits.models import Visit, VisitOurs, VisitProject
from crm.visits.rules import Mode

OFFICERS, CHUNK = 400, 5_000
#: Visits lie this many days back; duties are due from so long ago until so far ahead.
BACK, LATE, AHEAD = 900, 20, 300
KINDS = (DutyKind.FOLLOWUP,) * 16 + (DutyKind.DEMAND, DutyKind.DEMAND, DutyKind.PROBLEM, DutyKind.INSTRUCTION)
LARGE = ("visits", "visit_projects", "visit_ours", "followups", "demands", "duty_reminders", "escalations")


# --- filling --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class City:
    """What visits and duties are drawn from: projects as (id, company, zone), officers by zone."""

    projects: Sequence[tuple[int, int, int]]
    officers: dict[int, list[int]]
    random: Random
    today: date


def fill(visits: int, duties: int) -> dict[str, int]:
    """Adds visits until there are so many, and open duties with as many closed ones; what is there already counts."""
    there = {
        model: db.session.scalar(select(func.count()).select_from(model)) or 0 for model in (Visit, Followup)
    }
    if there[Visit] < visits or there[Followup] < duties:
        # The seed is not a secret: the same numbers must give the same city.
        city = City(_projects(), _officers(), Random(f"{visits}-{duties}"), clock.today())  # noqa: S311
        _share_out(city)
        _write_visits(city, there[Visit], visits)
        _write_duties(city, there[Followup], duties * 2)
        db.session.commit()
        database.analyse()
    return {"visits": max(there[Visit], visits), "followups": max(there[Followup], duties * 2)}


def _projects() -> list[tuple[int, int, int]]:
    rows = db.session.execute(
        select(Project.id, Project.company_id, Project.zone_id)
        .where(Project.company_id.is_not(None), Project.zone_id.is_not(None))
        .order_by(Project.id)
    )
    return [(project, company, zone) for project, company, zone in rows]


def _officers() -> dict[int, list[int]]:
    """Officers of every zone with projects, those of the demo among them."""
    units = db.session.execute(select(Unit.id, Unit.zone_id).where(Unit.zone_id.is_not(None))).all()
    first = (db.session.scalar(select(func.max(User.id))) or 0) + 1
    people = [
        {"id": first + n, "login": f"bench{n}", "name": f"专员{n}", "password_hash": "!", "preferences": {}}
        for n in range(OFFICERS)
    ]
    db.session.execute(insert(User.__table__), people)
    seats = [
        {
            "user_id": one["id"],
            "unit_id": units[n % len(units)].id,
            "role": Role.OFFICER,
            "starts_on": date(2020, 1, 1),
            "confirmed_at": clock.now(),
        }
        for n, one in enumerate(people)
    ]
    db.session.execute(insert(Post.__table__), seats)
    _follow_on(User)
    _follow_on(Post)
    rows = db.session.execute(
        select(Unit.zone_id, Post.user_id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(Unit.zone_id.is_not(None), Post.role == Role.OFFICER)
        .order_by(Post.id)
    )
    found: dict[int, list[int]] = {}
    for zone_id, user_id in rows:
        found.setdefault(zone_id, []).append(user_id)
    return found


def _follow_on(model: Any) -> None:
    """Rows written with their numbers do not move PostgreSQL's sequence."""
    if db.engine.dialect.name == "postgresql":
        table = model.__tablename__
        db.session.execute(
            text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")  # noqa: S608
        )


def _in_chunks(rows: Iterator[tuple[dict[str, Any], ...]], models: Sequence[Any]) -> None:
    """Writes rows of several tables side by side, a commit each chunk."""
    while part := list(islice(rows, CHUNK)):
        for place, model in enumerate(models):
            wanted = [each[place] for each in part if each[place]]
            if wanted:
                db.session.execute(insert(model.__table__), wanted)
        db.session.commit()
    _follow_on(models[0])


def _share_out(city: City) -> None:
    """The demo gives a few people hundreds of projects at this scale: every officer of a zone has his share of them."""
    table = Project.__table__
    owners = [
        {"project": project, "owner": city.officers[zone][n % len(city.officers[zone])]}
        for n, (project, _, zone) in enumerate(city.projects)
    ]
    change = update(table).where(table.c.id == bindparam("project")).values(owner_id=bindparam("owner"))
    db.session.connection().execute(change, owners)


def _write_visits(city: City, there: int, wanted: int) -> None:
    number = db.session.scalar(select(func.max(Visit.id))) or 0
    modes = list(Mode)

    def rows() -> Iterator[tuple[dict[str, Any], ...]]:
        for n in range(number + 1, number + 1 + wanted - there):
            project, company, zone = city.random.choice(city.projects)
            by = city.random.choice(city.officers[zone])
            visit = {
                "id": n,
                "client_id": str(uuid.UUID(int=city.random.getrandbits(128))),
                "zone_id": zone,
                "company_id": company,
                "happened_on": city.today - timedelta(days=city.random.randrange(BACK)),
                "mode": modes[n % len(modes)],
                "summary": "沟通项目进展，对方要求本月答复用地条件。",
                "created_by": by,
            }
            ours = {"visit_id": n, "user_id": by, "name": "专员", "leads": True}
            yield visit, {"visit_id": n, "project_id": project}, ours

    _in_chunks(rows(), (Visit, VisitProject, VisitOurs))


def _write_duties(city: City, there: int, wanted: int) -> None:
    number = db.session.scalar(select(func.max(Followup.id))) or 0
    now = clock.now()

    def rows() -> Iterator[tuple[dict[str, Any], ...]]:
        for n in range(number + 1, number + 1 + wanted - there):
            project, company, zone = city.random.choice(city.projects)
            people = city.officers[zone]
            owner = city.random.choice(people)
            is_open, kind = n % 2 == 0, KINDS[n // 2 % len(KINDS)]
            days = city.random.randrange(-LATE, AHEAD) if is_open else -city.random.randrange(BACK)
            due = city.today + timedelta(days=days)
            duty = {
                "id": n,
                "kind": kind,
                "state": DutyState.OPEN if is_open else DutyState.DONE,
                "closed_at": None if is_open else now - timedelta(days=-days),
                "what": "答复用地条件和能耗指标",
                "zone_id": zone,
                "company_id": company,
                "project_id": project,
                "owner_id": owner,
                "created_by": owner if n % 7 else city.random.choice(people),
                "due_on": due,
                "first_due_on": due,
                "origin": f"visit:{n}",
            }
            life = {"followup_id": n, "answer_due_on": due, "answered_at": now if n % 3 == 0 else None}
            yield duty, life if kind in ANSWERED else {}

    _in_chunks(rows(), (Followup, Demand))


# --- plans ----------------------------------------------------------------------------------------


def _plan(statement: Statement) -> list[str]:
    """The lines of one statement's plan that read a large table or the whole of its index."""
    sqlite = db.engine.dialect.name == "sqlite"
    asked, parameters = statement
    if not asked.lstrip().upper().startswith(("SELECT", "WITH", "UPDATE", "DELETE")):
        return []
    word = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "
    lines = [
        str(row[-1]).strip() for row in db.session.connection().exec_driver_sql(word + asked, parameters)
    ]
    reads = re.compile(rf"(SCAN|Seq Scan on) ({'|'.join(LARGE)})\b(?! USING (COVERING )?INDEX)")
    whole = re.compile(rf"SCAN ({'|'.join(LARGE)}) USING (COVERING )?INDEX")
    return [
        ("!! " if reads.search(line) else "whole index: ") + line[:120]
        for line in lines
        if reads.search(line) or whole.search(line)
    ]


def plans(statements: Sequence[Statement]) -> list[str]:
    found: list[str] = []
    for statement in statements:
        found += _plan(statement)
    return found


# --- measuring --------------------------------------------------------------------------------------


def _busiest(column: str) -> int:
    row = db.session.execute(
        text(f"SELECT {column} FROM visits GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1")  # noqa: S608
    )
    return int(row.scalar_one())


def pages(bench: Bench) -> None:
    """The pages that visits and duties make heavy, each for who uses it, then how the database finds their rows."""
    for login in ("chief",):
        bench.browsers.setdefault(login, bench._client(login))
    with bench.app.app_context():
        company = _busiest("company_id")
        code = db.session.scalar(
            select(Project.code).where(Project.company_id == company).order_by(Project.id).limit(1)
        )
        db.session.rollback()
    for what, url, login in (
        ("今日 专员", "/", "officer"),
        ("今日 负责人", "/today", "chief"),
        ("今日 市局", "/today", "bureau"),
        ("跟进 本人", "/followups", "officer"),
        ("跟进 本板块逾期", "/followups?who=all&part=late", "chief"),
        ("跟进 全市", "/followups?who=all", "bureau"),
        ("日历 本人", "/calendar", "officer"),
        ("日历 本板块", "/calendar?who=all", "chief"),
        ("诉求 全市", "/demands", "bureau"),
        ("升级 全市", "/escalations?who=all", "bureau"),
        ("久未联系 专员", "/neglected", "officer"),
        ("久未联系 负责人", "/neglected", "chief"),
        ("久未联系 全市", "/neglected", "bureau"),
        ("走访 全市", "/visits?who=all", "bureau"),
        ("企业 走访最多", f"/companies/{company}", "officer"),
        ("企业 走访标签", f"/companies/{company}?tab=visits", "officer"),
        ("项目 走访标签", f"/projects/{code}?tab=visits", "bureau"),
    ):
        if bench.browsers[login].get(url).status_code != 200:
            print(f"  {url} is no page for {login}", file=sys.stderr)
            continue
        bench.page(what, url, "≤ 3", login)
        _say_plans(bench, what, lambda url=url, login=login: bench.get(login, url))  # type: ignore[misc]


def _say_plans(bench: Bench, what: str, act: Callable[[], Any]) -> None:
    with measure.watched(bench.app, bench.engine) as (statements, _):
        act()
    _say(bench, what, statements)


def _say(bench: Bench, what: str, statements: Sequence[Statement]) -> None:
    with bench.app.app_context(), measure.reading():
        for line in plans(statements):
            print(f"  {what}: {line}", file=sys.stderr)
        db.session.rollback()


def jobs(bench: Bench) -> None:
    """Each job as the first run after a long silence, then again as every hour finds it. A file that is used again has
    been told of everything already: then both are such a run."""
    for name, job in (
        ("提醒和升级", duty_jobs.remind),
        ("久未联系提醒", pipeline_jobs.neglected),
        ("每日摘要", duty_jobs.digest),
    ):
        words: list[str] = []
        with measure.watched(bench.app, bench.engine) as (statements, _):
            first: list[float] = []
            most = measure.peak(lambda: first.append(measure.timed(lambda: words.append(_run(bench, job)))))  # noqa: B023
        many = len(statements)
        with measure.watched(bench.app, bench.engine) as (statements, _):
            again = measure.timed(lambda: _run(bench, job))  # noqa: B023
        note = f"{words[0]}, {many} statements, {most:.0f} MiB more at its peak; floor: the next run"
        bench.add(Line(name, first[0], again, len(statements), "", note))
        _say(bench, name, statements)


def _run(bench: Bench, job: Callable[[Any], str]) -> str:
    with bench.app.app_context():
        memo.begin()
        said = job(clock.now())
        db.session.commit()
        memo.end()
    return said
