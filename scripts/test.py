"""Set up everything the tests need and run them all.

    python3 scripts/test.py [--allow-missing] [pytest arguments]

First the checks (style, types, layering, templates), then pytest on SQLite with the browser tests, then on a
real PostgreSQL. Arguments for pytest go to both runs, and then the checks are left out:
`scripts/test.py tests/visits -k due`. What could not be set up is named, and fails unless --allow-missing.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import _bootstrap as bootstrap
import browser
from _bootstrap import BIN, PYTHON, ROOT, Trouble, say

sys.path.insert(0, str(ROOT / "tests"))
import postgres

# Each check by name; all are run, and any failure fails the whole.
CHECKS: dict[str, list[str]] = {
    "ruff check": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "."],
    "mypy": ["mypy"],
    "lint-imports": ["lint-imports"],
    "djlint": ["djlint", "--lint", "--quiet", "crm/templates"],
}
NOTHING_COLLECTED = 5
# Tests that belong to no database (browser, scripts) carry this mark and run once, on SQLite.
SECOND_RUN = "not once"


@dataclass
class Tally:
    """What was run and what could not be, for the last line."""

    passed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def note(self, name: str, good: bool) -> None:
        (self.passed if good else self.failed).append(name)

    def miss(self, name: str, reason: object) -> None:
        say(f"MISSING {name}: {reason}")
        self.missing.append(name)

    def close(self, allow_missing: bool, seconds: float) -> int:
        """Print the sum in one line; the exit code is 0 only when nothing failed and nothing is missing."""
        named = {"Passed": self.passed, "FAILED": self.failed, "Could not be set up": self.missing}
        words = " ".join(f"{title}: {', '.join(names)}." for title, names in named.items() if names)
        good = bool(self.passed) and not self.failed and (allow_missing or not self.missing)
        say(f"{'GOOD' if good else 'NOT GOOD'} after {seconds:.0f} s. {words or 'Nothing was run.'}")
        return 0 if good else 1


# Checks


def _check(command: Sequence[str]) -> tuple[bool, str, float]:
    begun = time.monotonic()
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=ROOT,
        env=bootstrap.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    return done.returncode == 0, done.stdout, time.monotonic() - begun


def run_checks(tally: Tally) -> None:
    say("== Checks")
    with ThreadPoolExecutor(max_workers=2) as pool:
        results = pool.map(_check, CHECKS.values())
        for name, (good, said, seconds) in zip(CHECKS, results, strict=True):
            say(f"{'ok    ' if good else 'FAILED'} {name} ({seconds:.0f} s)")
            if not good:
                say(said.rstrip())
            tally.note(name, good)


# Tests


@dataclass(frozen=True)
class Asked:
    """The command line: our own option, the mark expression, and what else goes to pytest."""

    allow_missing: bool
    marks: str
    database: str
    rest: tuple[str, ...]

    @property
    def is_everything(self) -> bool:
        return not (self.rest or self.marks or self.database)


def read_arguments(words: Sequence[str]) -> Asked:
    """Take out what we must combine with options of our own (`-m`, `--db`); the rest is pytest's business."""
    taken = {"-m": "", "--db": ""}
    rest: list[str] = []
    allow_missing = False
    queue = iter(words)
    for word in queue:
        name, equals, value = word.partition("=")
        if word == "--allow-missing":
            allow_missing = True
        elif name in taken:
            taken[name] = value if equals else next(queue, "")
        else:
            rest.append(word)
    return Asked(allow_missing, taken["-m"], taken["--db"], tuple(rest))


def pytest(asked: Asked, database: str, marks: Sequence[str], env: dict[str, str]) -> int:
    """One run of pytest on two workers; tests that share a live server stay on one of them."""
    say(f"== Tests on {database}")
    command = [str(PYTHON), "-m", "pytest", "-n", "2", "--dist", "loadgroup", "--db", database]
    every = [f"({each})" for each in (asked.marks, *marks) if each]
    if every:
        command += ["-m", " and ".join(every)]
    return subprocess.run([*command, *asked.rest], cwd=ROOT, env=bootstrap.environment(**env)).returncode


def run_on_sqlite(asked: Asked, tally: Tally) -> int:
    env, marks = {}, []
    try:
        with bootstrap.only_one():
            env["CRM_CHROMIUM"] = browser.find()
        say(f"Browser: {env['CRM_CHROMIUM']}")
    except Trouble as trouble:
        tally.miss("browser", trouble)
        marks.append("not browser")
    code = pytest(asked, "sqlite", marks, env)
    if code != NOTHING_COLLECTED:
        tally.note("tests on sqlite", code == 0)
    return code


def run_on_postgresql(asked: Asked, tally: Tally) -> int:
    try:
        with postgres.running() as url:
            code = pytest(asked, "postgresql", [SECOND_RUN], {"CRM_TEST_PG_URL": url})
    except postgres.CannotStart as reason:
        tally.miss("postgresql", reason)
        return NOTHING_COLLECTED
    if code != NOTHING_COLLECTED:
        tally.note("tests on postgresql", code == 0)
    return code


def run_tests(asked: Asked, tally: Tally) -> None:
    """Both databases, or the one asked for. Whoever picks tests may pick some that belong to one run only."""
    runs = {"sqlite": run_on_sqlite, "postgresql": run_on_postgresql}
    if asked.database not in ("", *runs):
        raise Trouble(f"--db takes {' or '.join(runs)}, not {asked.database}")
    for name, run in runs.items():
        if asked.database in ("", name):
            code = run(asked, tally)
            if code == NOTHING_COLLECTED and asked.is_everything and name not in tally.missing:
                tally.note(f"tests on {name} (none found)", False)


def main() -> int:
    words = sys.argv[1:]
    if {"-h", "--help"} & set(words):
        print(__doc__.strip())
        return 0
    asked = read_arguments(words)
    begun, tally = time.monotonic(), Tally()
    # A terminated run still stops the PostgreSQL it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with bootstrap.only_one():
        bootstrap.prepare("requirements", "requirements-dev")
    if asked.is_everything:
        run_checks(tally)
    run_tests(asked, tally)
    return tally.close(asked.allow_missing, time.monotonic() - begun)


if __name__ == "__main__":
    sys.exit(bootstrap.guarded(main))
