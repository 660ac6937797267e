"""A whole list of people at once."""

from collections.abc import Sequence
from datetime import date, datetime

from crm.accounts import rules
from crm.accounts.actions import people, posts
from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.errors import RuleBroken


def import_people(
    actor: Actor,
    rows: Sequence[tuple[str, str, rules.PostDraft]],
    now: datetime,
    today: date,
    numbers: Sequence[int] = (),
) -> list[tuple[str, str, str]]:
    """Accounts with one post each from (login, name, post); gives (login, name, one-time password).

    All or nothing: every refusal is collected into one RuleBroken with the row number (`numbers`) before it.
    """
    made, refused = [], []
    for at, (login, name, draft) in enumerate(rows):
        try:
            person, first = people.create_user(actor, login, name, now)
            posts.propose(actor, person, draft, now, today)
            made.append((person.login, person.name, first))
        except RuleBroken as broken:
            refused.append(f"第 {numbers[at] if numbers else at + 1} 行：{broken.message}")
    if refused:
        raise RuleBroken("\n".join(refused))
    audit.record(actor, "account.imported", audit.Subject("user", None, f"{len(made)} 个账号"))
    return made
