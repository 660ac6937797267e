"""Which zone a written name means: the row's county first, then the sender's, else the person is asked (decision 13)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from crm.zones.rules import Resolution, ZoneName, alias_key


@dataclass(slots=True)
class ZoneNames:
    """Every zone, and how a name within a county finds one (`zones.queries.Resolver.resolve`)."""

    zones: Sequence[ZoneName]
    find: Callable[[str, int | None], Resolution]
    _counties: dict[str, int] = field(init=False)
    _found: dict[tuple[str, int | None], list[ZoneName]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._counties = {}
        for zone in self.zones:
            if zone.county_name and zone.county_id is not None:
                name = alias_key(zone.county_name)
                self._counties[name] = zone.county_id
                self._counties[name.rstrip("区县市")] = zone.county_id

    def by_code(self, code: str | None) -> ZoneName | None:
        return next((zone for zone in self.zones if zone.code == code), None)

    def county(self, written: str) -> int | None:
        """The unit of a county by its name as a ledger writes it."""
        return self._counties.get(alias_key(written)) if written else None

    def resolve(self, written: str, county_id: int | None = None) -> list[ZoneName]:
        """One zone when the name is clear, several when the person has to choose, none when nothing is called so."""
        asked = (alias_key(written), county_id)
        if asked not in self._found:
            answer = self.find(written, county_id)
            self._found[asked] = [answer.zone] if answer.zone else list(answer.candidates)
        return self._found[asked]

    def knows(self, written: str) -> bool:
        return bool(self.resolve(written))
