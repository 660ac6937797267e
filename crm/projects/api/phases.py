"""Phases, increases and a change of ownership over the API."""

from typing import Any

from marshmallow import fields

from crm.accounts.permissions import PROJECT_WRITE
from crm.core import clock
from crm.pipeline import actions as pipeline
from crm.projects import actions, queries
from crm.projects.api import agreed, blp, shapes
from crm.projects.rules.investors import InvestorDraft
from crm.web import api, edges, guard


class InvestorIn(api.In):
    company = shapes.Company(required=True)
    on = fields.Date(required=True)
    reason = fields.String(required=True, validate=api.at_most(500))
    attachment = fields.Integer(load_default=None, allow_none=True)


@blp.post("/projects/<code>/phases")
@guard.requires(PROJECT_WRITE)
@blp.arguments(agreed.PhaseNew)
def add_phase(sent: dict[str, Any], code: str) -> Any:
    """新增分期或增资（kind 为 phase 或 increase）；增资只写增量。"""
    actor = guard.current()
    project = queries.find(actor, code, PROJECT_WRITE)
    made = actions.add_phase(actor, project, agreed.phase_draft(sent))
    pipeline.follow_phases(actor, project, clock.today())
    edges.commit()
    return agreed.phase(made), 201


@blp.patch("/projects/<code>/phases/<int:no>")
@guard.requires(PROJECT_WRITE)
@blp.arguments(agreed.PhaseIn)
def patch_phase(sent: dict[str, Any], code: str, no: int) -> Any:
    """修改分期，只改写出的字段；If-Match 写分期的 version。"""
    actor = guard.current()
    project = queries.find(actor, code, PROJECT_WRITE)
    phase = queries.phase_numbered(project.id, no)
    api.check_version(phase.version)
    changed = actions.edit_phase(actor, project, phase, agreed.phase_draft(sent, phase))
    pipeline.mark_changed(actor, project, changed, clock.now(), phase)
    pipeline.follow_phases(actor, project, clock.today())
    edges.commit()
    return agreed.phase(phase)


@blp.delete("/projects/<code>/phases/<int:no>")
@guard.requires(PROJECT_WRITE)
def delete_phase(code: str, no: int) -> Any:
    """删除分期；已有里程碑或月度投资的不能删除。"""
    actor = guard.current()
    project = queries.find(actor, code, PROJECT_WRITE)
    phase = queries.phase_numbered(project.id, no)
    api.check_version(phase.version, required=False)
    actions.remove_phase(actor, project, phase)
    pipeline.follow_phases(actor, project, clock.today())
    edges.commit()
    return "", 204


@blp.post("/projects/<code>/investor")
@guard.requires(PROJECT_WRITE)
@blp.arguments(InvestorIn)
def change_investor(sent: dict[str, Any], code: str) -> Any:
    """更换业主；原投资方留在 investors 里，已有的认定不变。company 写 id，或 {"name", "uscc"}。"""
    actor = guard.current()
    project = queries.find(actor, code, PROJECT_WRITE)
    api.check_version(project.version, required=False)
    draft = InvestorDraft(sent["company"], sent["on"], sent["reason"], sent["attachment"])
    actions.change_investor(actor, project, draft, clock.today())
    edges.commit()
    return shapes.whole(actor, code)
