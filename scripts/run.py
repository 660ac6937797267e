"""Set up the CRM on this machine and serve it: `python3 scripts/run.py`. Safe to repeat; see --help."""

from __future__ import annotations

import argparse
import contextlib
import ipaddress
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

import _bootstrap as bootstrap
from _bootstrap import BIN, ROOT, Trouble, say

GRACE_SECONDS = 15


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Set up the CRM (environment, packages, database, reference data, demo) and serve it.",
        epilog="Settings are read from CRM_* variables; README.md lists them.",
    )
    parser.add_argument("--port", type=int, default=8000, help="port to serve on (8000)")
    parser.add_argument("--host", default="127.0.0.1", help="address to serve on (127.0.0.1)")
    parser.add_argument("--empty", action="store_true", help="do not load the demo on the first run")
    parser.add_argument("--no-serve", action="store_true", help="set up, then end")
    parser.add_argument(
        "--demo-on-network", action="store_true", help="serve other machines although demo accounts exist"
    )
    options = parser.parse_args()
    if not 1 <= options.port <= 65535:
        parser.error(f"--port must be between 1 and 65535, not {options.port}")
    return options


# Address


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def demand_free(host: str, port: int) -> None:
    """Raise Trouble when the port cannot be taken, before any other work is done."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise Trouble(f"{host} is not an address of this machine ({error.strerror})") from error
    with socket.socket(family, kind, protocol) as probe:
        # As gunicorn does, so that connections still closing from the last run do not count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(place)
        except OSError as error:
            raise Trouble(
                f"port {port} on {host} cannot be used ({error.strerror}). "
                f"End what uses it, or choose another: python3 scripts/run.py --port {port + 1}"
            ) from error


# Set-up


def flask(*words: str) -> int:
    command = [str(BIN / "flask"), "--app", "wsgi", *words]
    return subprocess.run(command, cwd=ROOT, env=bootstrap.environment()).returncode


def settled() -> tuple[Path, str] | None:
    """Where it is noted that the embedded database is set up for exactly these sources, and the note.

    None where more was chosen than the folder of the data: then the settings are looked at on every start.
    """
    if {name for name in os.environ if name.startswith("CRM_")} - {"CRM_DATA_DIR"}:
        return None
    database = Path(os.environ.get("CRM_DATA_DIR", "").strip() or ROOT / "instance") / "crm.db"
    sources = [
        file
        for folder in ("crm", "migrations")
        for file in sorted((ROOT / folder).rglob("*"))
        if file.suffix in (".py", ".json")
    ]
    # A database that was made anew is another file; one that was put back over it may be of an older schema.
    file = f"{database.stat().st_ino} {schema_of(database)}" if database.exists() else ""
    return database.with_name("crm.settled"), bootstrap.fingerprint(sources, file)


def schema_of(database: Path) -> str:
    """The migration that the file stands at; empty when that cannot be read."""
    try:
        with contextlib.closing(
            sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)
        ) as opened:
            return str(opened.execute("SELECT version_num FROM alembic_version").fetchone())
    except sqlite3.Error:
        return ""


def set_up(options: argparse.Namespace) -> None:
    with bootstrap.only_one():
        bootstrap.prepare("requirements")
        note = settled()
        if note and bootstrap.is_stamped(*note) and not options.empty:
            say("The database is set up")
            return
        say("Checking the database, the reference data and the demo")
        if flask("setup", *(["--empty"] if options.empty else [])) != 0:
            raise Trouble("the database could not be set up; the reason is above.")
        if note := settled():
            bootstrap.put_stamp(*note)


def keep_demo_at_home(options: argparse.Namespace) -> None:
    """The demo's passwords are public, so demo accounts are not offered to other machines by accident."""
    if is_loopback(options.host) or options.demo_on_network:
        return
    code = flask("demo", "present")
    if code not in (0, 1):
        raise Trouble(
            f"`flask demo present` failed ({code}), so it is not known whether demo accounts exist."
        )
    if code == 0:
        raise Trouble(
            f"demo accounts exist and their passwords are public: the CRM is not served on {options.host}. "
            "Serve it on 127.0.0.1, or add --demo-on-network if that is what you want."
        )


# Serving


def commands(options: argparse.Namespace) -> dict[str, list[str]]:
    """The three processes of the product: what each is called, and how it is started."""
    web = [str(BIN / "gunicorn"), "--bind", address(options.host, options.port), "--no-control-socket"]
    web += ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--log-level", "warning"]
    web += ["--graceful-timeout", "10", "--timeout", "120"]
    start = [str(BIN / "flask"), "--app", "wsgi"]
    return {
        "web": [*web, "wsgi:app"],
        "scheduler": [*start, "jobs", "serve"],
        "worker": [*start, "tasks", "serve"],
    }


class Supervisor:
    """Starts the processes, and ends all of them when one ends or when this process is told to stop."""

    def __init__(self) -> None:
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.told_to_stop = False

    def listen(self) -> None:
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, self._stop)

    def _stop(self, _sign: int, _frame: FrameType | None) -> None:
        self.told_to_stop = True

    def start(self, name: str, command: list[str]) -> None:
        # A session of its own: Ctrl-C reaches this process alone, which then ends the others in order.
        self.running[name] = subprocess.Popen(
            command,
            cwd=ROOT,
            env=bootstrap.environment(PYTHONUNBUFFERED="1"),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=bootstrap.die_with_parent(),
        )

    def ended(self) -> tuple[str, int] | None:
        """The first process that is no longer there, with its exit code."""
        for name, process in self.running.items():
            if (code := process.poll()) is not None:
                return name, code
        return None

    def watch(self) -> int:
        """Wait for the end; 0 when told to stop, 1 when a process ended by itself."""
        while not self.told_to_stop:
            if gone := self.ended():
                name, code = gone
                line = f"Stopped: the {name} process ended by itself ({code}); its reason is above."
                print(line, file=sys.stderr, flush=True)
                return 1
            time.sleep(0.2)
        say("Stopping")
        return 0

    def finish(self) -> None:
        for process in self.running.values():
            if process.poll() is None:
                process.terminate()
        until = time.monotonic() + GRACE_SECONDS
        for process in self.running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=max(0.1, until - time.monotonic()))
            if process.poll() is None:
                process.kill()
                process.wait()


def answers(host: str, port: int) -> bool:
    """True when somebody takes connections there; "every address" is asked for on this machine's own."""
    with contextlib.suppress(ValueError):
        if (unspecified := ipaddress.ip_address(host)).is_unspecified:
            host = "127.0.0.1" if unspecified.version == 4 else "::1"
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


def serve(options: argparse.Namespace, ready: str) -> int:
    supervisor = Supervisor()
    supervisor.listen()
    try:
        for name, command in commands(options).items():
            supervisor.start(name, command)
        # The line promises that the port takes connections.
        while (
            not supervisor.told_to_stop and not supervisor.ended() and not answers(options.host, options.port)
        ):
            time.sleep(0.05)
        if not supervisor.told_to_stop and not supervisor.ended():
            say(ready)
            say("Ctrl-C ends it.")
        return supervisor.watch()
    finally:
        supervisor.finish()


def main() -> int:
    options = arguments()
    ready = f"CRM ready: http://{address(options.host, options.port)}"
    if not options.no_serve:
        demand_free(options.host, options.port)
    set_up(options)
    keep_demo_at_home(options)
    if options.no_serve:
        say(ready)
        return 0
    return serve(options, ready)


if __name__ == "__main__":
    sys.exit(bootstrap.guarded(main))
