"""Gives a project what a gate asks for, so that tests move projects by evidence as people do."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from crm.assignments.models import Assignment
from crm.assignments.rules import AssignmentKind
from crm.chains.models import ChainNode
from crm.companies.models import Company, Contact
from crm.core import clock
from crm.core.db import db
from crm.pipeline import queries, rules
from crm.projects.models import Project
from crm.projects.rules import AttachmentKind, Capital, ProjectKind, Source, Stage
from crm.visits.rules import Mode
from tests import factories
from tests.factories import World

_VALUES: dict[str, Any] = {
    "source": Source.OWN,
    "content": "年产 10 万吨",
    "address": "徐圩新区",
    "statistics_name": "某某项目",
    "industry": "化学原料",
    "expected_sign_on": date(2027, 3, 1),
    "expected_start_on": date(2027, 6, 1),
    "first_contact_on": date(2026, 3, 1),
}


def give(world: World, project: Project, code: str) -> None:
    """Makes the need true for this project, and nothing else that it could help."""
    head, _, name = code.partition(":")
    if head == "file":
        factories.attachment(project, AttachmentKind(name))
    elif head == "field":
        _fill(world, project, name)
    elif name in ("visit", "meeting"):
        mode = Mode.PHONE if name == "visit" else Mode.OUTBOUND
        investor = db.session.get(Company, project.company_id) if project.company_id else None
        factories.visit(world.users["officer"], investor or factories.company(), [project], mode=mode)
    elif name == "contact":
        db.session.add(Contact(company_id=project.company_id, zone_id=project.zone_id, name="王经理"))
    elif name == "leader":
        leader = factories.leader("LYG-ETDZ", "某领导", "管委会主任")
        db.session.add(
            Assignment(
                project_id=project.id,
                kind=AssignmentKind.DIRECT_LEADER,
                leader_id=leader.id,
                starts_on=clock.today(),
            )
        )
    else:
        project.land_mu = Decimal(20)
    db.session.flush()


def _fill(world: World, project: Project, name: str) -> None:
    if name == "company":
        project.company_id = factories.company().id
    elif name == "owner":
        project.owner_id = world.users["officer"].id
    elif name == "node":
        project.node_id = db.session.scalar(select(func.min(ChainNode.id)))
    else:
        setattr(project, name, _VALUES.get(name, Decimal(20000)))


def suit(project: Project, rule: rules.Rule) -> None:
    """Makes the rule concern this project."""
    if rule.tiers:
        project.tier = rule.tiers[0]
    if rule.condition == "foreign":
        project.capital = Capital.FOREIGN
    elif rule.condition == "land":
        project.land_mu = Decimal(100)
    elif rule.condition == "leased":
        project.plant_sqm = Decimal(500)
    elif rule.condition == "expansion":
        project.kind = ProjectKind.EXPANSION
    elif rule.condition == "confidential":
        project.confidential = True
    db.session.flush()


def _hanging(but: str) -> tuple[str, ...]:
    """Needs that cannot be given without this one: contacts are the registered investor's."""
    return ("fact:contact",) if but == "field:company" else ()


def ready_for(world: World, project: Project, to: Stage, but: str = "") -> None:
    """Gives everything the gate of `to` bars and advises, but one need."""
    spared, given = {but, *_hanging(but)}, True
    while given:
        # What is given may bring other rules with it: land asks for its papers.
        facts = queries.facts_of(project)
        asked = rules.asked(queries.gate_table(), to, facts)
        lacks = [rule.needs for rule in asked if rule.needs not in spared and not rule.need.test(facts)]
        for needs in lacks:
            give(world, project, needs)
        given = bool(lacks)
