"""A change of ownership (更换业主)."""

from datetime import date

from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import RuleBroken
from crm.projects import queries
from crm.projects.actions.naming import subject
from crm.projects.actions.records import refuse_telling, refuse_twin, registered
from crm.projects.models import InvestorChange, Project
from crm.projects.rules import investors as rules
from crm.projects.rules.investors import InvestorDraft

_HIDDEN = "（保密）"


def change_investor(actor: Actor, project: Project, draft: InvestorDraft, today: date) -> InvestorChange:
    """Another investor takes over; the one before stays in the history, and both lead to the project.

    What was recognised stays as it is: a recognition freezes amount, column, tier and zone, never the investor (decision 6).
    """
    refuse_telling(actor, project, frozenset({"investor"}))
    db.session.refresh(project, with_for_update=True)
    rules.check(draft, today, queries.last_investor_change(project.id))
    if draft.attachment_id is not None and not queries.has_attachment(project.id, draft.attachment_id):
        raise RuleBroken("附件不在这个项目里或已删除。请重新选择。", field="paper")
    before_id, before_text = project.company_id, project.investor_text if project.company_id is None else ""
    company = registered(actor, draft.investor)
    if company.id == before_id:
        raise RuleBroken("新的投资方和现在的是同一家。请选择另一家企业。", field="company")
    before_name = queries.company_name(before_id) if before_id is not None else before_text
    project.company_id = company.id
    refuse_twin(project)
    made = InvestorChange(
        project_id=project.id,
        before_id=before_id,
        before_text=before_text or "",
        after_id=company.id,
        on=draft.on,
        reason=draft.reason.strip(),
        attachment_id=draft.attachment_id,
        changed_by=actor.user_id,
    )
    db.session.add(made)
    db.session.flush()
    told = (_HIDDEN, _HIDDEN) if project.confidential else (before_name, company.name)
    note = "" if project.confidential else f"{draft.on.isoformat()} {made.reason}"
    audit.record(actor, "project.investor_changed", subject(project), {"company_id": told}, note=note)
    return made
