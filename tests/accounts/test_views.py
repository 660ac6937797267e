import dataclasses
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.accounts import actions, queries
from crm.accounts.models import Post, User
from crm.accounts.rules import PostDraft
from crm.core import clock
from crm.core.actor import Role
from crm.core.db import db
from tests import factories
from tests.factories import PASSWORD

NEW = "Yuntai-Shan-9"


def _login(client, login: str = "officer", password: str = PASSWORD, target: str = "/login"):
    return client.post(target, data={"login": login, "password": password})


def _user(login: str) -> User:
    person = queries.user_by_login(login)
    assert person is not None
    return person


# --- signing in and the session -------------------------------------------------------------------


def test_signing_in_leads_home_and_signing_out_leads_back(client, world) -> None:
    assert _login(client).status_code in (302, 303)
    assert client.get("/account/password").status_code == 200
    client.post("/logout")
    assert client.get("/account/password").headers["Location"].startswith("/login")


def test_a_wrong_password_says_so_beside_the_form_and_counts(client, world) -> None:
    answer = _login(client, password="wrong")
    assert answer.status_code == 422 and "登录名或密码不对" in answer.text
    assert PASSWORD not in answer.text and 'value="wrong"' not in answer.text
    assert _user("officer").failed_count == 1


def test_the_sixth_try_meets_a_locked_account(client, world) -> None:
    for _ in range(5):
        _login(client, password="wrong")
    assert "锁定" in _login(client).text


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "http:evil.example",
        "javascript:alert(1)",
    ],
)
def test_signing_in_never_leads_off_the_site(client, world, target: str) -> None:
    answer = client.post(
        "/login", query_string={"next": target}, data={"login": "officer", "password": PASSWORD}
    )
    assert answer.headers["Location"] == "/"


def test_signing_in_leads_to_the_page_that_was_asked_for(client, world) -> None:
    assert (
        _login(client, target="/login?next=/projects?zone=LYG-ETDZ")
        .headers["Location"]
        .startswith("/projects")
    )


def test_a_session_ends_after_half_an_hour_without_a_request(world) -> None:
    browser = world.client("officer")
    with browser.session_transaction() as session:
        session["seen"] -= 31 * 60
    assert browser.get("/account/password").status_code in (302, 303)


def test_a_session_ends_after_twelve_hours_however_busy(world) -> None:
    browser = world.client("officer")
    with browser.session_transaction() as session:
        session["started"] -= 12 * 3600 + 1
    assert browser.get("/account/password").status_code in (302, 303)


def test_a_changed_password_ends_the_sessions_of_other_devices(world) -> None:
    here, there = world.client("officer"), world.client("officer")
    data = {"old": PASSWORD, "password": NEW, "again": NEW}
    assert here.post("/account/password", data=data).status_code in (302, 303)
    assert here.get("/account/password").status_code == 200
    assert there.get("/account/password").status_code in (302, 303)


def test_two_different_new_passwords_are_refused_beside_the_field(world) -> None:
    data = {"old": PASSWORD, "password": NEW, "again": NEW + "x"}
    answer = world.client("officer").post("/account/password", data=data)
    assert answer.status_code == 422 and "不一样" in answer.text


@pytest.mark.parametrize("path", ["/team", "/projects", "/admin/users"])
def test_a_one_time_password_opens_nothing_but_its_own_change(world, path: str) -> None:
    _user("chief").must_change = True
    db.session.commit()
    assert world.client("chief").get(path).headers["Location"] == "/account/password"


def test_a_one_time_password_opens_no_api_either(world) -> None:
    _user("officer").must_change = True
    db.session.commit()
    assert world.client("officer").get("/api/v1/zones").status_code == 403


def test_an_expired_password_must_be_changed_except_for_demo_accounts(world) -> None:
    for login in ("officer", "chief"):
        _user(login).password_changed_at = clock.now() - timedelta(days=91)
    _user("chief").is_demo = False
    db.session.commit()
    assert world.client("chief").get("/team").headers["Location"] == "/account/password"
    assert world.client("officer").get("/accounts/lookup").status_code == 200


def test_demo_accounts_are_shut_out_of_production_by_page_session_and_token(
    world, client, monkeypatch
) -> None:
    browser, token = world.client("officer"), world.token("officer")
    live = dataclasses.replace(world.app.config["CRM"], env="production")
    monkeypatch.setitem(world.app.config, "CRM", live)
    assert _login(client).status_code == 422
    assert browser.get("/account/password").status_code in (302, 303)
    assert client.get("/api/v1/zones", headers=token).status_code == 401


def test_a_person_acts_for_the_post_he_chose_and_for_no_other(world) -> None:
    person = _user("officer")
    draft = PostDraft(factories.unit("LYG-XUWEI").id, Role.OFFICER, clock.today())
    second = actions.propose(queries.console(), person, draft, clock.now(), clock.today())
    other = db.session.scalar(select(Post.id).where(Post.user_id == _user("bureau").id))
    db.session.commit()
    browser = world.client("officer")
    assert browser.post("/account/post", data={"post_id": second.id}).status_code in (302, 303)
    assert "许知夏" in browser.get("/accounts/lookup?q=").text
    assert browser.post("/account/post", data={"post_id": other}).status_code == 404


# --- the system administrator ---------------------------------------------------------------------


def test_a_new_account_shows_its_password_once(world) -> None:
    browser = world.client("sysadmin")
    answer = browser.post("/admin/users/new", data={"login": "newcomer", "name": "新同事"})
    assert answer.status_code == 200 and "只显示这一次" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    first = re.search(r'id="first-password" readonly value="([^"]+)"', answer.text)
    assert first is not None and 'data-copy="first-password"' in answer.text
    person = _user("newcomer")
    assert actions.sign_in("newcomer", first[1], "10.0.0.1", clock.now()).id == person.id
    assert first[1] not in browser.get(f"/admin/users/{person.id}").text


def test_a_login_in_use_is_refused_beside_its_field(world) -> None:
    answer = world.client("sysadmin").post("/admin/users/new", data={"login": "officer", "name": "新同事"})
    assert answer.status_code == 422 and "已有人使用" in answer.text


def test_a_post_goes_from_proposal_to_confirmation_through_two_people(world) -> None:
    world.client("sysadmin").post("/admin/users/new", data={"login": "newcomer", "name": "新同事"})
    person = _user("newcomer")
    data = {
        "role": "officer",
        "unit": factories.unit("LYG-ETDZ").id,
        "title": "招商专员",
        "starts_on": clock.today().isoformat(),
    }
    assert world.client("sysadmin").post(f"/admin/users/{person.id}/posts", data=data).status_code in (
        302,
        303,
    )
    post = db.session.scalar(select(Post).where(Post.user_id == person.id))
    secadmin = world.client("secadmin")
    assert "新同事" in secadmin.get("/admin/posts").text
    assert world.client("sysadmin").post(f"/admin/posts/{post.id}/confirm").status_code == 403
    secadmin.post(f"/admin/posts/{post.id}/confirm")
    assert queries.posts_of(person.id, clock.today())
    assert secadmin.post(f"/admin/posts/{post.id}/confirm").status_code == 409


def test_a_refusal_needs_a_reason(world) -> None:
    person = _user("officer")
    draft = PostDraft(factories.unit("LYG-XUWEI").id, Role.OFFICER, clock.today())
    post = actions.propose(world.actor("sysadmin"), person, draft, clock.now(), clock.today())
    db.session.commit()
    secadmin = world.client("secadmin")
    bare = secadmin.post(f"/admin/posts/{post.id}/refuse", data={"reason": " "})
    assert bare.status_code == 422 and 'id="reason-err"' in bare.text
    assert post in db.session and db.session.get(Post, post.id).refused_at is None
    secadmin.post(f"/admin/posts/{post.id}/refuse", data={"reason": "无调令"})
    db.session.expire_all()
    assert db.session.get(Post, post.id).refusal == "无调令"


def test_two_administrators_editing_one_account_see_both_versions(world) -> None:
    person = _user("officer")
    data = {"name": "陈思源", "version": person.version - 1}
    answer = world.client("sysadmin").post(f"/admin/users/{person.id}/edit", data=data)
    assert answer.status_code == 409
    assert "陈思源" in answer.text and "陈思远" in answer.text
    again = {"name": "陈思源", "version": person.version, "choice": "mine"}
    world.client("sysadmin").post(f"/admin/users/{person.id}/edit", data=again)
    db.session.expire_all()
    assert _user("officer").name == "陈思源"


def test_the_table_of_rights_says_reach_in_words(world) -> None:
    text = world.client("secadmin").get("/admin/rights").text
    for words in ("认定、退回、撤销、月度结账、裁定", "本板块", "全市", "交办或授权", "三类管理员"):
        assert words in text


# --- a chief --------------------------------------------------------------------------------------


def test_a_chief_invites_into_his_zone_and_sees_only_its_people(world) -> None:
    browser = world.client("chief")
    data = {
        "login": "xinren",
        "name": "新专员",
        "role": "officer",
        "unit": factories.unit("LYG-ETDZ").id,
        "starts_on": clock.today().isoformat(),
    }
    assert "只显示这一次" in browser.post("/team/invite", data=data).text
    text = browser.get("/team").text
    assert "新专员" in text and "许知夏" not in text
    foreign = data | {"login": "xinren2", "unit": factories.unit("LYG-XUWEI").id}
    assert browser.post("/team/invite", data=foreign).status_code == 422


def test_a_post_of_another_zone_is_not_there_for_a_chief(world) -> None:
    other = db.session.scalar(select(Post.id).where(Post.user_id == _user("officer2").id))
    answer = world.client("chief").post(f"/team/posts/{other}/end", data={"reason": "试试"})
    assert answer.status_code == 404
    mine = db.session.scalar(select(Post.id).where(Post.user_id == _user("officer").id))
    world.client("chief").post(f"/team/posts/{mine}/end", data={"reason": "调离"})
    assert not queries.posts_of(_user("officer").id, clock.today())


@pytest.mark.parametrize(
    "path", ["/admin/users", "/admin/users/1", "/admin/posts", "/admin/posts/history", "/admin/rights"]
)
@pytest.mark.parametrize("login", ["officer", "chief", "bureau", "leader", "auditor"])
def test_the_administrators_pages_are_closed_to_everybody_else(world, login: str, path: str) -> None:
    assert world.client(login).get(path).status_code == 403
