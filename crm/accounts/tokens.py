"""API tokens: made once, shown once, kept as a hash."""

import hashlib
import secrets
from datetime import date

from sqlalchemy import select

from crm.accounts import queries
from crm.accounts.models import Token, User
from crm.accounts.rules import TokenScope
from crm.core.actor import Actor
from crm.core.db import db

_PREFIX = "crm_"


def _hash(secret: str) -> str:
    # A token is 256 random bits, so a plain hash is enough; passwords use Argon2.
    return hashlib.sha256(secret.encode()).hexdigest()


def make(person: User, post_id: int, scope: TokenScope, expires_on: date | None, label: str = "") -> str:
    """Adds the token and gives its secret, which is not kept."""
    secret = _PREFIX + secrets.token_urlsafe(32)
    db.session.add(
        Token(
            user_id=person.id,
            post_id=post_id,
            secret_hash=_hash(secret),
            scope=scope,
            expires_on=expires_on,
            label=label,
        )
    )
    return secret


def actor_of(secret: str, ip: str, today: date, *, demo: bool = True) -> Actor | None:
    """The actor behind a token in force, whose user and post still hold; else None. `demo` admits demo accounts."""
    token = db.session.scalar(
        select(Token).where(Token.secret_hash == _hash(secret), Token.revoked_at.is_(None))
    )
    if token is None or (token.expires_on is not None and token.expires_on < today):
        return None
    person = queries.person(token.user_id, today)
    if person is None or not person.active or (person.is_demo and not demo):
        return None
    post = next((p for p in person.posts if p.id == token.post_id), None)
    if post is None:
        return None
    return queries.actor_of(person, post, ip, read_only=token.scope is TokenScope.READ)
