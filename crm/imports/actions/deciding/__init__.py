"""What becomes of each row: new, an update with its differences, or a repetition. Sets of rows at a time."""

from datetime import date

from crm.core.actor import Actor
from crm.imports.actions.deciding.alike import Alike as Alike
from crm.imports.actions.deciding.companies import CompanyDecider as CompanyDecider
from crm.imports.actions.deciding.companies import new_people as new_people
from crm.imports.actions.deciding.investment import InvestmentDecider as InvestmentDecider
from crm.imports.actions.deciding.projects import CONFIRMED_ONLY as CONFIRMED_ONLY
from crm.imports.actions.deciding.projects import ProjectDecider as ProjectDecider
from crm.imports.actions.deciding.targets import TargetDecider as TargetDecider
from crm.imports.rules import BatchKind
from crm.imports.rules.zone_names import ZoneNames


def decider(
    kind: BatchKind, actor: Actor, zone_id: int | None, names: ZoneNames, today: date
) -> CompanyDecider | ProjectDecider | InvestmentDecider | TargetDecider:
    if kind is BatchKind.TARGETS:
        return TargetDecider(zone_id)
    if kind is BatchKind.COMPANIES:
        return CompanyDecider(zone_id, Alike(actor))
    if kind is BatchKind.INVESTMENT:
        return InvestmentDecider(actor, names, today)
    return ProjectDecider(actor, names, today, Alike(actor))
