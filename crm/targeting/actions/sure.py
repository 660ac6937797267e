"""Proposals that are all but certain, confirmed by a person many at a time."""

from collections.abc import Sequence
from datetime import date

from crm.accounts.permissions import PROJECT_WRITE
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict, RuleBroken
from crm.targeting import queries
from crm.targeting.actions import targets


def confirm(actor: Actor, found: Sequence[queries.Sure], today: date) -> dict[str, list[str]]:
    """Each takes its link or is refused by itself: the refusals with the names of whom they keep out."""
    there = {t.id: t for t in queries.find_many(actor, [one.target_id for one in found], PROJECT_WRITE)}
    refused: dict[str, list[str]] = {}
    for one in found:
        try:
            with db.session.begin_nested():
                targets.place(actor, there[one.target_id], [one.link.node_id], today)
        except (RuleBroken, Conflict) as broken:
            refused.setdefault(broken.message, []).append(one.company)
    return refused
