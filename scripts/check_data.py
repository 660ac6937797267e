"""Imports real lists and the ledgers into a scratch database and compares: `python scripts/check_data.py --data DIR`.

DIR holds `companies/` and `ledgers/` (with gold.json). Nothing of it is copied; the scratch database is thrown away.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FLASK = [sys.executable, "-m", "flask"]
LIMIT_MB = 512


def run(words: list[str], env: dict[str, str]) -> str:
    """The command's stdout; its refusal ends the script."""
    done = subprocess.run([*FLASK, *words], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"flask {' '.join(words)} ended with {done.returncode}")
    return done.stdout


def bring(kind: str, path: Path, env: dict[str, str]) -> dict[str, Any]:
    began = time.monotonic()
    told: dict[str, Any] = json.loads(
        run(["import", "commit", kind, str(path), "--as", "bureau", "--json"], env)
    )
    counts = " ".join(f"{key}={told[key]}" for key in ("rows", "new", "updated", "duplicates", "skipped"))
    print(f"{path.name}: {counts} errors={len(told['errors'])} in {time.monotonic() - began:.1f} s")
    return told


def check_ledgers(folder: Path, env: dict[str, str]) -> int:
    wrong = 0
    gold = json.loads((folder / "gold.json").read_text(encoding="utf-8"))
    for filename, rows in gold.items():
        items = [
            item for item in bring("projects", folder / filename, env)["items"] if item["action"] == "new"
        ]
        names = [(item["fields"]["name"], item["fields"]["company"]["name"]) for item in items]
        if names != [(row["name"], row["investor"]) for row in rows]:
            wrong += 1
            print(f"  differs from gold.json: {filename}")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    data: Path = parser.parse_args().data
    with tempfile.TemporaryDirectory(prefix="crm-check-") as place:
        env = os.environ | {"CRM_DATA_DIR": place, "CRM_DATABASE_URL": ""}
        for words in (
            ["db", "upgrade"],
            ["reference", "load"],
            ["users", "add", "bureau", "--role", "bureau", "--unit", "LYG-D-SWJ"],
        ):
            run(words, env)
        wrong = check_ledgers(data / "ledgers", env)
        for path in sorted((data / "companies").iterdir()):
            bring("companies", path, env)
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"largest process: {most} MB")
    return 1 if wrong or most > LIMIT_MB else 0


if __name__ == "__main__":
    sys.exit(main())
