"""People move a project through its talks."""

from datetime import date

from crm.accounts import permissions
from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.errors import Forbidden, RuleBroken
from crm.pipeline import queries, rules
from crm.pipeline.actions.following import set_stage, subject
from crm.pipeline.actions.gates import check_gate
from crm.pipeline.rules import MilestoneKind
from crm.projects.models import Project
from crm.projects.rules import Stage


def move_stage(actor: Actor, project: Project, to: Stage, note: str, today: date) -> None:
    """Forward with what the gate asks for, back with a reason and by who may approve it; a milestone's stage says what it lacks."""
    queries.lock(project)
    if to.order > Stage.INTENT.order:
        _refuse_milestone(actor, project, MilestoneKind(to.value))
    rules.check_move(project.stage, to, project.status, queries.live_kinds(project), note)
    back = rules.is_backward(project.stage, to)
    if back and not queries.may(actor, project, permissions.STATUS_APPROVE):
        raise Forbidden("退回阶段由本板块主要负责人或市商务局办理。请向其提出。")
    if not back:
        check_gate(actor, project, to)
    before = project.stage
    set_stage(actor, project, to, "back" if back else "people", note.strip(), today)
    code = "stage.stepped_back" if back else "stage.moved"
    audit.record(actor, code, subject(project), {"stage": (before.value, to.value)}, note=note.strip())


def _refuse_milestone(actor: Actor, project: Project, kind: MilestoneKind) -> None:
    """Stages from 签约 on follow milestones: says what is missing, or that only the submission is."""
    gate = queries.gate_of(actor, project, kind.stage)
    missing = [m.as_dict() for m in gate.missing] if gate else []
    if project.stage is kind.stage:
        raise RuleBroken(f"项目已经在{kind.label}。", "to")
    if not missing:
        path = rules.milestone_path(project.code, kind)
        missing = [
            {"field": "milestone", "message": f"还没有申报{kind.label}。材料已齐，请申报。", "link": path}
        ]
    raise RuleBroken(
        f"{kind.label}按里程碑确定，还差{len(missing)}项。请补齐后申报{kind.label}。", "to", missing=missing
    )
