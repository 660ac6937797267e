"""Takes the pictures of docs/screenshots at both widths: `.venv/bin/python scripts/screenshots.py`."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "screenshots"


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "tests/browser/test_pages.py",
        "-q",
        "-k",
        "main_page_is_whole",
    ]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, "CRM_SCREENSHOTS": str(FOLDER)}, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
