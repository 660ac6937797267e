"""The officers' cards of a month: what visits, projects and stations say, and the foreign signings recognised in it.

It stands here because a signing is the pipeline's; what people did is asked of the visits.
"""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlalchemy import or_, select

from crm.assignments.models import Assignment
from crm.core.actor import Actor
from crm.core.db import db
from crm.pipeline.models import Recognition
from crm.pipeline.rules import MilestoneKind
from crm.projects import queries as projects
from crm.projects import scope
from crm.projects.models import Project
from crm.projects.rules import Capital, Tier
from crm.settings import queries as settings
from crm.visits import queries as visits
from crm.visits.queries import Officer
from crm.visits.rules import card
from crm.visits.rules.card import Card, Item, Step, Terms


@dataclass(frozen=True, slots=True)
class Signing:
    """A foreign signing of the month and the officers who share it."""

    project_id: int
    code: str
    name: str
    on: date
    user_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Month:
    """A group's cards of one month, with what they were made of; `good` is the lowest tier of a 优质项目."""

    since: date
    until: date
    officers: Sequence[Officer]
    cards: Sequence[Card]
    signings: Sequence[Signing]
    terms: Sequence[Terms]
    steps: Sequence[Step]
    good: Tier
    good_from: str


def month_of(actor: Actor, month: date, zone_id: int | None = None) -> Month:
    """The cards of everybody who held an officer's post in the month, in a zone or in all within reach. Seven statements."""
    since = month.replace(day=1)
    until = month.replace(day=calendar.monthrange(month.year, month.month)[1])
    officers = visits.officers(actor, since, until, zone_id)
    ids = [officer.id for officer in officers]
    good = _good_from()
    done = visits.done_by(actor, ids, since, until, projects.tiers_from(good)) if ids else {}
    signed = _signings(actor, ids, since, until) if ids else []
    for one in signed:
        share = Fraction(1, len(one.user_ids))
        for user_id in set(one.user_ids).intersection(done):
            done[user_id][Item.FOREIGN] = done[user_id].get(Item.FOREIGN, Fraction(0)) + share
    terms = card.terms(settings.value("officer_card"))
    steps = card.steps(settings.value("officer_card_days"))
    made = card.cards([(officer.id, officer.name) for officer in officers], done, terms, steps)
    return Month(since, until, officers, made, signed, terms, steps, good, _tier_words(good))


def _good_from() -> Tier:
    """The tier the setting names; where it names none, that of the source."""
    code = str(settings.value("officer_card_good_tier"))
    return Tier(code) if code in set(Tier) else Tier.T5


def _tier_words(good: Tier) -> str:
    return next(row.label for row in projects.tiers() if row.code is good)


def _signings(actor: Actor, ids: Sequence[int], since: date, until: date) -> list[Signing]:
    """Foreign projects whose signing was recognised with a date in the month; shared by the owner and the officers in charge."""
    rows = db.session.execute(
        select(Project.id, Project.code, Project.name, Project.owner_id, Recognition.statistical_on)
        .join(Recognition, Recognition.project_id == Project.id)
        .where(
            Recognition.kind == MilestoneKind.SIGNED,
            Recognition.capital == Capital.FOREIGN,
            Recognition.ended_at.is_(None),
            Recognition.phase_id.is_(None),
            Recognition.statistical_on.between(since, until),
            scope.visible_to(actor),
        )
        .order_by(Recognition.statistical_on, Project.id)
    ).all()
    if not rows:
        return []
    shared: dict[int, set[int | None]] = {row.id: {row.owner_id} - {None} for row in rows}
    in_charge = db.session.execute(
        select(Assignment.project_id, Assignment.user_id).where(
            Assignment.project_id.in_(shared),
            Assignment.user_id.in_(ids),
            Assignment.starts_on <= until,
            or_(Assignment.ends_on.is_(None), Assignment.ends_on >= since),
        )
    )
    for project_id, user_id in in_charge:
        shared[project_id].add(user_id)
    return [
        Signing(row.id, row.code, row.name, row.statistical_on, tuple(sorted(u for u in shared[row.id] if u)))
        for row in rows
        if shared[row.id]
    ]
