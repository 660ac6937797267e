"""Where messages may leave to is written by the operator, and a wrong word of it stops the start with one line."""

import pytest

from crm.core import config, outgoing
from crm.core.config import ConfigError
from crm.core.outgoing import Robot, Smtp
from crm.notices import channels


def test_a_mail_servers_address_says_host_port_safety_sender_and_login() -> None:
    assert outgoing.smtp("") is None
    assert outgoing.smtp("smtp://10.0.0.5?from=crm@lyg.gov.cn") == Smtp("10.0.0.5", 25, "", "crm@lyg.gov.cn")
    found = outgoing.smtp("smtps://crm%40lyg:p%2Fw@mail.lyg.gov.cn?from=crm@lyg.gov.cn")
    assert found == Smtp("mail.lyg.gov.cn", 465, "tls", "crm@lyg.gov.cn", "crm@lyg", "p/w")
    assert "p/w" not in repr(found)


def test_robots_have_names_and_may_belong_to_a_zone() -> None:
    url = "dingtalk://secret@token"
    assert outgoing.robots(f"招商群=wecombot://key 园区群@LYG-ETDZ={url}") == (
        Robot("招商群", "", "企业微信", "wecombot://key"),
        Robot("园区群", "LYG-ETDZ", "钉钉", url),
    )
    assert url not in repr(outgoing.robots(f"群={url}"))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("CRM_SMTP_URL", "http://mail", "smtp://"),
        ("CRM_SMTP_URL", "smtp://mail", "发件人"),
        ("CRM_SMTP_URL", "smtp://mail:x?from=a@b", "端口"),
        ("CRM_NOTIFY_URLS", "wecombot://key", "名称=地址"),
        ("CRM_NOTIFY_URLS", "群=mailto://me", "不是支持的机器人"),
        ("CRM_NOTIFY_URLS", "群=wecombot://", "不是支持的机器人"),
        ("CRM_NOTIFY_URLS", "群=wecombot://a 群=wecombot://b", "出现了两次"),
        ("CRM_PUBLIC_URL", "ftp://crm", "CRM_PUBLIC_URL"),
        ("CRM_PUBLIC_URL", "https://crm?x=1", "CRM_PUBLIC_URL"),
    ],
)
def test_a_wrong_address_stops_the_start_with_one_line(tmp_path, name: str, value: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as refused:
        config.load({"CRM_DATA_DIR": str(tmp_path), name: value})
    assert "\n" not in str(refused.value) and "key" not in str(refused.value)


def test_an_address_that_the_library_cannot_read_stops_the_start(tmp_path) -> None:
    made = config.load({"CRM_DATA_DIR": str(tmp_path), "CRM_NOTIFY_URLS": "群=dingtalk://%20%20"})
    with pytest.raises(ConfigError, match="群 地址写法不对"):
        channels.check(made)
