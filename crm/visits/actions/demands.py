"""What a company asks for in a visit becomes a duty of its own kind, asked of a unit where one is named."""

from datetime import date

from crm.core.actor import Actor
from crm.core.errors import RuleBroken
from crm.followups import actions as followups
from crm.followups import queries as duties
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
    _check_leaders(wanted, today)
    answer_by = settings.calendar().add_working_days(today, settings.value("demand_days"))
    notes: list[str] = []
    for demand in wanted:
        made = followups.plan(actor, demand.duty(common, answer_by))
        notes.append(made.note)
        if demand.unit_id is not None:
            _forward(actor, made, demand, today)
    return notes


def _forward(actor: Actor, made: followups.Planned, demand: Demand, today: date) -> None:
    try:
        followups.forward(actor, made.followup, demand.unit_id or 0, made.followup.due_on, today)
    except RuleBroken as broken:
        raise RuleBroken(f"「{demand.what.strip()[:20]}」：{broken.message}", field="demands") from broken


def _check_leaders(wanted: list[Demand], today: date) -> None:
    named = {demand.leader_id for demand in wanted if demand.leader_id is not None}
    if named and not named <= {leader_id for leader_id, _ in duties.leaders_for(today)}:
        raise RuleBroken("没有找到这位领导，或已不在任。请从名单里选。", field="demands")
