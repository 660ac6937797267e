"""Who is acting, for which post: the first argument of every query and action."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from crm.core.errors import Forbidden


class Role(StrEnum):
    OFFICER = "officer"
    SPECIALIST = "specialist"
    CHIEF = "chief"
    COUNTY = "county"
    DEPT = "dept"
    BUREAU = "bureau"
    LEADER = "leader"
    SYSADMIN = "sysadmin"
    SECADMIN = "secadmin"
    AUDITOR = "auditor"


class Scope(StrEnum):
    """How far a verb reaches: own zone, zones of the own county, assigned or granted, whole city."""

    ZONE = "Z"
    COUNTY = "D"
    ASSIGNED = "A"
    CITY = "C"


@dataclass(frozen=True, slots=True)
class Actor:
    """A user acting for one post. `zone_id` and `county_id` are unit ids, None where the post has none.

    `scopes` maps a verb's code to its reach and is made from the permission table by `accounts`.
    A system actor (jobs, commands, imports of reference data) has user_id None and reaches the city.
    """

    user_id: int | None
    name: str
    login: str = ""
    role: Role | None = None
    post_id: int | None = None
    unit_id: int | None = None
    unit_name: str = ""
    zone_id: int | None = None
    county_id: int | None = None
    scopes: Mapping[str, Scope] = field(default_factory=dict)
    ip: str = ""
    read_only: bool = False

    def can(self, verb: str) -> bool:
        return verb in self.scopes

    def scope(self, verb: str) -> Scope | None:
        return self.scopes.get(verb)

    def require(self, verb: str) -> None:
        """Raises Forbidden when the post does not hold the verb at all; reach is the query's business."""
        if verb not in self.scopes:
            raise Forbidden()
