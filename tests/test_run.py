"""scripts/run.py: when a second start may leave out the set-up."""

import shutil
import sqlite3
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "scripts"))
import run


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small copy of the product with a database beside it, and nothing chosen but where the data lies."""
    for name in [name for name in run.os.environ if name.startswith("CRM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(run, "ROOT", tmp_path)
    monkeypatch.setenv("CRM_DATA_DIR", str(tmp_path / "data"))
    for name in ("crm/a.py", "migrations/0001.py", "data/crm.db"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("1")
    return tmp_path


def _is_settled() -> bool:
    note = run.settled()
    return note is not None and run.bootstrap.is_stamped(*note)


@pytest.mark.parametrize("changed", ["crm/a.py", "crm/new.json", "migrations/0001.py"])
def test_a_changed_source_is_set_up_again(tree: Path, changed: str) -> None:
    run.bootstrap.put_stamp(*run.settled())
    assert _is_settled()
    (tree / changed).write_text("2")
    assert not _is_settled()


def test_another_database_is_set_up_again(tree: Path) -> None:
    run.bootstrap.put_stamp(*run.settled())
    (tree / "data" / "crm.db").rename(tree / "data" / "old.db")
    assert not _is_settled()
    (tree / "data" / "crm.db").write_text("1")
    assert not _is_settled()


def test_an_older_database_put_back_over_the_file_is_set_up_again(tree: Path) -> None:
    database, backup = tree / "data" / "crm.db", tree / "backup.db"
    for file, version in ((database, "0003"), (backup, "0002")):
        file.unlink(missing_ok=True)
        made = sqlite3.connect(file)
        made.execute("CREATE TABLE alembic_version (version_num TEXT)")
        made.execute("INSERT INTO alembic_version VALUES (?)", (version,))
        made.commit()
        made.close()
    run.bootstrap.put_stamp(*run.settled())
    assert _is_settled()
    # Copying over a file keeps the file's own number.
    shutil.copyfile(backup, database)
    assert not _is_settled()


def test_with_any_other_setting_everything_is_looked_at(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_ENV", "production")
    assert run.settled() is None
