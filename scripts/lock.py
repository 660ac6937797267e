"""Make the locked requirement files again after one of the .in files changed. Needs `uv` on PATH.

The files hold names, versions and hashes and never the address of a package index.
Front-end packages are locked by `npm install --package-lock-only`.
"""

import os
import shutil
import subprocess
import sys

from _bootstrap import ROOT, Trouble, guarded

FILES = ("requirements", "requirements-dev", "requirements-node")


def main() -> int:
    uv = shutil.which("uv")
    if uv is None:
        raise Trouble("scripts/lock.py needs uv on PATH: pip install uv")
    for name in FILES:
        command = [uv, "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
        command += ["--generate-hashes", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]
        command += ["--custom-compile-command", "python3 scripts/lock.py", f"{name}.in", "-o", f"{name}.txt"]
        command += sys.argv[1:]
        subprocess.run(command, cwd=ROOT, env=os.environ, check=True)
        print(f"{name}.txt is locked.")
    return 0


if __name__ == "__main__":
    sys.exit(guarded(main))
