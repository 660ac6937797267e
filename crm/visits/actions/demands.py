"""What a company asks for in a visit becomes a duty of its own kind, asked of a unit where one is named."""

from datetime import date

from crm.core.actor import Actor
from crm.core.errors import RuleBroken
from crm.followups import actions as followups
from crm.followups import rules as duty_rules
from crm.settings import queries as settings
from crm.visits.rules import Demand


def raise_all(actor: Actor, asked: tuple[Demand, ...], common: duty_rules.Draft, today: date) -> list[str]:
    """States each demand, a promise where a leader gave his word; answers the sentences about moved days.

    `common` is what the duties of the visit share; what, day and kind are put in here.
    """
    wanted = [demand for demand in asked if demand.what.strip()]
    if not wanted:
        return []
    answer_by = settings.calendar().add_working_days(today, settings.value("demand_days"))
    return [_state(actor, demand, demand.duty(common, answer_by), today) for demand in wanted]


def _state(actor: Actor, demand: Demand, draft: duty_rules.Draft, today: date) -> str:
    try:
        made = followups.plan(actor, draft)
        if demand.unit_id is not None:
            followups.forward(actor, made.followup, demand.unit_id, made.followup.due_on, today)
    except RuleBroken as broken:
        raise RuleBroken(f"「{demand.what.strip()[:20]}」：{broken.message}", field="demands") from broken
    return made.note
