"""A project's light: the worst of its timers, always with the reason in words (rules.md §9.3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from crm.projects.rules import Stage, Status

OK, WARN, BAD, OFF = "ok", "warn", "bad", "off"
_ORDER = {OFF: 0, OK: 1, WARN: 2, BAD: 3}


@dataclass(frozen=True, slots=True)
class Light:
    """`state` is ok, warn, bad or off; `reason` is never empty."""

    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Days after which a timer turns yellow and red."""

    contact: tuple[int, int]
    register: tuple[int, int]
    start: tuple[int, int]


def thresholds_of(settings: Mapping[str, Any]) -> Thresholds:
    return Thresholds(
        *(
            (settings[f"light_{timer}_yellow"], settings[f"light_{timer}_red"])
            for timer in ("contact", "register", "start")
        )
    )


@dataclass(frozen=True, slots=True)
class Pause:
    """A time on hold: from a day on, until a day or still."""

    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class LightFacts:
    """`entered_on` stands in for the last contact of a project nobody has visited. `reached` are the real dates of live milestones by code."""

    stage: Stage
    status: Status
    entered_on: date
    last_contact_on: date | None = None
    reached: Mapping[str, date] | None = None
    pauses: tuple[Pause, ...] = ()
    review_on: date | None = None


def pauses_of(changes: Iterable[tuple[Status, date]]) -> tuple[Pause, ...]:
    """Approved changes of status in the order they held, as times on hold."""
    found: list[Pause] = []
    since: date | None = None
    for after, day in changes:
        if after is Status.ON_HOLD:
            since = since or day
        elif since is not None:
            found.append(Pause(since, day))
            since = None
    return (*found, Pause(since)) if since else tuple(found)


def running_days(since: date, today: date, pauses: Iterable[Pause]) -> int:
    """Days of a timer from `since` to today without the time on hold: coming back restores what remained."""
    held = 0
    for pause in pauses:
        start, end = max(pause.starts_on, since), min(pause.ends_on or today, today)
        held += max((end - start).days, 0)
    return max((today - since).days - held, 0)


def _timer(days: int, limits: tuple[int, int], words: str) -> Light:
    yellow, red = limits
    if days >= red:
        return Light(BAD, f"{words}，已超{red}天" if days > red else f"{words}，已到{red}天")
    if days >= yellow:
        return Light(WARN, f"{words}，{red}天红灯")
    return Light(OK, words)


def light_of(facts: LightFacts, thresholds: Thresholds, today: date) -> Light:
    """Worst of the timers that run for this project."""
    if facts.status is Status.ON_HOLD:
        if facts.review_on is not None and facts.review_on <= today:
            return Light(WARN, f"搁置，复查日期 {facts.review_on.isoformat()} 已到")
        return Light(OFF, "搁置，时限暂停")
    if facts.status is not Status.ACTIVE:
        return Light(OFF, {Status.LOST: "已流失", Status.TERMINATED: "已终止"}.get(facts.status, "已流转"))
    if facts.stage.order < Stage.SIGNED.order:
        return _talking(facts, thresholds, today)
    return max(_signed(facts, thresholds, today), key=lambda light: _ORDER[light.state])


def _talking(facts: LightFacts, thresholds: Thresholds, today: date) -> Light:
    if facts.last_contact_on is None:
        days = running_days(facts.entered_on, today, facts.pauses)
        return _timer(days, thresholds.contact, f"入库{days}天还没有走访" if days else "今天入库")
    days = running_days(facts.last_contact_on, today, facts.pauses)
    return _timer(days, thresholds.contact, f"{days}天未联系" if days else "今天联系过")


def _signed(facts: LightFacts, thresholds: Thresholds, today: date) -> list[Light]:
    reached = facts.reached or {}
    signed_on = reached.get(Stage.SIGNED)
    if signed_on is None:
        return [Light(OK, f"已{facts.stage.label}")]
    lights = [Light(OK, f"已{facts.stage.label}")]
    order = facts.stage.order
    days = running_days(signed_on, today, facts.pauses)
    if Stage.REGISTERED not in reached and order < Stage.STARTED.order:
        lights.append(_timer(days, thresholds.register, f"签约{days}天未注册"))
    if Stage.STARTED not in reached and order < Stage.STARTED.order:
        lights.append(_timer(days, thresholds.start, f"签约{days}天未开工"))
    # Of two green timers the one that says more stands first.
    return lights[1:] or lights
