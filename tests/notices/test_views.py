"""The page of messages."""

import pytest
from sqlalchemy import select

from crm.core.db import db
from crm.notices import actions, queries
from crm.notices.models import Notice


@pytest.fixture
def notice(world):
    actions.send(world.actor("officer").user_id, "task", "导出已完成。", "/tasks/1")
    db.session.commit()
    return db.session.scalars(select(Notice)).one()


def test_one_reads_ones_own_messages_only(notice, as_) -> None:
    assert "导出已完成。" in as_("officer").get("/notices").get_data(as_text=True)
    assert "还没有消息" in as_("chief").get("/notices").get_data(as_text=True)


def test_opening_a_message_marks_it_and_goes_where_it_leads(notice, as_, world) -> None:
    answer = as_("officer").post(f"/notices/{notice.id}/read")
    assert (answer.status_code, answer.location) == (303, "/tasks/1")
    assert queries.unread(world.actor("officer")) == 0


def test_anybody_elses_message_does_not_exist(notice, as_) -> None:
    assert as_("chief").post(f"/notices/{notice.id}/read").status_code == 404


def test_a_message_never_leads_out_of_the_site(notice, as_) -> None:
    notice.url = "//evil.example"
    db.session.commit()
    assert as_("officer").post(f"/notices/{notice.id}/read").location == "/notices"


def test_looking_marks_nothing_and_all_can_be_marked(notice, as_, world) -> None:
    as_("officer").get("/notices")
    assert queries.unread(world.actor("officer")) == 1
    assert as_("officer").post("/notices/read").status_code == 303
    assert queries.unread(world.actor("officer")) == 0
