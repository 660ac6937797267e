"""Duties that follow a project to another zone, or a person's work to a colleague."""

from collections.abc import Sequence

from sqlalchemy import select

from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.db import db
from crm.followups.models import Followup
from crm.followups.rules import DutyState
from crm.projects.models import Project


def go_over(actor: Actor, project: Project, zone_id: int, owner_id: int | None) -> int:
    """Open duties on the project are owed by the zone that has it from now on; answers how many they were.

    `owner_id` None leaves them for the zone's chief to give out.
    """
    duties = db.session.scalars(
        select(Followup)
        .where(Followup.project_id == project.id, Followup.state == DutyState.OPEN)
        .order_by(Followup.id)
    ).all()
    for duty in duties:
        before = {"zone_id": duty.zone_id, "owner_id": duty.owner_id}
        duty.zone_id, duty.owner_id = zone_id, owner_id
        after = {"zone_id": zone_id, "owner_id": owner_id}
        about = audit.Subject(
            "followup", duty.id, f"{duty.kind.label} #{duty.id}", zone_id, None if duty.confidential else project.id
        )  # fmt: skip
        audit.record(actor, "followup.handed_over", about, audit.difference(before, after), note="随项目流转")
    db.session.flush()
    return len(duties)


def attach(actor: Actor, duty: Followup, project: Project) -> None:
    """A company's duty goes on as one of the project that it has become, and moves with the project from then on."""
    duty.project_id = project.id
    db.session.flush()
    about = audit.Subject(
        "followup", duty.id, f"{duty.kind.label} #{duty.id}", duty.zone_id,
        None if duty.confidential else project.id,
    )  # fmt: skip
    said = {} if duty.confidential else {"project": (None, project.code)}
    audit.record(actor, "followup.edited", about, said, note="随靶向企业转为项目")


def give(actor: Actor, ids: Sequence[int], owner_id: int) -> None:
    """Somebody else's open duties go on with a colleague; the caller has checked who may, and tells him of all of them at once."""
    duties = db.session.scalars(
        select(Followup).where(Followup.id.in_(ids), Followup.state == DutyState.OPEN).order_by(Followup.id)
    )
    for duty in duties:
        before, duty.owner_id = duty.owner_id, owner_id
        about = audit.Subject(
            "followup", duty.id, f"{duty.kind.label} #{duty.id}", duty.zone_id,
            None if duty.confidential else duty.project_id,
        )  # fmt: skip
        audit.record(actor, "followup.handed_over", about, {"owner_id": (before, owner_id)}, note="工作移交")
    db.session.flush()
