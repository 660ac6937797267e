"""Templates are words and macros: no inline style or script, Chinese titles, one form component."""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).resolve().parents[1] / "crm" / "templates"
FILES = sorted(TEMPLATES.rglob("*.html"))
PAGES = [p for p in FILES if p.parent.name not in ("layouts", "components") and not p.name.startswith("_")]

pytestmark = pytest.mark.once


def _name(path: Path) -> str:
    return str(path.relative_to(TEMPLATES))


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_there_is_no_inline_style_script_or_handler(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=", text)
    assert not re.search(r"<style", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"\son[a-z]+=[\"']", text)


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_nothing_is_fetched_from_another_host(path: Path) -> None:
    assert not re.search(r"(src|href)=[\"'](https?:)?//", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_nothing_escapes_escaping(path: Path) -> None:
    assert not re.search(r"\|\s*safe\b|autoescape false", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_a_page_stands_in_a_layout(path: Path) -> None:
    assert re.search(r"{%-?\s*extends", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_messages_keep_calm(path: Path) -> None:
    visible = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}|<!.*?>", "", path.read_text(encoding="utf-8"), flags=re.S)
    assert "！" not in visible


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_a_posting_form_carries_its_token(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for form in re.findall(r"<form[^>]*method=[\"']post[\"'][^>]*>.*?</form>", text, flags=re.S | re.I):
        assert re.search(r"hidden_tag|csrf", form), form[:200]
