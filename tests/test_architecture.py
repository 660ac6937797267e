"""The shape of the house, as tests: file roles, sizes, and the order between features."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CRM = ROOT / "crm"
SOURCES = sorted(p for p in CRM.rglob("*.py") if "__pycache__" not in p.parts)
FEATURES = sorted(p.parent for p in CRM.glob("*/__init__.py"))

#: What a file in a feature may be called (docs/architecture.md). A role may become a folder.
ROLES = {
    "__init__", "rules", "models", "scope", "queries", "actions", "forms", "sheets", "shapes", "files",
    "views", "api", "jobs", "commands",
}  # fmt: skip
#: Files with a name of their own, each because it is one thing that no role covers.
SPECIAL = {
    "accounts": {"permissions", "passwords", "session", "tokens"},
    "audit": {"codes"},
    "companies": {"naming", "phones"},
    "notices": {"channels"},
    "projects": {"scanner"},
    "demo": {
        "bulk",
        "catalogue",
        "days",
        "deals",
        "factories",
        "disputes",
        "filings",
        "firms",
        "gates",
        "handovers",
        "investments",
        "kept",
        "ledger",
        "load",
        "milestones",
        "outings",
        "people",
        "promises",
        "questions",
        "reminding",
        "rights",
        "story",
        "targets",
        "transfers",
        "twins",
        "words",
    },
    "quotas": {"asking", "words"},
    "reference": {"load"},
    "weekly": {"preview"},
}
LONGEST_FILE = 300
LONGEST_FUNCTION = 40

pytestmark = pytest.mark.once


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize(
    "feature", [f for f in FEATURES if f.name not in ("core", "web")], ids=lambda f: f.name
)
def test_a_feature_holds_files_with_known_roles(feature: Path) -> None:
    found = {
        p.stem
        for p in feature.iterdir()
        if p.suffix == ".py" or (p.is_dir() and (p / "__init__.py").exists())
    }
    assert found <= ROLES | SPECIAL.get(feature.name, set())


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_no_file_grows_past_its_limit(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


def _body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from the first statement after the docstring to the end: a signature is no complexity."""
    body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
    return (node.end_lineno or 0) - body[0].lineno + 1


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_no_function_grows_past_its_limit(path: Path) -> None:
    functions = [
        n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.FunctionDef)
    ]
    assert not [f"{n.name}: {_body_lines(n)} lines" for n in functions if _body_lines(n) > LONGEST_FUNCTION]


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if {"actions", "queries", "rules"} & {p.stem, p.parent.name}], ids=_name
)
def test_only_edges_commit(path: Path) -> None:
    assert ".commit()" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", [p for p in SOURCES if "rules" in (p.stem, p.parent.name)], ids=_name)
def test_rules_never_look_at_the_clock(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "date.today(" not in text and "datetime.now(" not in text and "clock" not in text


def test_nothing_unfinished_is_shipped() -> None:
    marks = ("TODO", "FIXME", "XXX", "raise NotImplementedError")
    found = [f"{_name(p)}: {m}" for p in SOURCES for m in marks if m in p.read_text(encoding="utf-8")]
    assert not found


def test_features_import_downward_only() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
