"""The ways out of the house: mail by the operator's server, robots by apprise. Addresses come from the settings alone.

Each function returns when the message was taken and raises `Undelivered` with Chinese words otherwise.
"""

import smtplib
import ssl
import warnings
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import formatdate
from typing import Any

from crm.core.config import Config, ConfigError
from crm.core.outgoing import Robot, Smtp
from crm.notices.rules import Undelivered

_SECONDS = 20


def check(config: Config) -> None:
    """Raises ConfigError for a robot whose address apprise cannot read."""
    for robot in config.robots:
        if _apprise(robot) is None:
            raise ConfigError(f"CRM_NOTIFY_URLS 的 {robot.name} 地址写法不对。")


def _apprise(robot: Robot) -> Any:
    # Imported here alone: it is large, and most processes never send anything. It still names a module that Python gave up.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import apprise

        return apprise.Apprise.instantiate(robot.url, suppress_exceptions=True) or None


def robot(robots: Sequence[Robot], name: str, zones: Sequence[str], title: str, text: str) -> None:
    """To a robot that is still set and that people of these zones may use."""
    found = next((each for each in robots if each.name == name), None)
    if found is None:
        raise Undelivered("这个机器人已经不在系统设置里", again=False)
    if found.zone and found.zone not in zones:
        raise Undelivered("这个机器人不属于收件人现在的板块", again=False)
    sender = _apprise(found)
    if sender is None or not sender.notify(body=text, title=title):
        raise Undelivered(f"{found.kind}没有接受，可能是地址失效、网络不通或发得太频繁", whole=True)


def mail(smtp: Smtp | None, to: str, subject: str, text: str, message_id: str) -> None:
    """One mail. `message_id` is the same at every attempt, so that a mail server can tell a second one."""
    if smtp is None:
        raise Undelivered("系统没有设置邮件服务器", again=False)
    if not to:
        raise Undelivered("收件人没有填邮箱", again=False)
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = " ".join(subject.split()), smtp.sender, to
    message["Date"], message["Message-ID"] = formatdate(), message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    with _connected(smtp) as server:
        _hand_over(server, message)


def _connected(smtp: Smtp) -> smtplib.SMTP:
    context = ssl.create_default_context()
    try:
        if smtp.safe == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=_SECONDS, context=context)
        else:
            server = smtplib.SMTP(smtp.host, smtp.port, timeout=_SECONDS)
        if smtp.safe == "starttls":
            server.starttls(context=context)
        if smtp.user:
            server.login(smtp.user, smtp.password)
    except smtplib.SMTPAuthenticationError as error:
        raise Undelivered("邮件服务器不接受登录名或密码", whole=True) from error
    except ssl.SSLError as error:
        raise Undelivered("邮件服务器的证书不能信任", whole=True) from error
    except (smtplib.SMTPException, OSError) as error:
        raise Undelivered("连不上邮件服务器", whole=True) from error
    return server


def _hand_over(server: smtplib.SMTP, message: EmailMessage) -> None:
    try:
        server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code = next((code for code, _ in error.recipients.values()), 550)
        raise Undelivered(f"收件邮箱被拒绝（{code}）", again=code < 500) from error
    except smtplib.SMTPResponseException as error:
        code = error.smtp_code
        raise Undelivered(f"邮件服务器没有接受（{code}）", again=code < 500) from error
    except (smtplib.SMTPException, OSError) as error:
        # It broke off in the middle: it may have been taken, and it may not come twice.
        raise Undelivered("发送时连接中断，不知道是否送到，没有再发", again=False) from error
