"""The officers' work as sheets: days on station, figures of visits, cards of a month."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from crm.core.actor import Actor
from crm.core.paging import Window
from crm.exports.sheets import Column, each
from crm.pipeline.queries import cards as pipeline
from crm.settings import queries as settings
from crm.visits import queries as visits
from crm.visits.queries import By, Filters, Line, StationFilters, StationRow
from crm.visits.rules import MODE_LABELS
from crm.visits.rules import card as rules
from crm.visits.rules.card import Card

_SIZE = 1_000


def count_stations(actor: Actor, filters: StationFilters, today: date) -> int:
    return visits.list_station_days(actor, filters, Window(per_page=1)).total


def stations(
    actor: Actor, filters: StationFilters, asked: Mapping[str, str], today: date
) -> Iterator[StationRow]:
    return each(lambda window: visits.list_station_days(actor, filters, window), _SIZE)


def station_columns(asked: Mapping[str, str]) -> Sequence[Column]:
    return (
        Column("日期", lambda r: r.day),
        Column("人员", lambda r: r.name),
        Column("板块", lambda r: r.zone),
        Column("驻点", lambda r: r.station),
        Column("拜访家次", lambda r: r.companies),
        Column("有效信息 条", lambda r: r.leads),
        Column("推荐来访 批次", lambda r: r.referrals),
        Column("当天工作", lambda r: r.work),
    )


@dataclass(frozen=True, slots=True)
class Figures:
    """What the page of figures asks for."""

    filters: Filters
    by: By


def count_figures(actor: Actor, asked: Figures, today: date) -> int:
    return len(visits.figures(actor, asked.filters, asked.by))


def figures(actor: Actor, asked: Figures, address: Mapping[str, str], today: date) -> Iterator[Line]:
    yield from visits.figures(actor, asked.filters, asked.by)


def figure_columns(asked: Mapping[str, str]) -> Sequence[Column]:
    by = By(asked["by"]) if asked.get("by") in set(By) else By.OFFICER

    def mode(at: int) -> Any:
        return lambda line: line.modes[at]

    return (
        Column(by.label, lambda line: line.label),
        Column("走访次数", lambda line: line.visits),
        Column("企业家数", lambda line: line.companies),
        Column("对方人次", lambda line: line.people),
        *(Column(label, mode(at)) for at, label in enumerate(MODE_LABELS.values())),
        Column("领导参加", lambda line: line.led),
    )


@dataclass(frozen=True, slots=True)
class Cards:
    """A group's month."""

    month: date
    zone_id: int | None


def count_cards(actor: Actor, asked: Cards, today: date) -> int:
    return len(pipeline.month_of(actor, asked.month, asked.zone_id).cards)


def cards(actor: Actor, asked: Cards, address: Mapping[str, str], today: date) -> Iterator[Card]:
    yield from pipeline.month_of(actor, asked.month, asked.zone_id).cards


def card_columns(asked: Mapping[str, str]) -> Sequence[Column]:
    def value(at: int) -> Any:
        return lambda card: Decimal(card.scores[at].shown)

    def points(at: int) -> Any:
        return lambda card: card.scores[at].points

    terms = rules.terms(settings.value("officer_card"))
    pairs = (
        (Column(f"{one.label} 数量", value(at)), Column(f"{one.label} 得分", points(at)))
        for at, one in enumerate(terms)
    )
    return (
        Column("位次", lambda card: card.place),
        Column("专员", lambda card: card.name),
        *(column for pair in pairs for column in pair),
        Column("总分", lambda card: card.total),
    )
