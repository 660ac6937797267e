"""What run.py and test.py share: the virtual environment, the locked packages, and not doing work twice.

Standard library only, because on a fresh machine nothing else exists yet.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
CACHE = ROOT / ".cache"
BIN = VENV / "bin"
PYTHON = BIN / "python"
OLDEST = (3, 11)


class Trouble(Exception):
    """Something the person at the keyboard must know; its text is printed alone, without a traceback."""


def say(text: str) -> None:
    print(text, flush=True)


def guarded(main: Callable[[], int]) -> int:
    """Run `main` and turn what can go wrong into one clear line and an exit code."""
    try:
        if sys.version_info < OLDEST:
            raise Trouble("Python 3.11 or newer is needed; this is " + sys.version.split()[0])
        return main()
    except Trouble as trouble:
        print(f"Stopped: {trouble}", file=sys.stderr, flush=True)
        return 1
    except subprocess.CalledProcessError as failure:
        words = " ".join(str(part) for part in failure.cmd)
        print(f"Stopped: this command failed ({failure.returncode}): {words}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr, flush=True)
        return 130


# Not doing work twice


def fingerprint(files: Sequence[Path], *more: str) -> str:
    """One hash over the contents of `files` (a missing one counts as empty) and the words in `more`."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0")
        digest.update(file.read_bytes() if file.exists() else b"")
    for word in more:
        digest.update(word.encode() + b"\0")
    return digest.hexdigest()


def is_stamped(stamp: Path, value: str) -> bool:
    return stamp.exists() and stamp.read_text().strip() == value


def put_stamp(stamp: Path, value: str) -> None:
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(value + "\n")


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Hold the lock of the set-up, so that two runs started together do not install over each other."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "bootstrap.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another run is setting up; waiting for it.")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


# Processes


def die_with_parent(sign: signal.Signals = signal.SIGTERM) -> Callable[[], None] | None:
    """A `preexec_fn` that ends the child when this process is killed outright (Linux only)."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    pr_set_pdeathsig = 1
    return lambda: libc.prctl(pr_set_pdeathsig, int(sign)) and None


def quiet(command: Sequence[str | Path], **options: object) -> bool:
    """True when the command exists and succeeds; nothing it says is shown."""
    try:
        done = subprocess.run(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120, **options
        )  # type: ignore[call-overload]
    except (OSError, subprocess.TimeoutExpired):
        return False
    return bool(done.returncode == 0)


def environment(**more: str) -> dict[str, str]:
    """The environment for a child of ours: CRM_* passes through and the venv comes first on PATH.

    Who wants no bytecode beside his sources finds it in .cache: with none at all every process compiles two thousand
    files before it does anything.
    """
    env = {**os.environ, "VIRTUAL_ENV": str(VENV), **more}
    env["PATH"] = f"{BIN}{os.pathsep}{env.get('PATH', os.defpath)}"
    env.pop("PYTHONHOME", None)
    if env.pop("PYTHONDONTWRITEBYTECODE", ""):
        env.setdefault("PYTHONPYCACHEPREFIX", str(CACHE / "bytecode"))
    return env


# The virtual environment and its packages


def _uv() -> str | None:
    """uv, only when it is already there and really runs (a version manager's shim may not)."""
    uv = shutil.which("uv")
    return uv if uv and quiet([uv, "--version"]) else None


def _venv_works() -> bool:
    return PYTHON.exists() and quiet([PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"])


def make_venv() -> None:
    if _venv_works():
        return
    if VENV.exists():
        say(".venv does not run any more (it was moved, or its Python is gone); making it anew.")
        shutil.rmtree(VENV)
    say("Making the virtual environment .venv")
    uv = _uv()
    if quiet([sys.executable, "-c", "import venv, ensurepip"]):
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    elif uv:
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(VENV)], check=True)
    else:
        raise Trouble(
            "this Python cannot make virtual environments (no ensurepip). "
            "On Debian or Ubuntu: apt-get install python3-venv. Then start again."
        )


def _install(file: Path) -> None:
    """Install one locked file, by uv when it is there, else (or when uv reaches no index) by pip."""
    wanted = ["--require-hashes", "-r", str(file)]
    if uv := _uv():
        by_uv = [uv, "pip", "install", "--quiet", "--python", str(PYTHON), *wanted]
        if subprocess.run(by_uv).returncode == 0:
            return
        say("uv could not install them; trying pip.")
    if not quiet([PYTHON, "-m", "pip", "--version"]):
        subprocess.run([PYTHON, "-m", "ensurepip", "--upgrade"], check=True, stdout=subprocess.DEVNULL)
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted]
    if subprocess.run(pip).returncode != 0:
        raise Trouble(f"the packages of {file.name} could not be installed; pip's reason is above.")


def install(name: str, *, why: str = "") -> None:
    """Install `name`.txt into the venv unless exactly this file is in there already."""
    file = ROOT / f"{name}.txt"
    stamp = VENV / f".{name}.stamp"
    value = fingerprint([file], str(VENV))
    if is_stamped(stamp, value):
        return
    say(f"Installing the packages of {file.name}{why}")
    begun = time.monotonic()
    _install(file)
    put_stamp(stamp, value)
    say(f"  done in {time.monotonic() - begun:.0f} s")


def prepare(*names: str) -> None:
    """The venv with the locked files `names`, and the front-end files. Quick when nothing changed.

    Call it while holding `only_one`.
    """
    import assets

    make_venv()
    for name in names:
        install(name)
    assets.install()
