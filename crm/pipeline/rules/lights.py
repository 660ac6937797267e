"""A project's light: the worst of its timers, always with the reason in words (rules.md §9.3).

`queries.states` says the same in SQL; `tests/pipeline/test_lights.py` holds the two together.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from crm.projects.rules import Stage, Status

OK, WARN, BAD, OFF = "ok", "warn", "bad", "off"
_ORDER = {OFF: 0, OK: 1, WARN: 2, BAD: 3}
Limits = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Light:
    """`state` is ok, warn, bad or off; `reason` is never empty."""

    state: str
    reason: str


#: Timer → (its name, whom it runs for, what it measures); settings are light_<timer>_yellow and light_<timer>_red.
TIMERS: Mapping[str, tuple[str, str, str]] = {
    "contact": ("多久未联系", "签约前", "从最近一次走访起；还没有走访过的从入库起"),
    "register": ("签约后未注册", "已签约、未注册、未开工", "从签约日期起"),
    "start": ("签约后未开工", "已签约、未开工", "从签约日期起"),
    "promised": (
        "约定开工日期已过",
        "已签约、未开工",
        "从协议约定的开工日期起；协议没有约定的从预计开工日期起",
    ),
    "statistics": (
        "开工后未入统",
        "已开工、未竣工，报过月度投资的",
        "从开工日期起，到月度投资里填了入统为止",
    ),
    "progress": (
        "投资进度落后序时",
        "已开工、未竣工，报过月度投资、有约定竣工日期的",
        "开工到约定竣工之间过去的比例，减去累计完成投资占固定资产投资（没有则总投资）的比例",
    ),
}
#: This timer counts percentage points, and must be exceeded; the others count days, and need only be reached.
POINTS = "progress"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """After how many days (percentage points for progress) a timer turns yellow and red; 0 is never."""

    contact: Limits
    register: Limits
    start: Limits
    promised: Limits = (0, 0)
    statistics: Limits = (0, 0)
    progress: Limits = (0, 0)


def thresholds_of(settings: Mapping[str, Any]) -> Thresholds:
    return Thresholds(
        **{timer: (settings[f"light_{timer}_yellow"], settings[f"light_{timer}_red"]) for timer in TIMERS}
    )


@dataclass(frozen=True, slots=True)
class Pause:
    """A time on hold: from a day on, until a day or still."""

    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class LightFacts:
    """`entered_on` stands in for the last contact of a project nobody has visited. `reached` are the real dates of live milestones by code.

    `start_by` and `complete_by` are what was promised. `started_on` is the first start of the project or of a phase.
    `invested` is the sum of monthly investment and `planned` what it is held against, whole 万元; `in_statistics` is None
    while no month was reported: what is unknown turns no light.
    """

    stage: Stage
    status: Status
    entered_on: date
    last_contact_on: date | None = None
    reached: Mapping[str, date] | None = None
    pauses: tuple[Pause, ...] = ()
    review_on: date | None = None
    start_by: date | None = None
    complete_by: date | None = None
    started_on: date | None = None
    planned: int | None = None
    invested: int | None = None
    in_statistics: bool | None = None


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


def _timer(days: int, limits: Limits, words: str) -> Light:
    yellow, red = limits
    if 0 < red <= days:
        return Light(BAD, f"{words}，已超{red}天" if days > red else f"{words}，已到{red}天")
    if 0 < yellow <= days:
        return Light(WARN, f"{words}，{red}天红灯" if red else words)
    return Light(OK, words)


def light_of(facts: LightFacts, thresholds: Thresholds, today: date) -> Light:
    """Worst of the timers that run for this project; of equal ones the first."""
    if facts.status is Status.ON_HOLD:
        if facts.review_on is not None and facts.review_on <= today:
            return Light(WARN, f"搁置，复查日期 {facts.review_on.isoformat()} 已到")
        return Light(OFF, "搁置，时限暂停")
    if facts.status is not Status.ACTIVE:
        return Light(OFF, {Status.LOST: "已流失", Status.TERMINATED: "已终止"}.get(facts.status, "已流转"))
    if facts.stage.order < Stage.SIGNED.order:
        return _talking(facts, thresholds, today)
    if facts.stage.order < Stage.STARTED.order and Stage.STARTED not in (facts.reached or {}):
        lights = list(_waiting(facts, thresholds, today))
    else:
        lights = list(_building(facts, thresholds, today))
    return max(lights or [Light(OK, f"已{facts.stage.label}")], key=lambda light: _ORDER[light.state])


def _talking(facts: LightFacts, thresholds: Thresholds, today: date) -> Light:
    if facts.last_contact_on is None:
        days = running_days(facts.entered_on, today, facts.pauses)
        return _timer(days, thresholds.contact, f"入库{days}天还没有走访" if days else "今天入库")
    days = running_days(facts.last_contact_on, today, facts.pauses)
    return _timer(days, thresholds.contact, f"{days}天未联系" if days else "今天联系过")


def _waiting(facts: LightFacts, thresholds: Thresholds, today: date) -> Iterator[Light]:
    """Signed and not yet begun."""
    reached = facts.reached or {}
    signed_on = reached.get(Stage.SIGNED)
    if signed_on is not None:
        days = running_days(signed_on, today, facts.pauses)
        if Stage.REGISTERED not in reached:
            yield _timer(days, thresholds.register, f"签约{days}天未注册")
        yield _timer(days, thresholds.start, f"签约{days}天未开工")
    if facts.start_by is not None and facts.start_by < today:
        late = running_days(facts.start_by, today, facts.pauses)
        yield _timer(late, thresholds.promised, f"应于{facts.start_by.isoformat()}开工，已过{late}天")


def _building(facts: LightFacts, thresholds: Thresholds, today: date) -> Iterator[Light]:
    """Begun and not yet completed."""
    if facts.stage.order >= Stage.COMPLETED.order or facts.started_on is None:
        return
    days = running_days(facts.started_on, today, facts.pauses)
    if facts.in_statistics is False:
        light = _timer(days, thresholds.statistics, f"开工{days}天未入统")
        if light.state != OK:
            yield light
    if facts.complete_by is not None and facts.planned and facts.invested is not None:
        yield _progress(facts.planned, facts.invested, days, _span(facts), thresholds.progress)


def _span(facts: LightFacts) -> int:
    """Days from the start to the promised completion, at least one."""
    assert facts.complete_by is not None and facts.started_on is not None
    return max((facts.complete_by - facts.started_on).days, 1)


def _progress(planned: int, invested: int, days: int, span: int, limits: Limits) -> Light:
    """Integers throughout, so that SQL agrees at the very edge: lag = elapsed ÷ span − invested ÷ planned."""
    elapsed, done = min(days, span), max(invested, 0)
    lag, whole = 100 * (elapsed * planned - done * span), span * planned
    words = f"累计完成投资{_percent(done, planned)}，序时{_percent(elapsed, span)}"
    yellow, red = limits
    if red and lag > red * whole:
        return Light(BAD, f"{words}，落后超过{red}个百分点")
    if yellow and lag > yellow * whole:
        return Light(WARN, f"{words}，落后超过{yellow}个百分点")
    return Light(OK, words)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%"
