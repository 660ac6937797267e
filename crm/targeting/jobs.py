"""Confirming many proposals in the background, in steps, with progress."""

from collections.abc import Mapping
from typing import Any

from crm.core import clock
from crm.core.db import db, looking
from crm.targeting import actions, queries
from crm.tasks.actions import Progress
from crm.tasks.jobs.worker import actor_of, address
from crm.tasks.models import Task

#: Targets of one transaction: other writers wait for that many at most.
CHUNK = 100


def confirm(task: Task, progress: Progress) -> Mapping[str, Any]:
    """What was offered when the person pressed the button; broken off, it goes on with what still waits."""
    actor, asked = actor_of(task), task.payload
    nodes = set(asked["nodes"])
    with looking():
        found = [s for s in queries.sure(actor, asked["zone"], asked["upto"]) if s.link.node_id in nodes]
    refused = 0
    for at in range(0, len(found), CHUNK):
        told = actions.confirm(actor, found[at : at + CHUNK], clock.today())
        refused += sum(map(len, told.values()))
        db.session.commit()
        progress(min(at + CHUNK, len(found)), len(found), "正在确认环节")
    words = f"确认 {len(found) - refused} 家" + (
        f"，{refused} 家已在那个环节的清单里，没有改" if refused else ""
    )
    return {"message": words, "next": address("targeting.pending")}


TASKS = {"targets.confirm": confirm}
