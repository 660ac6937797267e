import csv
import stat
from pathlib import Path

import pytest

from crm.accounts import actions, queries, tokens
from crm.core import clock
from crm.core.actor import Role

HEAD = "登录名,姓名,机构代码,角色,职务\n"


def _run(world, *args: str, stdin: str = ""):
    return world.app.test_cli_runner().invoke(args=list(args), input=stdin)


def test_the_first_administrator_is_made_and_confirmed_on_the_command_line(world) -> None:
    done = _run(world, "users", "add", "root1", "--role", "secadmin", "--name", "安全员")
    assert done.exit_code == 0, done.output
    first = done.output.strip().splitlines()[-1]
    person = actions.sign_in("root1", first, "10.0.0.1", clock.now())
    assert [p.role for p in queries.posts_of(person.id, clock.today())] == [Role.SECADMIN]


def test_a_password_from_standard_input_is_checked_and_never_printed(world) -> None:
    weak = _run(world, "users", "add", "root1", "--role", "sysadmin", "--password-stdin", stdin="abc\n")
    assert weak.exit_code != 0 and "太短" in weak.output
    done = _run(
        world, "users", "add", "root1", "--role", "sysadmin", "--password-stdin", stdin="Yuntai-Shan-9\n"
    )
    assert done.exit_code == 0 and "Yuntai" not in done.output
    assert actions.sign_in("root1", "Yuntai-Shan-9", "10.0.0.1", clock.now())


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("officer", "--role", "officer", "--unit", "LYG-ETDZ"), "已有人使用"),
        (("new1", "--role", "officer", "--unit", "NOWHERE"), "没有代码"),
        (("new1", "--role", "officer", "--unit", "LYG"), "开发区"),
        (("new1", "--role", "king"), "king"),
    ],
)
def test_bad_input_ends_with_one_clear_line(world, args: tuple[str, ...], words: str) -> None:
    done = _run(world, "users", "add", *args)
    assert done.exit_code != 0 and words in done.output
    assert queries.user_by_login("new1") is None


def test_people_come_by_file_with_passwords_only_their_owner_can_read(world, tmp_path: Path) -> None:
    file = tmp_path / "名单.csv"
    file.write_text(
        HEAD + "wang.yi,王一,LYG-GANYU,招商专员,招商局专员\nli.er,李二,LYG-GANYU,chief,主要负责人\n",
        encoding="gb18030",
    )
    done = _run(world, "users", "import", str(file))
    assert done.exit_code == 0, done.output
    made = tmp_path / "名单-一次性密码.csv"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    rows = list(csv.reader(made.read_text(encoding="utf-8-sig").splitlines()))[1:]
    for login, _, first in rows:
        assert actions.sign_in(login, first, "10.0.0.1", clock.now()).must_change
    assert [r[0] for r in rows] == ["wang.yi", "li.er"]
    assert "移走" in _run(world, "users", "import", str(file)).output


def test_one_wrong_row_keeps_the_whole_file_out_and_every_error_is_named(world, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    rows = (
        "wang.yi,王一,LYG-GANYU,招商专员,\nofficer,李二,LYG-GANYU,招商专员,\nx y,张三,LYG-GANYU,招商专员,\n"
    )
    file.write_text(HEAD + rows, encoding="utf-8")
    done = _run(world, "users", "import", str(file))
    assert done.exit_code != 0
    assert "第 3 行" in done.output and "第 4 行" in done.output
    assert queries.user_by_login("wang.yi") is None
    assert not (tmp_path / "list-一次性密码.csv").exists()


def test_unknown_units_and_roles_are_named_by_row(world, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(HEAD + "a1,王一,NOWHERE,招商专员,\nb1,李二,LYG-GANYU,厨师,\n", encoding="utf-8")
    output = _run(world, "users", "import", str(file)).output
    assert "第 2 行：没有代码为“NOWHERE”" in output and "第 3 行：没有“厨师”" in output


def test_an_administrators_password_is_reset_here(world) -> None:
    done = _run(world, "users", "reset", "secadmin")
    first = done.output.strip().splitlines()[-1]
    assert actions.sign_in("secadmin", first, "10.0.0.1", clock.now())
    assert _run(world, "users", "reset", "nobody").exit_code != 0


def test_a_token_stands_alone_on_the_last_line_and_acts_within_its_scope(world) -> None:
    secret = _run(world, "tokens", "add", "officer", "--scope", "read").output.strip().splitlines()[-1]
    actor = tokens.actor_of(secret, "10.0.0.1", clock.today())
    assert actor is not None and actor.login == "officer" and actor.read_only
    assert tokens.actor_of(secret, "10.0.0.1", clock.today(), demo=False) is None
    late = _run(world, "tokens", "add", "officer", "--expires", "2020-01-01")
    assert late.exit_code != 0 and "有效期" in late.output
