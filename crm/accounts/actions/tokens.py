"""API tokens: given out on the command line or by the account's owner, taken back at any time."""

from datetime import date, datetime

from crm.accounts import queries, tokens
from crm.accounts.models import Token, User
from crm.accounts.rules import TokenScope
from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.errors import RuleBroken


def add_token(
    actor: Actor, person: User, scope: TokenScope, expires_on: date | None, today: date, label: str = ""
) -> str:
    """A token for the person's first post in force; the secret is given once and not kept."""
    posts = queries.posts_of(person.id, today)
    if not posts:
        raise RuleBroken("这个账号没有在任岗位，令牌没有可用的权限。请先给岗位。")
    if expires_on is not None and expires_on < today:
        raise RuleBroken("有效期早于今天。请填今天或更晚的日期。", field="expires")
    secret = tokens.make(person, posts[0].id, scope, expires_on, label)
    subject = audit.Subject("user", person.id, f"{person.name}（{person.login}）")
    audit.record(actor, "token.created", subject, note=f"{scope.value} {label}".strip())
    return secret


def revoke_token(actor: Actor, person: User, token: Token, now: datetime) -> None:
    token.revoked_at = now
    subject = audit.Subject("user", person.id, f"{person.name}（{person.login}）")
    audit.record(actor, "token.revoked", subject, note=token.label)
