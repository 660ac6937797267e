"""Trips, receptions and events as sheets, and the report on trips in the shape the city asks for (rules.md §8.1, form 2)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from crm.core.actor import Actor
from crm.core.paging import Window
from crm.exports.sheets import Column, each
from crm.visits import queries as visits
from crm.visits.queries import Filters, OccasionFilters, OccasionRow
from crm.visits.rules import OCCASION_LABELS

_SIZE = 500


def count(actor: Actor, filters: OccasionFilters, today: date) -> int:
    return visits.list_occasions(actor, filters, Window(per_page=1)).total


def rows(
    actor: Actor, filters: OccasionFilters, asked: Mapping[str, str], today: date
) -> Iterator[OccasionRow]:
    return each(lambda window: visits.list_occasions(actor, filters, window), _SIZE)


def columns(asked: Mapping[str, str]) -> Sequence[Column]:
    return (
        Column("类别", lambda r: OCCASION_LABELS[r.kind]),
        Column("名称", lambda r: r.title),
        Column("开始日期", lambda r: r.starts_on),
        Column("结束日期", lambda r: r.ends_on),
        Column("时间", lambda r: r.starts_at),
        Column("地点", lambda r: r.place),
        Column("主办", lambda r: r.organiser),
        Column("带队", lambda r: r.leader.name if r.leader else None),
        Column("我方人员", lambda r: "、".join(person.name for person in r.ours)),
        Column("走访 次", lambda r: r.visits),
        Column("家次", lambda r: r.companies),
        Column("人次", lambda r: r.people),
        Column("天数", lambda r: r.days),
        Column("参会客商数", lambda r: r.guests),
        Column("签约数", lambda r: r.signed_count),
        Column("签约额 万元", lambda r: r.signed_amount),
        Column("成果和后续", lambda r: r.result),
        Column("板块", lambda r: r.zone),
        Column("记录人", lambda r: r.author),
    )


# --- 外出招商情况上报表 ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Traveller:
    """One of the team of a trip, with the companies the trip went to; `number` runs within its unit."""

    trip: OccasionRow
    number: int
    name: str
    title: str
    companies: str
    met: str
    posts: str


def count_travellers(actor: Actor, filters: OccasionFilters, today: date) -> int:
    return sum(max(len(row.ours), 1) for row in rows(actor, filters, {}, today))


def travellers(
    actor: Actor, filters: OccasionFilters, asked: Mapping[str, str], today: date
) -> Iterator[Traveller]:
    """One line a traveller, numbered within his unit, so that a unit's last number is its 人次."""
    numbers: dict[str, int] = {}
    for trip in rows(actor, filters, asked, today):
        page = visits.listing(actor, Filters(occasion_id=trip.id), Window(per_page=200))
        told = [row for row in page.items if not row.hidden]
        met = [person for row in told for person in visits.theirs_of(row.id)]
        companies = "、".join(dict.fromkeys(row.company for row in told))
        names = "、".join(person.name for person in met)
        posts = "、".join(person.note or "—" for person in met)
        for name, title in [(person.name, person.note) for person in trip.ours] or [("", "")]:
            unit = trip.zone or "市级"
            numbers[unit] = numbers.get(unit, 0) + 1
            yield Traveller(trip, numbers[unit], name, title, companies, names, posts)


def traveller_columns(asked: Mapping[str, str]) -> Sequence[Column]:
    return (
        Column("单位", lambda x: x.trip.zone or "市级"),
        Column("序号", lambda x: x.number),
        Column("姓名", lambda x: x.name),
        Column("职务", lambda x: x.title),
        Column("开始时间", lambda x: x.trip.starts_on),
        Column("结束时间", lambda x: x.trip.ends_on),
        Column("天数", lambda x: x.trip.days),
        Column("目的地", lambda x: x.trip.place),
        Column("拜访企业名称", lambda x: x.companies),
        Column("接洽人姓名", lambda x: x.met),
        Column("接洽人职务", lambda x: x.posts),
    )
