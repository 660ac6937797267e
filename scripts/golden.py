"""Rewrites golden files on purpose: `.venv/bin/python scripts/golden.py routes`. Read the difference before you commit it."""

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def routes() -> None:
    """tests/golden/routes.txt from the running application."""
    from crm.app import create_app
    from crm.core import config
    from tests.test_routes import GOLDEN, _table

    with tempfile.TemporaryDirectory() as folder:
        app = create_app(config.load({"CRM_DATA_DIR": folder}))
        GOLDEN.write_text("\n".join(_table(app)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] != ["routes"]:
        sys.exit("usage: golden.py routes")
    routes()
