"""What several operations read the same way: a company, one of ours, a zone."""

from typing import Any

from crm.core.actor import Actor
from crm.core.errors import RuleBroken
from crm.projects import queries as projects
from crm.units import queries as units
from crm.visits import queries
from crm.visits.rules import Demand, Ours, our_person


def company_of(value: Any) -> tuple[int | None, str, str]:
    """(id, name, code) of the company as sent."""
    if value is None:
        return None, "", ""
    if isinstance(value, int) and not isinstance(value, bool):
        return value, "", ""
    if isinstance(value, dict) and isinstance(value.get("id"), int):
        return value["id"], "", ""
    if isinstance(value, dict) and isinstance(value.get("name"), str):
        return None, value["name"], str(value.get("uscc") or "")
    raise RuleBroken('企业无法识别。请写 id，或 {"name", "uscc"}。', field="company")


def our_person_of(value: Any) -> Ours:
    if isinstance(value, str):
        return our_person(value)
    if isinstance(value, dict):
        leader, user = value.get("leader"), value.get("user")
        if isinstance(leader, int) or isinstance(user, int) or isinstance(value.get("name"), str):
            return Ours(
                name=str(value.get("name") or ""),
                user_id=user if isinstance(user, int) else None,
                leader_id=leader if isinstance(leader, int) else None,
            )
    raise RuleBroken('我方人员写姓名，或 {"leader": id}、{"user": id}。', field="ours")


def demand_of(sent: dict[str, Any]) -> Demand:
    """A demand as sent: `unit` by its code, `leader` by id."""
    unit = units.by_code(sent["unit"]) if sent["unit"] else None
    if sent["unit"] and unit is None:
        raise RuleBroken("没有这个责任单位。请核对单位代码。", field="demands")
    return Demand(sent["what"].strip(), sent["category"], unit.id if unit else None, sent["leader"])


def zone_of(code: str | None) -> int | None:
    if not code:
        return None
    zone = projects.zone_by_code(code)
    if zone is None:
        raise RuleBroken("没有这个板块。请核对代码。", field="zone")
    return zone.id


def project_ids(actor: Actor, codes: list[str] | None) -> tuple[int, ...] | None:
    if codes is None:
        return None
    found = [queries.project_by_code(actor, code) for code in codes]
    if missing := [code for code, project in zip(codes, found, strict=True) if project is None]:
        raise RuleBroken(f"没有找到项目 {missing[0]}，或不在您的范围内。", field="projects")
    return tuple(project.id for project in found if project is not None)
