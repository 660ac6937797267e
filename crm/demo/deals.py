"""What the demo's projects are: the told headlines and many invented ones, as plain values before anything is written."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from crm.demo.firms import Firm, Node
from crm.demo.people import Cast
from crm.demo.story import BEFORE, HEADLINES, Headline
from crm.demo.words import Words
from crm.pipeline.rules import MilestoneKind
from crm.projects.rules import Capital, Exclusion, Stage, Status

#: The drawings' day of the year: headlines are told for it and moved in proportion on other days.
_TOLD_ON = 327
_HISTORY_DAYS = 730
_WAITING_DAYS = 45
#: The place of the one that has moved away, among the first, which are still in talks.
_MOVED = 3
_STAGES = dict(zip(Stage, (12, 12, 18, 14, 8, 8, 7, 5, 4, 5, 3, 2, 2), strict=True))
_STATUS = {Status.ACTIVE: 86, Status.ON_HOLD: 5, Status.LOST: 6, Status.TERMINATED: 2, Status.TRANSFERRED: 1}


@dataclass(slots=True)
class Deal:
    """One project of the demo. `outcome` as in story.Headline; `marks` are (milestone, day it happened)."""

    name: str
    firm: Firm
    zone_id: int
    stage: Stage
    status: Status
    capital: Capital
    total: Decimal | None
    usd: Decimal | None
    owner: int
    started: date
    stage_since: date
    quiet: int
    due: int
    outcome: str = ""
    marks: list[tuple[MilestoneKind, date]] = field(default_factory=list)
    exclusion: Exclusion | None = None
    confidential: bool = False
    headline: bool = False

    @property
    def fixed(self) -> Decimal | None:
        return None if self.total is None else (self.total * Decimal("0.84")).quantize(Decimal(1))

    @property
    def fixed_usd(self) -> Decimal | None:
        return None if self.usd is None else (self.usd * Decimal("0.8")).quantize(Decimal(1))


def headline_firms(nodes: dict[str, Node]) -> dict[str, tuple[str, Node]]:
    """Investors of the headlines: short name → (zone code, first node of the told chain)."""
    return {h.investor: (h.zone, nodes[h.node]) for h in (*HEADLINES, *BEFORE)}


def told(cast: Cast, firms: dict[str, Firm], today: date) -> Iterator[Deal]:
    """The headlines and last year's, moved so that each year's signings lie in that year whatever the day."""
    for line in (*HEADLINES, *BEFORE):
        zone_id = cast.zones[line.zone].id
        signed = _signed(line, today)
        started = (signed or today) - timedelta(days=150)
        deal = Deal(
            name=line.name,
            firm=firms[line.investor],
            zone_id=zone_id,
            stage=line.stage,
            status=line.status,
            capital=line.capital,
            total=None if line.total is None else Decimal(line.total),
            usd=None if line.usd is None else Decimal(line.usd),
            owner=cast.officers[zone_id][0],
            started=started,
            stage_since=signed or today - timedelta(days=20),
            quiet=line.quiet,
            due=line.due,
            outcome=line.outcome,
            exclusion=line.exclusion,
            confidential=line.confidential,
            headline=not line.years_ago,
        )
        _mark(deal, signed, line, today)
        yield deal


def _signed(line: Headline, today: date) -> date | None:
    if line.signed is None:
        return None
    day = timedelta(days=today.timetuple().tm_yday - 1)
    then = date(today.year - line.years_ago, 1, 1) + day
    return then - timedelta(days=line.signed * (day.days + 1) // (_TOLD_ON + 1))


def _mark(deal: Deal, signed: date | None, line: Headline, today: date) -> None:
    if signed is None:
        return
    kinds = [kind for kind in MilestoneKind if kind.stage.order <= max(line.stage.order, Stage.SIGNED.order)]
    deal.marks = _spread(kinds, signed, today)
    deal.stage_since = deal.marks[-1][1]


def _spread(kinds: list[MilestoneKind], signed: date, today: date) -> list[tuple[MilestoneKind, date]]:
    """Milestones one after another between the signing and today."""
    gap = max((today - signed).days // (len(kinds) + 1), 0)
    return [(kind, signed + timedelta(days=min(gap, 75) * number)) for number, kind in enumerate(kinds)]


def invented(
    random: Random, words: Words, cast: Cast, firms: list[Firm], many: int, today: date
) -> Iterator[Deal]:
    stages = list(Stage)
    for number in range(many):
        firm = random.choice(firms)
        # The first ones go once through all stages, and one has moved away, so that nothing is missing by chance.
        stage = stages[number] if number < len(stages) else _stage(random)
        gone = number == _MOVED and stage.order < Stage.SIGNED.order
        started = today - timedelta(days=random.randrange(20, _HISTORY_DAYS))
        deal = Deal(
            name=words.project(firm.short, firm.node.product),
            firm=firm,
            zone_id=firm.zone_id,
            stage=stage,
            status=Status.TRANSFERRED if gone else _status(random, stage),
            capital=Capital.FOREIGN if random.random() < 0.12 else Capital.DOMESTIC,
            total=None,
            usd=None,
            owner=random.choice(cast.officers[firm.zone_id]),
            started=started,
            stage_since=started,
            quiet=random.choices((3, 12, 24, 38, 50, 75, 110), (24, 22, 20, 12, 8, 8, 6))[0]
            + random.randrange(0, 5),
            due=random.choices((-9, -3, -1, 0, 2, 5, 12, 20), (5, 8, 8, 10, 16, 20, 20, 13))[0],
            confidential=random.random() < 0.015,
        )
        _amount(random, deal)
        _advance(random, deal, today)
        yield deal


def _stage(random: Random) -> Stage:
    return random.choices(list(_STAGES), list(_STAGES.values()))[0]


def _status(random: Random, stage: Stage) -> Status:
    status = random.choices(list(_STATUS), list(_STATUS.values()))[0]
    if stage.order >= Stage.SIGNED.order and status in (Status.LOST, Status.TRANSFERRED):
        return Status.ACTIVE
    if stage.order < Stage.SIGNED.order and status is Status.TERMINATED:
        return Status.LOST
    return status


def _amount(random: Random, deal: Deal) -> None:
    """From 3,000万 to 45亿, most below 10亿: the headlines decide the quotas, the others fill the ledger."""
    wan = Decimal(round(3_000 * (150 ** random.random()) / 100) * 100)
    if deal.stage.order < Stage.SIGNED.order and random.random() < 0.02:
        wan *= 8
    if deal.capital is Capital.FOREIGN:
        deal.usd = (wan / 7).quantize(Decimal(10))
    else:
        deal.total = wan


def _advance(random: Random, deal: Deal, today: date) -> None:
    life = (today - deal.started).days
    deal.stage_since = deal.started + timedelta(days=random.randrange(life // 2, life + 1))
    if deal.stage.order < Stage.SIGNED.order:
        return
    signed = deal.started + timedelta(days=random.randrange(5, max(life // 2, 6)))
    kinds = [kind for kind in MilestoneKind if kind.stage.order <= deal.stage.order]
    deal.marks = _spread(kinds, min(signed, today), today)
    deal.stage_since = deal.marks[-1][1]
    # Only what was submitted lately still waits for the bureau.
    fresh = (today - deal.marks[-1][1]).days <= _WAITING_DAYS
    deal.outcome = "pending" if fresh and random.random() < 0.7 else "recognised"
