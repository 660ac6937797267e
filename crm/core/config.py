"""Settings from the environment (CRM_*), typed and checked once. See shared outer surface in docs/howto/deploy.md."""

import os
import secrets
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.fernet import Fernet

from crm.core import outgoing
from crm.core.outgoing import Robot, Smtp

ROOT = Path(__file__).resolve().parents[2]


class ConfigError(Exception):
    """A wrong or missing setting, in one line."""


@dataclass(frozen=True, slots=True)
class Config:
    """`field_keys` are Fernet keys, newest first; `hash_key` is the key of the phone hashes.

    `scan_command` is the virus scanner's command line in words, empty where there is none. `smtp`, `robots` and
    `public_url` say where messages may leave to and how they name the product (see `outgoing`).
    """

    database_url: str
    data_dir: Path
    secret_key: str
    field_keys: tuple[str, ...]
    hash_key: str
    env: str
    timezone: str
    redis_url: str | None
    scan_command: tuple[str, ...] = ()
    smtp: Smtp | None = None
    robots: tuple[Robot, ...] = ()
    public_url: str = ""

    @property
    def production(self) -> bool:
        return self.env == "production"


def _secret(environ: Mapping[str, str], data_dir: Path, name: str, production: bool) -> str:
    """From the environment; outside production made once and kept beside the data, readable by the owner only."""
    if value := environ.get(name, "").strip():
        return value
    if production:
        raise ConfigError(f"缺少设置 {name}：正式环境必须给出。")
    path = data_dir / "keys" / name.lower()
    if path.exists():
        return path.read_text().strip()
    value = Fernet.generate_key().decode() if name == "CRM_FIELD_KEYS" else secrets.token_urlsafe(32)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        # Two processes may start at once: the first one's key wins.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(value)
    return value


def _database(environ: Mapping[str, str], data_dir: Path) -> str:
    url = environ.get("CRM_DATABASE_URL", "").strip() or f"sqlite:///{data_dir / 'crm.db'}"
    if urlsplit(url).scheme not in ("sqlite", "postgresql+psycopg"):
        raise ConfigError("CRM_DATABASE_URL 只接受 sqlite:///… 或 postgresql+psycopg://…。")
    return url


def _field_keys(text: str) -> tuple[str, ...]:
    keys = tuple(k for k in text.replace(",", " ").split() if k)
    try:
        for key in keys:
            Fernet(key)
    except ValueError as error:
        raise ConfigError("CRM_FIELD_KEYS 里有一个密钥不是 32 字节的 base64（Fernet）。") from error
    if not keys:
        raise ConfigError("CRM_FIELD_KEYS 为空。")
    return keys


def _command(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise ConfigError("CRM_SCAN_COMMAND 的引号不成对。") from error


def _outgoing(env: Mapping[str, str]) -> tuple[Smtp | None, tuple[Robot, ...], str]:
    try:
        return (
            outgoing.smtp(env.get("CRM_SMTP_URL", "")),
            outgoing.robots(env.get("CRM_NOTIFY_URLS", "")),
            outgoing.public_url(env.get("CRM_PUBLIC_URL", "")),
        )
    except ValueError as error:
        raise ConfigError(str(error)) from error


def load(environ: Mapping[str, str] | None = None) -> Config:
    """Reads and checks everything; raises ConfigError with one Chinese line."""
    env = os.environ if environ is None else environ
    kind = env.get("CRM_ENV", "development").strip() or "development"
    if kind not in ("development", "production"):
        raise ConfigError(f"CRM_ENV 只能是 development 或 production，现在是 {kind}。")
    data_dir = Path(env.get("CRM_DATA_DIR", "").strip() or ROOT / "instance").resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    timezone = env.get("CRM_TIMEZONE", "").strip() or "Asia/Shanghai"
    if timezone != "Asia/Shanghai":
        raise ConfigError("CRM_TIMEZONE 目前只支持 Asia/Shanghai。")
    production = kind == "production"
    smtp, robots, public_url = _outgoing(env)
    return Config(
        database_url=_database(env, data_dir),
        data_dir=data_dir,
        secret_key=_secret(env, data_dir, "CRM_SECRET_KEY", production),
        field_keys=_field_keys(_secret(env, data_dir, "CRM_FIELD_KEYS", production)),
        hash_key=_secret(env, data_dir, "CRM_HASH_KEY", production),
        env=kind,
        timezone=timezone,
        redis_url=env.get("CRM_REDIS_URL") or None,
        scan_command=_command(env.get("CRM_SCAN_COMMAND", "")),
        smtp=smtp,
        robots=robots,
        public_url=public_url,
    )
