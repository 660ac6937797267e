"""What becomes of each row: new, an update with its differences, or a repetition. Sets of rows at a time."""

from collections.abc import Mapping
from datetime import date

from crm.core.actor import Actor
from crm.imports.actions.deciding.alike import Alike as Alike
from crm.imports.actions.deciding.companies import CompanyDecider as CompanyDecider
from crm.imports.actions.deciding.companies import new_people as new_people
from crm.imports.actions.deciding.groups import Groups as Groups
from crm.imports.actions.deciding.investment import InvestmentDecider as InvestmentDecider
from crm.imports.actions.deciding.projects import CONFIRMED_ONLY as CONFIRMED_ONLY
from crm.imports.actions.deciding.projects import ProjectDecider as ProjectDecider
from crm.imports.actions.deciding.targets import TargetDecider as TargetDecider
from crm.imports.rules import BatchKind
from crm.imports.rules.groups import Listed
from crm.imports.rules.zone_names import ZoneNames


def decider(
    kind: BatchKind,
    actor: Actor,
    zone_id: int | None,
    names: ZoneNames,
    today: date,
    listed: Mapping[str, Listed],
) -> CompanyDecider | ProjectDecider | InvestmentDecider | TargetDecider:
    """`listed` are the companies that a list of companies brings in itself, for their groups."""
    alike = Alike(actor)
    if kind is BatchKind.INVESTMENT:
        return InvestmentDecider(actor, names, today)
    if kind is BatchKind.PROJECTS:
        return ProjectDecider(actor, names, today, alike)
    companies = CompanyDecider(zone_id, alike, Groups(alike.register, listed))
    return TargetDecider(zone_id, companies) if kind is BatchKind.TARGETS else companies
