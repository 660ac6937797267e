"""Field encryption: phone numbers are stored sealed, found again by keyed hashes, shown masked."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

from crm.core.config import Config


@dataclass(slots=True)
class _Keys:
    fernet: MultiFernet | None = None
    hash_key: bytes = b""


_keys = _Keys()


def configure(config: Config) -> None:
    """Sets the process's keys; the newest key seals, every key opens."""
    _keys.fernet = MultiFernet([Fernet(key) for key in config.field_keys])
    _keys.hash_key = config.hash_key.encode()


def _fernet() -> MultiFernet:
    if _keys.fernet is None:
        raise RuntimeError("crypto.configure has not been called")
    return _keys.fernet


def keyed_hash(text: str) -> str:
    """HMAC-SHA256 in hex (64 characters)."""
    return hmac.new(_keys.hash_key, text.encode(), hashlib.sha256).hexdigest()


class Sealed(TypeDecorator[str]):
    """Text that the database only ever sees encrypted."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else _fernet().encrypt(value.encode()).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else _fernet().decrypt(value.encode()).decode()
