"""The page of messages."""

import pytest
from sqlalchemy import select, text

from crm.core import clock
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.notices import actions, queries, rules
from crm.notices.models import Notice, Outgoing
from crm.notices.rules import IN_APP, MAIL, Choice, OutgoingState, Topic
from tests.factories import World


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


def test_what_one_wants_to_be_told_of_is_kept(world: World, as_) -> None:
    officer = as_("officer")
    page = officer.get("/account/notify").get_data(as_text=True)
    assert "每日摘要" in page and "系统还没有设置邮件服务器" in page and "站内必收" in page
    saved = officer.post(
        "/account/notify", data={"lead_days": "3", "soon": ["in_app"], "digest": ["in_app"], "email": ""}
    )
    assert saved.status_code == 303
    chosen = queries.choice(world.actor("officer"))
    assert (
        chosen.lead_days == 3 and chosen.of(Topic.DIGEST) == {IN_APP} and chosen.of(Topic.LATE) == frozenset()
    )
    assert chosen.of(Topic.ESCALATED) == {IN_APP}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"lead_days": "11"}, "要在 0 到 10 之间"),
        ({"lead_days": "x"}, "no number"),
        ({"lead_days": "1", "email": "not-a-mail"}, "邮箱地址无法识别"),
        ({"lead_days": "1", "late": ["mail"]}, "Not a valid choice"),
    ],
)
def test_a_wrong_choice_is_said_beside_its_field(world: World, as_, data: dict, words: str) -> None:
    answer = as_("officer").post("/account/notify", data=data)
    assert answer.status_code == 422
    if words.isascii():
        assert "有1处要改" in answer.get_data(as_text=True)
    else:
        assert words in answer.get_data(as_text=True)


def test_mail_goes_to_the_allowed_domains_alone() -> None:
    mail = Choice(email="a@qq.com", ways={Topic.LATE: frozenset({MAIL})})
    rules.check(mail, [])
    with pytest.raises(RuleBroken, match="只发往"):
        rules.check(mail, rules.domains_of("lyg.gov.cn，example.gov.cn"))
    with pytest.raises(RuleBroken, match="还没有填邮箱"):
        rules.check(Choice(ways=mail.ways), [])


def test_an_address_is_kept_sealed(world: World) -> None:
    actions.choose(world.actor("officer"), Choice(email="chen@lyg.gov.cn"), [])
    stored = db.session.execute(text("SELECT email FROM notify_choices")).scalar_one()
    assert "chen" not in stored
    assert queries.choice(world.actor("officer")).email == "chen@lyg.gov.cn"


def test_the_system_administrator_sees_what_left_and_no_word_of_it(world: World, as_) -> None:
    for number, state in enumerate(OutgoingState):
        db.session.add(
            Outgoing(
                user_id=world.users["officer"].id, channel="mail", topic=Topic.LATE, subject="报送蒸汽价格",
                text="报送蒸汽价格", state=state, next_at=clock.now(),
                sent_at=clock.now() if state is OutgoingState.SENT else None,
                reason="收件邮箱被拒绝（550）" if state is OutgoingState.FAILED else "", attempts=number,
            )
        )  # fmt: skip
    db.session.commit()
    admin = as_("sysadmin")
    page = admin.get("/admin/notify").get_data(as_text=True)
    assert "蒸汽" not in page
    assert "没有发出" in page and "收件邮箱被拒绝（550）" in page
    failed = db.session.scalars(select(Outgoing).where(Outgoing.state == OutgoingState.FAILED)).one()
    assert admin.post(f"/admin/notify/{failed.id}/again").status_code == 303
    assert admin.post(f"/admin/notify/{failed.id}/again").status_code == 409
    assert "没有发出" in admin.get("/admin/notify?state=failed").get_data(as_text=True)
    assert as_("bureau").get("/admin/notify").status_code == 403
