"""How a project stands: its status and what was put off, and what is asked about it; read from the pipeline."""

from typing import Any

from crm.core import clock
from crm.core.actor import Actor
from crm.pipeline import queries as pipeline
from crm.pipeline.queries import slippage, truth_shown
from crm.pipeline.rules.slippage import Slippage
from crm.projects.models import Project
from crm.projects.queries import Record
from crm.projects.rules import Status


def aside(project: Project) -> dict[str, Any]:
    """What every tab says of the status: why the project stands still, and what waits for approval."""
    still = project.status is not Status.ACTIVE
    return {
        "stopped": next((row for row in pipeline.status_history(project) if row.approved), None)
        if still
        else None,
        "slippage": slippage.of_many([project.id]).get(project.id, Slippage()),
        "waiting_change": pipeline.open_change(project),
    }


def changes(project: Project) -> dict[str, Any]:
    return {
        "status_history": pipeline.status_history(project),
        "clocks": slippage.spells_of(project, clock.today()),
    }


def truth(actor: Actor, record: Record) -> dict[str, Any]:
    return {
        "truth": truth_shown.of_project(actor, record.project, clock.today()),
        "truth_states": truth_shown.STATES,
    }
