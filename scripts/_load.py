"""Pages a second of the product as it is served: gunicorn with 2 workers of 4 threads, asked by 8 clients."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from _measure import Bench, Line

ROOT = Path(__file__).resolve().parents[1]
CLIENTS, SECONDS = 8, 8.0
PAGES = (("企业列表 8 个客户端", "/companies"), ("项目列表 8 个客户端", "/projects"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def _served(settings: dict[str, str]) -> Iterator[int]:
    port = _free_port()
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--no-control-socket"]
    command += ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--log-level", "warning"]
    server = subprocess.Popen([*command, "wsgi:app"], cwd=ROOT, env={**os.environ, **settings})
    try:
        _wait(port)
        yield port
    finally:
        server.terminate()
        server.wait()


def _wait(port: int) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        # The port opens before the workers have loaded the product.
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", "/login")
            connection.getresponse().read()
            return
        time.sleep(0.1)
    sys.exit("gunicorn did not start")


def _ask(port: int, url: str, cookie: str, until: float, counts: list[int]) -> None:
    connection, number = http.client.HTTPConnection("127.0.0.1", port, timeout=120), 0
    while time.monotonic() < until:
        connection.request("GET", url, headers={"Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"{url} answered {answer.status}")
        number += 1
    connection.close()
    counts.append(number)


def _rate(port: int, url: str, cookie: str, seconds: float) -> float:
    counts: list[int] = []
    until = time.monotonic() + seconds
    clients = [threading.Thread(target=_ask, args=(port, url, cookie, until, counts)) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    if len(counts) != CLIENTS:
        sys.exit(f"a client gave up on {url}")
    return sum(counts) / seconds


def pages_a_second(bench: Bench, settings: dict[str, str]) -> None:
    """Eight clients that ask for one list as fast as it comes; they share the cores with the server."""
    cookie = bench.cookie("bureau")
    with _served(settings) as port:
        for what, url in PAGES:
            _rate(port, url, cookie, 2.0)
            rate = _rate(port, url, cookie, SECONDS)
            bench.add(Line(what, 1000 / rate, 0.0, 0, "≥ 250/s", f"{rate:.0f} pages a second"))
