"""What README and docs say can be followed: links lead somewhere, paths are there, commands and their options exist."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
_LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
_CODE = re.compile(r"```[a-z]*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
_PATH = re.compile(r"(?<![\w/])(?:crm|docs|scripts|tests|migrations)/[\w./*-]+")
_FLASK = re.compile(r"(?:^|[ /])flask(?: --app wsgi)? ([a-z][^#\n;&]*)")
_SCRIPT = re.compile(r"(scripts/\w+\.py)([^#\n;&]*)")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def _codes(page: Path) -> Iterator[str]:
    for block, span in _CODE.findall(page.read_text()):
        yield from (block or span).replace("\\|", "|").splitlines()


@each_page
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = [link for link in _LINK.findall(page.read_text()) if "://" not in link]
    assert not [link for link in links if not (page.parent / link).exists()]


@each_page
def test_every_path_is_there(page: Path) -> None:
    """A path with a star stands for at least one file; what is only made while running is not looked for."""
    named = [path.rstrip(".") for code in _codes(page) for path in _PATH.findall(code)]
    made = ("crm/static/vendor",)
    assert not [path for path in named if not path.startswith(made) and not any(ROOT.glob(path.rstrip("/")))]


def _unknown(command: click.Command, words: list[str]) -> str:
    """ "" when the words name a command and options that it has, else the word that nobody knows."""
    context = click.Context(command)
    while words and isinstance(command, click.Group):
        word = words.pop(0)
        names = word.split("|")
        found = [command.get_command(context, name) for name in names]
        if None in found:
            return word
        command = found[0] or command
    known = {
        option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)
    }
    asked = [word.split("=")[0] for word in words if word.startswith("--") and word != "--"]
    return next((option for option in asked if option not in known | {"--help"}), "")


@pytest.mark.once
@each_page
def test_every_flask_command_and_option_exists(app: Flask, page: Path) -> None:
    from flask.cli import FlaskGroup

    group = FlaskGroup(create_app=lambda: app)
    wrong = []
    for code in _codes(page):
        for said in _FLASK.findall(code):
            words = re.sub(r"[\[\]…]", " ", said).split()
            if bad := _unknown(group, words):
                wrong.append((said.strip(), bad))
    assert not wrong


@each_page
def test_every_script_knows_its_options(page: Path) -> None:
    wrong = []
    for code in _codes(page):
        for script, rest in _SCRIPT.findall(code):
            text = (ROOT / script).read_text() if (ROOT / script).exists() else ""
            for option in re.findall(r"--[a-z][a-z-]+", rest):
                # What test.py does not know itself is for pytest.
                if f'"{option}"' not in text and script != "scripts/test.py":
                    wrong.append((script, option))
    assert not wrong
