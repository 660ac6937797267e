"""Who reaches which visit, what he reads of it, and how many statements that takes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from crm.core.db import db
from crm.core.errors import NotFound
from crm.core.paging import Window
from crm.projects.models import Grant
from crm.projects.rules import GrantLevel
from crm.visits import queries
from crm.visits.models import VisitTheirs
from crm.visits.queries import Counts, Filters
from crm.visits.rules import Mode
from tests import factories
from tests.factories import World

ALL = Filters()


def _listed(world: World, login: str, filters: Filters = ALL) -> list[int]:
    return [row.id for row in queries.listing(world.actor(login), filters, Window()).items]


@pytest.mark.parametrize(
    ("login", "sees"),
    [
        ("officer", {"etdz"}),
        ("officer2", {"xuwei"}),
        ("chief", {"etdz"}),
        ("county", {"ganyu"}),
        ("bureau", {"etdz", "xuwei", "ganyu", "city"}),
        ("leader", {"etdz", "xuwei", "ganyu", "city"}),
        ("specialist", set()),
        ("dept", set()),
        ("sysadmin", set()),
        ("auditor", set()),
    ],
)
def test_every_role_sees_the_visits_of_its_reach_and_no_other(
    world: World, login: str, sees: set[str]
) -> None:
    author = world.users["bureau2"]
    codes = {"etdz": "LYG-ETDZ", "xuwei": "LYG-XUWEI", "ganyu": "LYG-GANYU", "city": None}
    made = {n: factories.visit(author, world.company(), zone_code=code).id for n, code in codes.items()}
    assert set(_listed(world, login)) == {made[name] for name in sees}
    for name, key in made.items():
        if name in sees:
            assert queries.show(world.actor(login), key).id == key
        else:
            with pytest.raises(NotFound):
                queries.show(world.actor(login), key)


def test_a_grant_opens_the_visits_of_its_project(world: World) -> None:
    project = world.project("LYG-XUWEI")
    visit = factories.visit(world.users["officer2"], world.company(), [project], zone_code="LYG-XUWEI")
    assert _listed(world, "dept") == []
    unit = world.actor("dept").unit_id
    terms = {"level": GrantLevel.READ, "source": "opinion", "starts_on": world.today}
    db.session.add(Grant(project_id=project.id, unit_id=unit, **terms))
    db.session.flush()
    assert _listed(world, "dept") == [visit.id]


def test_a_confidential_visit_reads_masked_and_is_found_by_nothing_that_would_tell(world: World) -> None:
    firm = world.company("演示保密电池有限公司")
    project = world.project(investor=firm)
    told = {"confidential": True, "place": "对方总部", "summary": "保密电池谈到的"}
    visit = factories.visit(world.users["chief"], firm, [project], **told)
    (row,) = queries.listing(world.actor("officer"), ALL, Window()).items
    assert (row.company, row.company_id, row.place, row.hidden) == ("某企业", None, "", True)
    assert "保密电池" not in row.summary
    assert _listed(world, "officer", Filters(q="保密电池")) == []
    assert _listed(world, "officer", Filters(company_id=firm.id)) == []
    assert _listed(world, "officer", Filters(project_id=project.id)) == []
    assert queries.of_company(world.actor("officer"), firm.id) == []
    assert queries.of_project(world.actor("officer"), project.id) == []
    with pytest.raises(NotFound):
        queries.find(world.actor("officer"), visit.id)
    for login in ("chief", "bureau"):
        assert _listed(world, login, Filters(q="保密电池")) == [visit.id]


def test_a_visit_about_a_project_made_confidential_later_is_masked_too(world: World) -> None:
    project = world.project(owner_id=world.users["chief"].id)
    visit = factories.visit(world.users["chief"], world.company(), [project])
    assert not queries.show(world.actor("officer"), visit.id).hidden
    project.confidential = True
    db.session.flush()
    assert queries.show(world.actor("officer"), visit.id).hidden
    assert queries.show(world.actor("leader"), visit.id).hidden
    assert not queries.show(world.actor("chief"), visit.id).hidden


def test_a_visit_about_a_confidential_project_that_nobody_owns_is_masked(world: World) -> None:
    """A project without an owner must not slip through a comparison with NULL."""
    project = world.project(confidential=True, owner_id=None)
    firm = world.company()
    visit = factories.visit(world.users["chief"], firm, [project], summary="谈到的话")
    for login in ("officer", "leader"):
        row = queries.show(world.actor(login), visit.id)
        assert (row.hidden, row.company, row.company_id) == (True, "某企业", None), login
        assert _listed(world, login, Filters(company_id=firm.id)) == []
    for login in ("chief", "bureau"):
        assert not queries.show(world.actor(login), visit.id).hidden


def test_the_filters_narrow(world: World) -> None:
    firm = world.company("演示澜山新材料有限公司")
    old = world.today - timedelta(days=40)
    first = factories.visit(world.users["officer"], firm, mode=Mode.INBOUND)
    second = factories.visit(world.users["chief"], world.company(), happened_on=old)
    officer = world.users["officer"].id
    for wanted, found in (
        (Filters(mode=Mode.INBOUND), [first.id]),
        (Filters(author_id=officer), [first.id]),
        (Filters(until=old), [second.id]),
        (Filters(since=old + timedelta(days=1)), [first.id]),
        (Filters(q="lanshan"), [first.id]),
        (Filters(zone_id=world.zone("LYG-XUWEI").id), []),
    ):
        assert _listed(world, "officer", wanted) == found


def test_the_list_pages_by_key_with_a_fixed_number_of_statements(
    world: World, count_queries: Callable[[], Any]
) -> None:
    made = [
        factories.visit(
            world.users["officer"], world.company(), happened_on=world.today - timedelta(days=n // 3)
        ).id
        for n in range(20)
    ]
    seen: list[int] = []
    after = None
    while True:
        with count_queries() as statements:
            page = queries.listing(world.actor("officer"), ALL, Window(7, after))
        assert len([s for s in statements if "visits" in s]) == 2
        seen += [row.id for row in page.items]
        after = page.next_token
        if after is None:
            break
    assert sorted(seen) == sorted(made)
    assert len(seen) == len(set(seen)) == page.total


def test_last_contact_is_the_zones_latest_visit_of_any_mode(
    world: World, count_queries: Callable[[], Any]
) -> None:
    investor = world.company()
    mine, theirs = world.project(investor=investor), world.project("LYG-XUWEI", investor=investor)
    silent = world.project()
    day = world.today
    factories.visit(world.users["officer"], investor, happened_on=day - timedelta(days=9), mode=Mode.PHONE)
    factories.visit(world.users["officer"], investor, happened_on=day - timedelta(days=3), mode=Mode.EVENT)
    factories.visit(
        world.users["officer2"], investor, happened_on=day - timedelta(days=5), zone_code="LYG-XUWEI"
    )
    # The bureau's own visit counts for the project it was about.
    factories.visit(world.users["bureau"], world.company(), [theirs], zone_code=None, happened_on=day)
    with count_queries() as statements:
        found = queries.last_contacts([mine.id, theirs.id, silent.id])
    assert found == {mine.id: day - timedelta(days=3), theirs.id: day}
    assert len(statements) == 1


def test_counts_are_visits_companies_and_people(world: World) -> None:
    firm = world.company()
    first = factories.visit(world.users["officer"], firm)
    factories.visit(world.users["officer"], firm)
    factories.visit(world.users["officer"], world.company(), happened_on=world.today - timedelta(days=8))
    db.session.add_all([VisitTheirs(visit_id=first.id, name=name) for name in ("罗知衡", "沈默言")])
    db.session.flush()
    found = queries.counts_by_zone(world.actor("bureau"), world.today - timedelta(days=6), world.today)
    assert found == {world.zone("LYG-ETDZ").id: Counts(2, 1, 2)}


def test_what_the_form_shows_of_a_company_takes_a_fixed_number_of_statements(
    world: World, count_queries: Callable[[], Any]
) -> None:
    firm = world.company()
    actor = world.actor("officer")
    factories.visit(world.users["officer"], firm)
    with count_queries() as few:
        queries.about(actor, firm.id, world.today)
    for _ in range(5):
        factories.visit(world.users["officer"], firm)
        factories.followup(world.users["officer"], firm)
        world.project(investor=firm)
    db.session.expire_all()
    with count_queries() as many:
        about = queries.about(actor, firm.id, world.today)
    assert about is not None
    assert (about.visits, len(about.projects), len(about.duties)) == (6, 5, 5)
    assert len(many) <= len(few) + 2
