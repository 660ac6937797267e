"""What scripts/bench.py measures with: medians, and the floor of a page as its own statements and template, sent again bare."""

from __future__ import annotations

import contextlib
import statistics
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, template_rendered
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import Engine, event

from crm.core import db as database
from crm.core.db import db

Statement = tuple[str, Any]

#: What the frame asks on every page (who am I, settings, counts): ours to pay for, so not part of a floor.
FRAME = ("FROM users", "FROM posts", "FROM setting_changes", "FROM calendar_days", "FROM notices")
_ADMINISTRATION = ("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET ")


@dataclass(frozen=True, slots=True)
class Line:
    """Milliseconds of one thing a user does, and of its floor; `target` bounds the ratio."""

    what: str
    ours: float
    floor: float
    statements: int
    target: str
    note: str = ""

    @property
    def ratio(self) -> float:
        return self.ours / self.floor if self.floor else 0.0


def timed(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def pair(
    ours: Callable[[], Any], floor: Callable[[], Any], rounds: int, warm: int = 2
) -> tuple[float, float]:
    """Median milliseconds of both, taken in turn so that a busy machine slows both alike."""
    times = [(timed(ours), timed(floor)) for _ in range(rounds + warm)][warm:]
    return statistics.median(a for a, _ in times), statistics.median(b for _, b in times)


def median(act: Callable[[], Any], rounds: int) -> float:
    return statistics.median([timed(act) for _ in range(rounds + 2)][2:])


def peak(act: Callable[[], Any]) -> float:
    """By how many MiB the process grows at most while it acts (Linux; 0 elsewhere)."""

    def status(field: str) -> int:
        line = next(line for line in Path("/proc/self/status").read_text().splitlines() if field in line)
        return int(line.split()[1])

    try:
        Path("/proc/self/clear_refs").write_text("5")
        before = status("VmRSS")
        act()
        return (status("VmHWM") - before) / 1024
    except OSError:
        return 0.0


@contextlib.contextmanager
def watched(app: Flask, engine: Engine) -> Iterator[tuple[list[Statement], list[tuple[Any, dict[str, Any]]]]]:
    """Collects the statements and the rendered templates of what happens inside."""
    statements: list[Statement] = []
    pages: list[tuple[Any, dict[str, Any]]] = []

    def note(conn: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        if not statement.lstrip().startswith(_ADMINISTRATION):
            statements.append((statement, parameters))

    def page(sender: Any, template: Any, context: dict[str, Any], **more: Any) -> None:
        pages.append((template, dict(context)))

    event.listen(engine, "before_cursor_execute", note)
    template_rendered.connect(page, app)
    try:
        yield statements, pages
    finally:
        event.remove(engine, "before_cursor_execute", note)
        template_rendered.disconnect(page, app)


@contextlib.contextmanager
def reading() -> Iterator[None]:
    """On SQLite a transaction that only reads, as a GET has."""
    token = database.reading.set(True)
    try:
        yield
    finally:
        database.reading.reset(token)


def without_frame(statements: Sequence[Statement]) -> list[Statement]:
    return [one for one in statements if not any(part in one[0] for part in FRAME)]


def send(engine: Engine, statements: Sequence[Statement]) -> None:
    """The statements as they were, their rows fetched and thrown away."""
    with reading(), engine.connect() as connection:
        for statement, parameters in statements:
            result = connection.exec_driver_sql(statement, parameters)
            if result.returns_rows:
                result.fetchall()


def write(engine: Engine, statements: Sequence[Statement]) -> None:
    """The same rows once more in one bare transaction, with new unique values."""
    with engine.connect() as connection:
        for statement, parameters in statements:
            connection.exec_driver_sql(statement, _fresh(parameters))
        connection.commit()


def _fresh(parameters: Any) -> Any:
    """The parameters with every UUID replaced by a new one."""
    if isinstance(parameters, dict):
        return {key: _renewed(value) for key, value in parameters.items()}
    if isinstance(parameters, list):
        return [_fresh(one) for one in parameters]
    return tuple(_renewed(value) for value in parameters)


def _renewed(value: Any) -> Any:
    is_uuid = isinstance(value, str) and len(value) == 36 and value.count("-") == 4
    return str(uuid.uuid4()) if is_uuid else value


class Bench:
    """One filled database with signed-in browsers."""

    def __init__(self, app: Flask, rounds: int) -> None:
        self.app, self.rounds, self.lines = app, rounds, list[Line]()
        with app.app_context():
            self.engine: Engine = db.engine
        self.empty = Flask("empty")
        self.empty.add_url_rule("/", view_func=lambda: "", endpoint="empty", methods=("GET", "POST"))
        self.browsers = {login: self._client(login) for login in ("bureau", "officer")}

    def session_of(self, login: str) -> dict[str, Any]:
        """What a signed-in browser's cookie holds."""
        from crm.accounts import queries

        with self.app.app_context():
            user = queries.user_by_login(login)
            assert user is not None
            key = f"{user.id}:{user.session_epoch}"
            db.session.rollback()
        now = int(time.time())
        return {"_user_id": key, "_fresh": True, "started": now, "seen": now}

    def _client(self, login: str) -> Any:
        browser = self.app.test_client()
        kept = self.session_of(login)
        with browser.session_transaction() as session:
            session.update(kept)
        return browser

    def cookie(self, login: str) -> str:
        """The header of a browser that has just signed in."""
        signer = SecureCookieSessionInterface().get_signing_serializer(self.app)
        assert signer is not None
        return f"{self.app.config['SESSION_COOKIE_NAME']}={signer.dumps(self.session_of(login))}"

    def get(self, login: str, url: str) -> Any:
        answer = self.browsers[login].get(url)
        if answer.status_code != 200:
            sys.exit(f"{url} answered {answer.status_code}")
        return answer

    def page(self, what: str, url: str, target: str, login: str = "bureau") -> Line:
        """A GET against its own statements by bare SQL and its own template with the same context."""
        self.get(login, url)
        with watched(self.app, self.engine) as (statements, pages):
            self.get(login, url)
        asked = without_frame(statements)
        template, context = pages[-1]

        def floor() -> None:
            send(self.engine, asked)
            # Flask-WTF and the flashes want a request around the template.
            with self.app.test_request_context(url):
                template.render(context)

        ours, base = pair(lambda: self.browsers[login].get(url), floor, self.rounds)
        sql = median(lambda: send(self.engine, asked), self.rounds)
        note = f"SQL {sql:.1f}, {len(asked)} statements"
        return self.add(Line(what, ours, base, len(statements), target, note))

    def add(self, line: Line) -> Line:
        self.lines.append(line)
        print(f"  {line.what}: {line.ours:.1f} / {line.floor:.1f} ms", file=sys.stderr)
        return line
