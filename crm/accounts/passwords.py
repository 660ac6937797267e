"""Argon2id; parameters are sized so that the web workers fit in 1 GiB together."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher(time_cost=2, memory_cost=64 * 1024, parallelism=1)


def hashed(password: str) -> str:
    return _hasher.hash(password)


def matches(hash_: str, password: str) -> bool:
    try:
        return _hasher.verify(hash_, password)
    except (VerificationError, InvalidHashError):
        return False


#: Without characters that are mistaken for each other when read aloud or copied by hand.
_LOWER, _UPPER, _DIGITS = "abcdefghjkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789"


def one_time(length: int = 14) -> str:
    """A random password for the first sign-in, with all the classes that the rules ask for."""
    alphabet = _LOWER + _UPPER + _DIGITS
    while True:
        made = "".join(secrets.choice(alphabet) for _ in range(length - 1)) + secrets.choice("-+=")
        if all(any(c in made for c in kind) for kind in (_LOWER, _UPPER, _DIGITS)):
            return made
