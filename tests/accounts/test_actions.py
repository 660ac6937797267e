from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.accounts import actions, passwords, queries, rules
from crm.accounts.models import Post, User
from crm.audit.models import AuditEvent
from crm.core import clock
from crm.core.actor import Role
from crm.core.db import db
from crm.core.errors import Conflict, Forbidden, RuleBroken
from tests import factories
from tests.factories import PASSWORD

NEW = "Yuntai-Shan-9"


def _draft(role: Role, unit: str, **term) -> rules.PostDraft:
    return rules.PostDraft(factories.unit(unit).id, role, term.pop("starts_on", clock.today()), **term)


def _person(world, login: str = "newcomer") -> User:
    person, _ = actions.create_user(world.actor("sysadmin"), login, "新同事", clock.now())
    return person


def _proposed(world, person: User, role: Role = Role.OFFICER, unit: str = "LYG-ETDZ") -> Post:
    return actions.propose(world.actor("sysadmin"), person, _draft(role, unit), clock.now(), clock.today())


# --- signing in -----------------------------------------------------------------------------------


def test_the_right_password_opens_and_clears_the_count(world) -> None:
    with pytest.raises(RuleBroken):
        actions.sign_in("officer", "wrong", "10.0.0.1", clock.now())
    person = actions.sign_in("Officer ", PASSWORD, "10.0.0.1", clock.now())
    assert (person.login, person.failed_count) == ("officer", 0)


def test_five_failures_lock_the_account_for_half_an_hour_even_with_the_right_password(world) -> None:
    now = clock.now()
    for _ in range(5):
        with pytest.raises(RuleBroken, match="登录名或密码不对"):
            actions.sign_in("officer", "wrong", "10.0.0.1", now)
    with pytest.raises(RuleBroken, match="锁定"):
        actions.sign_in("officer", PASSWORD, "10.0.0.1", now + timedelta(minutes=29))
    actions.sign_in("officer", PASSWORD, "10.0.0.1", now + timedelta(minutes=31))
    assert db.session.scalar(select(AuditEvent).where(AuditEvent.code == "account.locked")) is not None


def test_an_unknown_name_is_refused_and_locked_in_the_same_words(world) -> None:
    now, said = clock.now(), {}
    for login in ("officer", "nobody"):
        said[login] = []
        for _ in range(6):
            with pytest.raises(RuleBroken) as refused:
                actions.sign_in(login, "wrong", "10.0.0.1", now)
            said[login].append(refused.value.message)
            db.session.flush()
    assert said["officer"] == said["nobody"]


def test_an_address_that_failed_twenty_times_is_refused_for_every_account(world) -> None:
    now = clock.now()
    for n in range(20):
        with pytest.raises(RuleBroken):
            actions.sign_in(f"guess{n}", "wrong", "10.0.0.9", now)
        db.session.flush()
    with pytest.raises(RuleBroken, match="这个地址"):
        actions.sign_in("officer", PASSWORD, "10.0.0.9", now)
    actions.sign_in("officer", PASSWORD, "10.0.0.8", now)


def test_demo_accounts_do_not_open_in_production(world) -> None:
    with pytest.raises(RuleBroken):
        actions.sign_in("officer", PASSWORD, "10.0.0.1", clock.now(), demo=False)


def test_a_password_of_the_last_five_is_refused_and_a_new_one_ends_other_sessions(world) -> None:
    actor, person = world.actor("officer"), queries.user_by_login("officer")
    epoch = person.session_epoch
    actions.change_password(actor, person, PASSWORD, NEW, clock.now())
    db.session.flush()
    assert person.session_epoch == epoch + 1
    with pytest.raises(RuleBroken, match="最近用过"):
        actions.change_password(actor, person, NEW, PASSWORD, clock.now())


# --- accounts -------------------------------------------------------------------------------------


def test_a_new_account_begins_with_a_one_time_password_and_no_right(world) -> None:
    person, first = actions.create_user(world.actor("sysadmin"), "Newcomer", "新同事", clock.now())
    assert person.login == "newcomer" and person.must_change
    assert passwords.matches(person.password_hash, first)
    assert not queries.posts_of(person.id, clock.today())


def test_a_login_is_given_once(world) -> None:
    with pytest.raises(RuleBroken, match="已有人使用"):
        actions.create_user(world.actor("sysadmin"), "OFFICER", "另一人", clock.now())


@pytest.mark.parametrize("login", ["officer", "chief", "bureau", "secadmin", "auditor"])
def test_only_the_system_administrator_keeps_accounts(world, login: str) -> None:
    with pytest.raises(Forbidden):
        actions.create_user(world.actor(login), "newcomer", "新同事", clock.now())


def test_stopping_an_account_ends_its_sessions_and_nobody_stops_himself(world) -> None:
    sysadmin, person = world.actor("sysadmin"), queries.user_by_login("officer")
    epoch = person.session_epoch
    actions.set_active(sysadmin, person, False)
    assert not person.active and person.session_epoch == epoch + 1
    with pytest.raises(RuleBroken, match="自己"):
        actions.set_active(sysadmin, queries.user_by_login("sysadmin"), False)


@pytest.mark.parametrize("login", ["secadmin", "auditor", "sysadmin"])
def test_a_system_administrator_cannot_take_over_another_administrator(world, login: str) -> None:
    person = queries.user_by_login(login)
    with pytest.raises(Forbidden, match="flask users reset"):
        actions.reset_password(world.actor("sysadmin"), person, clock.now(), clock.today())
    assert actions.reset_password(queries.console(), person, clock.now(), clock.today())


def test_a_reset_unlocks_and_must_be_changed(world) -> None:
    person = queries.user_by_login("officer")
    person.locked_until = clock.now() + timedelta(minutes=5)
    first = actions.reset_password(world.actor("sysadmin"), person, clock.now(), clock.today())
    assert person.must_change and person.locked_until is None
    assert actions.sign_in("officer", first, "10.0.0.1", clock.now()) is person


# --- posts ----------------------------------------------------------------------------------------


def test_a_post_gives_nothing_before_the_other_administrator_confirmed_it(world) -> None:
    person = _person(world)
    post = _proposed(world, person)
    assert not queries.posts_of(person.id, clock.today())
    actions.confirm(world.actor("secadmin"), post, clock.now(), clock.today())
    assert [p.role for p in queries.posts_of(person.id, clock.today())] == [Role.OFFICER]


def test_nobody_confirms_what_he_proposed_nor_a_post_for_himself(world) -> None:
    secadmin = world.actor("secadmin")
    post = _proposed(world, _person(world))
    post.proposed_by = secadmin.user_id
    with pytest.raises(Forbidden):
        actions.confirm(secadmin, post, clock.now(), clock.today())
    mine = _proposed(world, queries.user_by_login("secadmin"), Role.SECADMIN, "LYG")
    with pytest.raises(Forbidden):
        actions.confirm(secadmin, mine, clock.now(), clock.today())


def test_the_proposer_has_no_right_to_confirm_at_all(world) -> None:
    with pytest.raises(Forbidden):
        actions.confirm(world.actor("sysadmin"), _proposed(world, _person(world)), clock.now(), clock.today())


def test_a_post_is_decided_once(world) -> None:
    secadmin, post = world.actor("secadmin"), _proposed(world, _person(world))
    actions.refuse(secadmin, post, "岗位已撤", clock.now())
    with pytest.raises(Conflict):
        actions.confirm(secadmin, post, clock.now(), clock.today())


def test_administrators_are_kept_apart_at_proposal(world) -> None:
    for login, role, unit in (
        ("sysadmin", Role.SECADMIN, "LYG"),
        ("auditor", Role.OFFICER, "LYG-ETDZ"),
        ("officer", Role.AUDITOR, "LYG"),
    ):
        with pytest.raises(RuleBroken, match="分离"):
            _proposed(world, queries.user_by_login(login), role, unit)


def test_administrators_are_kept_apart_again_at_confirmation(world) -> None:
    """Two proposals that were each fine alone, because the first had been set to end before the second began."""
    person = _person(world)
    post = _proposed(world, person)
    admin = Post(
        user_id=person.id, unit_id=factories.unit("LYG").id, role=Role.AUDITOR, starts_on=clock.today(),
        confirmed_at=clock.now(),
    )  # fmt: skip
    db.session.add(admin)
    db.session.flush()
    with pytest.raises(RuleBroken, match="分离"):
        actions.confirm(world.actor("secadmin"), post, clock.now(), clock.today())


def test_the_end_of_a_post_waits_for_the_other_administrator(world) -> None:
    post = db.session.scalar(select(Post).join(User, User.id == Post.user_id).where(User.login == "officer"))
    actions.propose_end(world.actor("sysadmin"), post, "调离", clock.now(), clock.today())
    assert queries.posts_of(post.user_id, clock.today())
    assert [line.id for line in queries.ends_waiting(clock.today())] == [post.id]
    actions.confirm_end(world.actor("secadmin"), post, clock.now(), clock.today())
    assert not queries.posts_of(post.user_id, clock.today())
    assert post.ends_on == clock.today()


def test_a_proposed_end_may_be_refused_and_the_post_goes_on(world) -> None:
    post = db.session.scalar(select(Post).join(User, User.id == Post.user_id).where(User.login == "officer"))
    actions.propose_end(world.actor("sysadmin"), post, "调离", clock.now(), clock.today())
    actions.keep(world.actor("secadmin"), post)
    assert queries.ends_waiting(clock.today()) == []
    with pytest.raises(Conflict):
        actions.confirm_end(world.actor("secadmin"), post, clock.now(), clock.today())


def test_a_pending_post_is_withdrawn_at_once(world) -> None:
    post = _proposed(world, _person(world))
    actions.propose_end(world.actor("sysadmin"), post, "报错了", clock.now(), clock.today())
    assert queries.pending(clock.today()) == []


# --- a chief's own people -------------------------------------------------------------------------


def _invite(world, login: str = "xinren", role: Role = Role.OFFICER, unit: str = "LYG-ETDZ"):
    return actions.invite(
        world.actor("chief"), login, "新专员", _draft(role, unit), clock.now(), clock.today()
    )


def test_an_invited_officer_works_at_once_and_stands_on_the_list_for_review(world) -> None:
    person, _ = _invite(world)
    assert queries.posts_of(person.id, clock.today())
    line = queries.invited(clock.today())[0]
    assert (line.person, line.proposer) == ("新专员", "钟明远")
    actions.review(world.actor("secadmin"), queries.post(line.id), clock.now())
    assert queries.invited(clock.today()) == []


@pytest.mark.parametrize(
    ("role", "unit"),
    [
        (Role.CHIEF, "LYG-ETDZ"),
        (Role.BUREAU, "LYG-D-SWJ"),
        (Role.OFFICER, "LYG-XUWEI"),
        (Role.SECADMIN, "LYG"),
    ],
)
def test_a_chief_hands_out_only_officers_and_specialists_of_his_own_zone(
    world, role: Role, unit: str
) -> None:
    with pytest.raises(RuleBroken):
        _invite(world, role=role, unit=unit)


def test_the_reviewer_may_end_an_invitation_but_no_confirmed_post(world) -> None:
    secadmin = world.actor("secadmin")
    person, _ = _invite(world)
    post = db.session.scalar(select(Post).where(Post.user_id == person.id))
    actions.end(secadmin, post, "未见调令", clock.now(), clock.today())
    assert not queries.posts_of(person.id, clock.today())
    confirmed = db.session.scalar(
        select(Post).join(User, User.id == Post.user_id).where(User.login == "bureau")
    )
    with pytest.raises(Forbidden):
        actions.end(secadmin, confirmed, "试试", clock.now(), clock.today())


@pytest.mark.parametrize("login", ["officer2", "chief", "bureau"])
def test_a_chief_ends_nobody_elses_posts(world, login: str) -> None:
    post = db.session.scalar(select(Post).join(User, User.id == Post.user_id).where(User.login == login))
    with pytest.raises(Forbidden):
        actions.end(world.actor("chief"), post, "试试", clock.now(), clock.today())


def test_every_change_of_rights_leaves_a_row_in_the_audit(world) -> None:
    post = _proposed(world, _person(world))
    actions.confirm(world.actor("secadmin"), post, clock.now(), clock.today())
    codes = set(db.session.scalars(select(AuditEvent.code)))
    assert {"account.created", "post.proposed", "post.confirmed"} <= codes
