"""What leaves the house leaves with the transaction that caused it, and never twice."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from flask import Flask
from sqlalchemy import select

from crm.core import clock
from crm.core.config import Config
from crm.core.db import db
from crm.core.errors import Conflict
from crm.core.outgoing import Robot, Smtp
from crm.notices import actions, channels, jobs, queries, rules
from crm.notices.actions import Message
from crm.notices.models import Notice, NotifyChoice, Outgoing
from crm.notices.rules import IN_APP, MAIL, Choice, OutgoingState, Topic, Undelivered
from tests.factories import World

MESSAGE = Message(Topic.LATE, "已经逾期：报送蒸汽价格给启澜", "已经逾期：ETDZ-1 报送蒸汽价格", "/followups/1")


class Inbox:
    """A real mail server; `answers` are refusals to give before accepting."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.answers: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answers:
            return self.answers.pop(0)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


class _Server(Controller):
    def factory(self) -> SMTP:
        return SMTP(self.handler, hostname="mail.test")


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, Smtp]]:
    box = Inbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = _Server(box, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield box, Smtp("127.0.0.1", port, "", "crm@lyg.gov.cn")
    finally:
        server.stop()


@pytest.fixture
def outside(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`outside(smtp=…, robots=…)` sets the ways out for one test."""

    def set_(**values: Any) -> None:
        config: Config = app.config["CRM"]
        monkeypatch.setitem(app.config, "CRM", replace(config, public_url="https://crm.lyg", **values))

    return set_


def _wants(world: World, *ways: str, email: str = "chen@lyg.gov.cn", login: str = "officer") -> int:
    user_id = world.users[login].id
    every = {topic.value: list(ways) for topic in Topic}
    db.session.add(NotifyChoice(user_id=user_id, lead_days=1, email=email or None, ways=every))
    db.session.commit()
    return user_id


def _states() -> list[tuple[str, str]]:
    rows = db.session.execute(select(Outgoing.state, Outgoing.reason).order_by(Outgoing.id))
    return [(state.value, reason) for state, reason in rows]


def test_who_never_chose_reads_messages_in_the_product_alone(world: World) -> None:
    actions.tell([world.users["officer"].id], MESSAGE)
    assert db.session.scalars(select(Notice.text)).all() == [MESSAGE.text]
    assert _states() == []


def test_a_mail_leaves_once_with_code_purpose_and_link(world: World, inbox: Any, outside: Any) -> None:
    box, smtp = inbox
    outside(smtp=smtp)
    user_id = _wants(world, MAIL)
    actions.tell([user_id], MESSAGE, "late:1")
    actions.tell([user_id], MESSAGE, "late:1")
    db.session.commit()
    assert [jobs.deliver(clock.now()) for _ in range(3)] == [True, False, False]
    (mail,) = box.mails
    assert mail["Subject"] == "已经逾期：ETDZ-1 报送蒸汽价格" and mail["To"] == "chen@lyg.gov.cn"
    assert "https://crm.lyg/followups/1" in mail.get_content() and "启澜" not in mail.as_string()
    assert _states() == [("sent", "")]
    assert db.session.scalars(select(Notice.text)).all() == []


def test_what_is_rolled_back_never_leaves(world: World, inbox: Any, outside: Any) -> None:
    box, smtp = inbox
    outside(smtp=smtp)
    actions.tell([_wants(world, MAIL)], MESSAGE)
    db.session.rollback()
    assert not jobs.deliver(clock.now()) and not box.mails


def test_a_server_that_is_busy_is_asked_again_later_and_given_up_at_last(
    world: World, inbox: Any, outside: Any
) -> None:
    box, smtp = inbox
    outside(smtp=smtp)
    actions.tell([_wants(world, MAIL)], MESSAGE)
    db.session.commit()
    box.answers = ["451 busy"]
    now = clock.now()
    assert jobs.deliver(now)
    assert _states() == [("queued", "邮件服务器没有接受（451）")]
    assert not jobs.deliver(now + timedelta(seconds=5))
    assert jobs.deliver(now + timedelta(minutes=2)) and len(box.mails) == 1
    box.answers = ["554 refused"]
    actions.tell([world.users["officer"].id], MESSAGE)
    db.session.commit()
    assert jobs.deliver(clock.now() + timedelta(minutes=1))
    assert _states()[-1] == ("failed", "邮件服务器没有接受（554）")


def test_no_server_no_address_and_a_person_who_left_are_said_in_words(world: World, outside: Any) -> None:
    outside(smtp=None)
    user_id = _wants(world, MAIL)
    actions.tell([user_id], MESSAGE)
    db.session.commit()
    jobs.deliver(clock.now())
    outside(smtp=Smtp("127.0.0.1", 1, "", "crm@lyg.gov.cn"))
    actions.tell([user_id], MESSAGE)
    db.session.commit()
    jobs.deliver(clock.now())
    world.users["officer"].active = False
    actions.tell([user_id], MESSAGE)
    db.session.commit()
    jobs.deliver(clock.now())
    assert _states() == [
        ("failed", "系统没有设置邮件服务器"),
        ("queued", "连不上邮件服务器"),
        ("failed", "收件人的账号已经停用"),
    ]


def test_a_way_that_is_shut_keeps_no_other_waiting_and_its_reader_hears_of_it(
    world: World, monkeypatch: Any, outside: Any
) -> None:
    tried: list[str] = []

    def shut(*_: Any) -> None:
        tried.append(MAIL)
        raise Undelivered("连不上邮件服务器", whole=True)

    monkeypatch.setattr(channels, "mail", shut)
    monkeypatch.setattr(channels, "robot", lambda *_: tried.append("robot"))
    outside(smtp=Smtp("127.0.0.1", 1, "", "crm@lyg.gov.cn"), robots=(Robot("群", "", "企业微信", "x"),))
    user_id, now = _wants(world, MAIL, "robot:群"), clock.now()
    for _ in range(3):
        actions.tell([user_id], MESSAGE)
    db.session.commit()
    while jobs.deliver(now + timedelta(seconds=5)):
        pass
    # One attempt for all three mails; the robot's messages went all the same.
    assert sorted(tried) == [MAIL, "robot", "robot", "robot"]
    assert _states().count(("queued", "连不上邮件服务器")) == 3
    for hour in range(1, 9):
        at = now + timedelta(hours=hour)
        monkeypatch.setattr("crm.notices.jobs.clock.now", lambda at=at: at)
        while jobs.deliver(at):
            pass
    assert {state for state, _ in _states()} == {"sent", "failed"}
    assert {reason for _, reason in _states()} == {"", "连不上邮件服务器", rules.TOO_OLD}
    said = db.session.scalars(select(Notice.text).where(Notice.kind == "undelivered")).all()
    assert said == ["邮件提醒没有送到：连不上邮件服务器。请在提醒设置里核对，或改用别的渠道。"]


def test_a_sender_that_died_in_the_middle_is_not_repeated(world: World) -> None:
    actions.tell([_wants(world, MAIL)], MESSAGE)
    db.session.commit()
    now = clock.now()
    assert actions.claim(now) is not None
    db.session.commit()
    assert not jobs.deliver(now + timedelta(minutes=1))
    assert actions.claim(now + timedelta(minutes=11)) is None
    assert _states() == [("failed", rules.UNKNOWN)]


def test_only_what_was_given_up_is_sent_again_by_hand(world: World) -> None:
    actions.tell([_wants(world, MAIL)], MESSAGE)
    message = db.session.scalars(select(Outgoing)).one()
    sysadmin = world.actor("sysadmin")
    with pytest.raises(Conflict):
        actions.again(sysadmin, message, clock.now())
    message.state = OutgoingState.FAILED
    actions.again(sysadmin, message, clock.now())
    assert message.state is OutgoingState.QUEUED and message.attempts == 0


def test_a_robot_serves_its_own_zone_alone(world: World, monkeypatch: Any, outside: Any) -> None:
    posted: list[str] = []

    class Sender:
        def notify(self, body: str, title: str) -> bool:
            posted.append(f"{title}\n{body}")
            return "拒收" not in body

    monkeypatch.setattr(channels, "_apprise", lambda robot: Sender())
    here, there = (
        Robot(name, zone, "企业微信", "x") for name, zone in (("园区", "LYG-ETDZ"), ("徐圩", "LYG-XUWEI"))
    )
    outside(robots=(here, there))
    user_id = _wants(world, "robot:园区", "robot:徐圩", "robot:没有了")
    actions.tell([user_id], MESSAGE)
    db.session.commit()
    for _ in range(3):
        jobs.deliver(clock.now())
    assert sorted(_states()) == [
        ("failed", "这个机器人不属于收件人现在的板块"),
        ("failed", "这个机器人已经不在系统设置里"),
        ("sent", ""),
    ]
    assert posted == [
        "陈思远：已经逾期：ETDZ-1 报送蒸汽价格\n已经逾期：ETDZ-1 报送蒸汽价格\nhttps://crm.lyg/followups/1"
    ]


def test_a_robot_that_refuses_is_tried_again_in_words(monkeypatch: Any) -> None:
    monkeypatch.setattr(channels, "_apprise", lambda robot: None)
    with pytest.raises(Undelivered, match="企业微信没有接受") as refused:
        channels.robot((Robot("群", "", "企业微信", "x"),), "群", (), "题", "文")
    assert refused.value.again


def test_many_people_are_told_in_a_fixed_number_of_statements(world: World, count_queries: Any) -> None:
    people = [user.id for user in world.users.values()]
    _wants(world, IN_APP, MAIL)
    with count_queries() as statements:
        actions.tell(people, MESSAGE)
    assert len(statements) == 3


def test_what_must_be_answered_is_always_told_in_the_product(world: World) -> None:
    choice = Choice(ways={topic: frozenset() for topic in Topic})
    assert choice.of(Topic.ESCALATED) == choice.of(Topic.DEMAND) == {IN_APP}
    assert choice.of(Topic.LATE) == frozenset()


def test_the_outbox_shows_no_word_of_any_message(world: World) -> None:
    from crm.core.paging import Window

    actions.tell([_wants(world, MAIL)], MESSAGE)
    page = queries.outbox(None, Window())
    assert page.total == 1 and page.items[0].person == "陈思远"
    assert "蒸汽" not in repr(page)
