"""Sending once, reading one's own."""

import pytest
from sqlalchemy import select

from crm.core import clock
from crm.core.db import db
from crm.core.errors import NotFound
from crm.core.paging import Window
from crm.notices import actions, queries
from crm.notices.models import Notice


def test_sending_twice_under_one_name_is_one_message(world) -> None:
    officer, chief = world.actor("officer"), world.actor("chief")
    for _ in range(2):
        actions.send_many(
            [officer.user_id, chief.user_id, officer.user_id], "x", "已认定", "/p", "recognised:1"
        )
    assert queries.unread(officer) == queries.unread(chief) == 1


def test_without_a_name_every_message_counts(world) -> None:
    officer = world.actor("officer")
    actions.send(officer.user_id, "x", "一")
    actions.send(officer.user_id, "x", "一")
    assert queries.unread(officer) == 2


def test_the_system_and_nobody_are_sent_nothing(world) -> None:
    actions.send(None, "x", "一")
    actions.send_many([], "x", "一")
    assert db.session.scalars(select(Notice)).all() == []


def test_a_long_text_is_cut(world) -> None:
    actions.send(world.actor("officer").user_id, "x", "长" * 500)
    text = db.session.scalars(select(Notice.text)).one()
    assert len(text) == 400
    assert text.endswith("…")


def test_only_ones_own_are_read(world) -> None:
    officer = world.actor("officer")
    actions.send(officer.user_id, "x", "一")
    notice = db.session.scalars(select(Notice)).one()
    with pytest.raises(NotFound):
        actions.read(world.actor("chief"), notice.id, clock.now())
    actions.read_all(world.actor("chief"), clock.now())
    assert queries.unread(officer) == 1
    actions.read(officer, notice.id, clock.now())
    assert queries.unread(officer) == 0


def test_unread_come_first_and_pages_hold_together(world, count_queries) -> None:
    officer = world.actor("officer")
    for n in range(7):
        actions.send(officer.user_id, "x", f"消息{n}")
    ids = list(db.session.scalars(select(Notice.id).order_by(Notice.id)))
    for read in (ids[6], ids[4], ids[1]):
        actions.read(officer, read, clock.now())
    db.session.flush()
    seen, after = [], None
    while True:
        with count_queries() as statements:
            page = queries.index(officer, Window(per_page=2, after=after))
        assert len(statements) == 2
        seen += [r.id for r in page.items]
        if not (after := page.next_token):
            break
    assert seen == [ids[5], ids[3], ids[2], ids[0], ids[6], ids[4], ids[1]]
