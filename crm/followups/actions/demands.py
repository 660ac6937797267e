"""The life of a demand: asked of a unit, urged, answered, confirmed or opened again. Nothing here commits."""

from collections.abc import Sequence
from datetime import date, datetime

from crm.accounts.permissions import ASSIGN, INSTRUCT
from crm.audit import actions as audit
from crm.core import clock
from crm.core.actor import Actor
from crm.core.dates import day_words
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.followups import queries, rules
from crm.followups.actions.duties import close, note_of, silent, subject
from crm.followups.actions.words import outside
from crm.followups.models import Followup
from crm.followups.rules import DutyState
from crm.followups.rules import demands as demand_rules
from crm.followups.rules.demands import Confirmation, Confirmer, Step
from crm.followups.rules.ladder import SUBJECT
from crm.notices import actions as notices
from crm.notices.actions import Message
from crm.notices.rules import Topic
from crm.projects.models import Project
from crm.settings import queries as settings


def forward(
    actor: Actor,
    duty: Followup,
    unit_id: int,
    due_on: date,
    today: date,
    *,
    category: str = "",
    note: str = "",
) -> str:
    """Asks a unit to answer (指定), or another one (转办); its people are told. Answers the sentence to show where the day was moved."""
    demand_rules.check_kind(duty.kind)
    life = queries.life(duty)
    demand_rules.check_step(_step(duty), Step.WAITING)
    demand_rules.check_category(category)
    if duty.unit_id == unit_id:
        raise RuleBroken("已经由这个单位办理。请选另一个单位。", field="unit")
    names = dict(queries.units_for(duty.zone_id))
    if unit_id not in names:
        raise RuleBroken("没有找到这个单位。请从名单里选。", field="unit")
    if not queries.unit_may_read(duty.project_id, unit_id, today):
        raise RuleBroken("这是保密项目，该单位看不到内容。请先把该单位加到项目责任里。", field="unit")
    if due_on < today:
        raise RuleBroken("答复期限已经过去。请填今天或更晚。", field="due_on")
    due = rules.due_day(due_on, settings.calendar())
    before = {"unit_id": duty.unit_id, "due_on": duty.due_on, "category": duty.category}
    code = "demand.assigned" if duty.unit_id is None else "demand.forwarded"
    notices.resolve(SUBJECT, duty.id, clock.now())
    life.forwarded += duty.unit_id is not None
    duty.unit_id, duty.due_on, duty.category = unit_id, due.on, category or duty.category
    life.answer_due_on = due.on
    db.session.flush()
    after = {"unit_id": unit_id, "due_on": due.on, "category": duty.category}
    diff = audit.difference(before, after) | {"unit": (None, names[unit_id])}
    audit.record(actor, code, subject(duty), diff, note=note_of(duty, note))
    _tell(actor, duty, queries.people_of(unit_id, today), f"请{day_words(due.on)}前答复")
    return due.note


def urge(actor: Actor, duty: Followup, today: date) -> int:
    """Asks again (催办), at most once a day; answers how many people were told: the unit's, else the owner."""
    demand_rules.check_kind(duty.kind)
    life = queries.life(duty)
    demand_rules.check_urge(_step(duty), life.urged_on, today)
    life.urged, life.urged_on = life.urged + 1, today
    db.session.flush()
    audit.record(actor, "demand.urged", subject(duty), {"urged": (life.urged - 1, life.urged)})
    people = list(queries.people_of(duty.unit_id, today)) if duty.unit_id is not None else []
    if not people and duty.owner_id is not None and duty.owner_id != actor.user_id:
        people = [duty.owner_id]
    return _tell(actor, duty, people, f"第{life.urged}次催办，期限{day_words(duty.due_on)}")


def answer(actor: Actor, duty: Followup, text: str, now: datetime, today: date) -> str:
    """What the unit says; whoever raised it is told and asks the company until the day that this sets."""
    demand_rules.check_kind(duty.kind)
    life = queries.life(duty)
    demand_rules.check_answer(_step(duty), text)
    days = settings.value("demand_confirm_days")
    life.answered_at, life.answered_by, life.answer_due_on = now, actor.user_id, duty.due_on
    duty.answer = text.strip()
    duty.due_on = demand_rules.confirm_by(today, days, settings.calendar())
    notices.resolve(SUBJECT, duty.id, now)
    db.session.flush()
    audit.record(actor, "demand.answered", subject(duty), note=note_of(duty, text[:300]))
    people = [user_id for user_id in (duty.owner_id, duty.created_by) if user_id is not None]
    _tell(actor, duty, people, f"已答复，请{day_words(duty.due_on)}前请企业确认")
    return f"请在{day_words(duty.due_on)}前请企业确认。"


def confirm(actor: Actor, duty: Followup, said: Confirmation, now: datetime) -> None:
    """Closes it (销号) by the company's or a leader's word."""
    demand_rules.check_kind(duty.kind)
    life = queries.life(duty)
    may_lead = actor.can(ASSIGN) or actor.can(INSTRUCT)
    demand_rules.check_confirmation(_step(duty), said, may_lead)
    life.confirmed_at, life.confirmed_by, life.confirmed_name = now, said.by, said.name.strip()
    life.satisfaction, life.confirm_note = said.satisfaction, said.note.strip()
    duty.confirmed_by_company = said.by is Confirmer.COMPANY
    close(actor, duty, DutyState.DONE)
    diff = {"confirmed_by": (None, said.by.value), "state": ("open", "done")}
    if said.satisfaction is not None:
        diff["satisfaction"] = (None, said.satisfaction.value)
    audit.record(actor, "demand.confirmed", subject(duty), diff, note=note_of(duty, said.note))


def reopen(actor: Actor, duty: Followup, reason: str, due_on: date, today: date) -> str:
    """Not settled after all: what was answered or closed is to be answered again by a new day."""
    demand_rules.check_kind(duty.kind)
    life = queries.life(duty)
    demand_rules.check_step(_step(duty), Step.ANSWERED, Step.CLOSED)
    demand_rules.check_reason(reason, "重新打开的原因")
    if due_on < today:
        raise RuleBroken("答复期限已经过去。请填今天或更晚。", field="due_on")
    due = rules.due_day(due_on, settings.calendar())
    before = {"state": duty.state.value, "due_on": duty.due_on}
    life.answered_at = life.answered_by = life.confirmed_at = life.confirmed_by = life.satisfaction = None
    life.confirmed_name = life.confirm_note = ""
    life.reopened, life.answer_due_on = life.reopened + 1, due.on
    duty.state, duty.due_on, duty.confirmed_by_company = DutyState.OPEN, due.on, False
    duty.closed_at = duty.closed_by_user = None
    duty.closed_by = duty.close_reason = ""
    db.session.flush()
    after = {"state": "open", "due_on": due.on}
    audit.record(
        actor, "demand.reopened", subject(duty), audit.difference(before, after), note=note_of(duty, reason)
    )
    people = list(queries.people_of(duty.unit_id, today)) if duty.unit_id is not None else []
    _tell(actor, duty, people or [duty.owner_id], f"重新打开，请{day_words(due.on)}前答复")
    return due.note


def _step(duty: Followup) -> Step:
    return demand_rules.step_of(duty.state, queries.life(duty).answered_at)


def _tell(actor: Actor, duty: Followup, people: Sequence[int | None], said: str) -> int:
    """Everybody but the one who acts; answers how many that were."""
    others = [
        user_id for user_id in dict.fromkeys(people) if user_id is not None and user_id != actor.user_id
    ]
    project = db.session.get(Project, duty.project_id) if duty.project_id is not None else None
    company = queries.company_names(duty.company_id)
    hidden = silent(duty)
    words = rules.HIDDEN_WHAT if hidden else duty.what
    message = Message(
        Topic.DEMAND,
        f"{duty.kind.label}{said}：{words}",
        f"{duty.kind.label}{said}：" + outside(project.code if project else None, duty.what, hidden, company),
        f"/demands/{duty.id}",
    )
    notices.tell(others, message)
    return len(others)
