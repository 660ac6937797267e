"""Figures of duties: each is the length of the list it leads to; and the columns of the list."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from crm.core.clock import CITY
from crm.core.db import db
from crm.followups import queries
from crm.followups.models import Followup
from crm.followups.queries import DutiesBy, Filters
from crm.followups.rules import DutyKind, DutyState
from tests import factories
from tests.factories import World

As = Callable[[str], FlaskClient]


def _closed(duty: Followup, on: date) -> None:
    duty.state, duty.closed_at = DutyState.DONE, datetime.combine(on, datetime.min.time(), CITY)


def _some(world: World) -> None:
    """The officer's: one open, one overdue, two done in time (one of them after being moved), one done late, one given up."""
    today, officer = world.today, world.users["officer"]
    about = world.project(name="有事项的项目")
    duties = [
        factories.followup(officer, about=about, what=f"事项{n}", due_on=today - timedelta(days=n))
        for n in (0, 20, 30, 31, 32, 33)
    ]
    _closed(duties[2], today - timedelta(days=30))
    _closed(duties[3], today - timedelta(days=40))
    duties[3].postponed = 2
    _closed(duties[4], today - timedelta(days=31))
    duties[5].state, duties[5].closed_at = DutyState.CANCELLED, duties[4].closed_at
    factories.followup(world.users["chief"], about=about, kind=DutyKind.PROBLEM, due_on=today)
    factories.followup(world.users["officer2"], due_on=today, zone_code="LYG-XUWEI")
    nobody = factories.followup(world.users["chief"], about=about, what="没有人管", due_on=today)
    nobody.owner_id = None
    db.session.commit()


def _period(world: World) -> Filters:
    return Filters(due_from=world.today - timedelta(days=60), due_until=world.today)


def test_an_officers_line_tells_open_overdue_in_time_and_moved(world: World) -> None:
    _some(world)
    lines = queries.duty_figures(world.actor("chief"), _period(world), world.today, DutiesBy.OWNER)
    line = next(each for each in lines if each.key == str(world.users["officer"].id))
    assert (line.total, line.open, line.late) == (6, 2, 1)
    assert (line.done, line.timely, line.cancelled) == (3, 2, 1)
    assert (line.moved, line.times) == (1, 2)
    assert sum(each.total for each in lines) == 8  # the other zone's is not the chief's to see


@pytest.mark.parametrize("by", list(DutiesBy))
def test_every_figure_is_the_length_of_the_list_it_leads_to(world: World, as_: As, by: DutiesBy) -> None:
    _some(world)
    client, period = as_("bureau"), _period(world)
    page = client.get(
        f"/followups/figures?by={by.value}&since={period.due_from}&until={period.due_until}"
    ).text
    table = page[page.index("<table") : page.index("</table>")]
    cells = re.findall(r'<td class="num"><a href="([^"]+)">(\d+)</a></td>', table)
    for url, figure in cells:
        listed = client.get(unescape(url)).text
        if "cols=" in url:
            # How often things were postponed is the sum of a column.
            assert sum(map(int, re.findall(r'<td class="num">(\d+)</td>', listed))) == int(figure), url
            continue
        assert re.search(rf"<b>{figure}</b><span class=\"u\">件", listed), (url, figure)
    assert len(cells) >= 10


def test_figures_of_a_company_count_no_confidential_duty_about_it(world: World) -> None:
    about = world.project(name="保密项目", confidential=True)
    factories.followup(world.users["chief"], about=about, due_on=world.today)
    db.session.commit()
    filters = Filters(company_id=about.company_id)
    officer = queries.whole_of_duties(world.actor("officer"), filters, world.today)
    chief = queries.whole_of_duties(world.actor("chief"), filters, world.today)
    assert (officer.total, chief.total) == (0, 1)


def test_figures_take_one_statement_at_any_size(world: World, count_queries: Any) -> None:
    _some(world)
    actor = world.actor("chief")
    queries.duty_figures(actor, Filters(), world.today, DutiesBy.OWNER)
    with count_queries() as many:
        queries.duty_figures(actor, _period(world), world.today, DutiesBy.OWNER)
    # The calendar and the figures.
    assert len(many) == 2


def test_the_list_finds_duties_by_the_companys_name_and_due_days(world: World, as_: As) -> None:
    company = world.company("演示澜山新材料有限公司")
    factories.followup(world.users["officer"], company, what="报送蒸汽价格", due_on=world.today)
    factories.followup(world.users["officer"], what="另一件事", due_on=world.today + timedelta(days=90))
    db.session.commit()
    found = as_("officer").get("/followups?q=lsxcl").text
    assert "报送蒸汽价格" in found and "另一件事" not in found
    until = as_("officer").get(f"/followups?until={world.today}").text
    assert "报送蒸汽价格" in until and "另一件事" not in until


def test_columns_are_chosen_kept_and_exported_per_person(world: World, as_: As) -> None:
    factories.followup(world.users["officer"])
    db.session.commit()
    client = as_("officer")
    chosen = {"act": "save", "cols": ["first_due", "postponed"], "back": "/followups"}
    assert client.post("/followups/columns", data=chosen).status_code == 303
    page = client.get("/followups").text
    assert (
        "原定期限" in page
        and "推迟次数" in page
        and "cols=first_due,postponed" in unescape(page).replace("%2C", ",")
    )
    assert "原定期限" not in as_("chief").get("/followups?who=all").text
    client.post("/followups/columns", data={"act": "default", "back": "/followups"})
    assert "原定期限" not in client.get("/followups").text
