"""Where messages may leave to: the mail server and the group robots, written by the operator alone, never by a user.

`CRM_SMTP_URL` is smtp://, smtp+starttls:// or smtps://[user:password@]host[:port]?from=crm@example.gov.cn.
`CRM_NOTIFY_URLS` are robots apart by blanks, each `name=address` or, for one zone's people alone, `name@ZONE=address`;
an address is one of apprise: wecombot://KEY, dingtalk://TOKEN, feishu://TOKEN, lark://TOKEN, json(s)://host/path.
"""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

#: How a connection is made safe, by the address's scheme, with its usual port.
_SMTP = {"smtp": ("", 25), "smtp+starttls": ("starttls", 587), "smtps": ("tls", 465)}
#: Kinds of robots, by the address's scheme.
ROBOTS = {
    "wecombot": "企业微信",
    "dingtalk": "钉钉",
    "feishu": "飞书",
    "lark": "飞书",
    "json": "接口",
    "jsons": "接口",
}
#: A robot's name is part of what is stored with a message.
_NAME_MOST = 24


@dataclass(frozen=True, slots=True)
class Smtp:
    """`safe` is "", "starttls" or "tls"."""

    host: str
    port: int
    safe: str
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Robot:
    """A robot in a group's chat; `zone` is the code of the zone whose people may use it, "" for everybody."""

    name: str
    zone: str
    kind: str
    url: str = field(repr=False)


def smtp(text: str) -> Smtp | None:
    """None where nothing is set. Raises ValueError with one Chinese line."""
    if not text.strip():
        return None
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError as error:
        raise ValueError("CRM_SMTP_URL 的端口不是数字。") from error
    sender = parse_qs(parts.query).get("from", [""])[0]
    if parts.scheme not in _SMTP or not parts.hostname:
        raise ValueError("CRM_SMTP_URL 只接受 smtp://、smtp+starttls:// 或 smtps:// 加主机名。")
    if sender.count("@") != 1:
        raise ValueError("CRM_SMTP_URL 要写发件人，如 smtps://主机?from=crm@example.gov.cn。")
    safe, usual = _SMTP[parts.scheme]
    return Smtp(
        parts.hostname,
        port or usual,
        safe,
        sender,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )


def robots(text: str) -> tuple[Robot, ...]:
    """Raises ValueError with one Chinese line; the address itself is a secret and is not repeated in it."""
    found = [_robot(word) for word in text.split()]
    names = [robot.name for robot in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"CRM_NOTIFY_URLS 里名称 {twice} 出现了两次。")
    return tuple(found)


def _robot(word: str) -> Robot:
    label, sign, url = word.partition("=")
    name, _, zone = label.partition("@")
    if not (sign and name) or "://" in label or len(name) > _NAME_MOST:
        raise ValueError(f"CRM_NOTIFY_URLS 的每一项写成 名称=地址，名称最多{_NAME_MOST}字。")
    scheme = url.partition("://")[0]
    if scheme not in ROBOTS or not url.partition("://")[2]:
        raise ValueError(f"CRM_NOTIFY_URLS 的 {name} 不是支持的机器人，可用 {'、'.join(ROBOTS)}。")
    return Robot(name, zone, ROBOTS[scheme], url)


def public_url(text: str) -> str:
    """The product's own address as people reach it, without a slash at the end; "" where nothing is set."""
    url = text.strip().rstrip("/")
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment):
        raise ValueError("CRM_PUBLIC_URL 写成 https://主机 这样的地址。")
    return url
