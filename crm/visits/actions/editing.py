"""Correcting a visit that is written down. Nothing here commits."""

from datetime import date

from crm.audit import actions as audit
from crm.core import clock
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Forbidden
from crm.visits import rules
from crm.visits.actions import occasions, people
from crm.visits.actions.rights import may_edit
from crm.visits.actions.visit import projects_named, subject
from crm.visits.models import Visit
from crm.visits.rules import Draft


def edit(actor: Actor, visit: Visit, draft: Draft, today: date) -> None:
    """Corrects a visit: its author, the chief of its zone and the bureau may. Company, next step and demands stay."""
    if not may_edit(actor, visit):
        raise Forbidden("这次走访由记录人修改。请联系记录人或板块负责人。")
    rules.check_facts(draft, today)
    projects = projects_named(actor, draft.project_ids or ())
    before = _facts(visit)
    visit.happened_on, visit.starts_at, visit.mode = draft.happened_on, draft.starts_at, draft.mode
    visit.place, visit.summary = draft.place.strip(), draft.summary.strip()
    visit.agreed, visit.intent_field = draft.agreed.strip(), draft.intent_field.strip()
    visit.intent_amount, visit.intent_amount_usd = draft.intent_amount, draft.intent_amount_usd
    visit.occasion_id = occasions.of_visit(
        actor, draft.occasion_id, draft.happened_on, visit.zone_id, before=visit.occasion_id
    )
    visit.confidential = draft.confidential or any(p.confidential for p in projects)
    people.put_projects(actor, visit, [p.id for p in projects])
    people.replace_ours(actor, visit, draft.ours)
    people.put_theirs(actor, visit, draft.theirs)
    # Who took part stands in tables of its own: a change of them alone makes a new version, too.
    visit.updated_at = clock.now()
    db.session.flush()
    changed = audit.difference(before, _facts(visit))
    # Words of a visit never go into the audit: they may name people, numbers and investors.
    diff = {name: (None, "已修改") if name in _WORDS else pair for name, pair in changed.items()}
    audit.record(actor, "visit.edited", subject(visit, projects), diff)


#: Fields of which the audit only says that they were changed.
_WORDS = ("place", "summary", "agreed", "intent_field", "intent_amount", "intent_amount_usd")


def _facts(visit: Visit) -> dict[str, object]:
    names = ("happened_on", "starts_at", "mode", "confidential", "occasion_id", *_WORDS)
    return {name: getattr(visit, name) for name in names}
