from crm.accounts import actions, queries
from crm.accounts.rules import PostDraft
from crm.core import clock
from crm.core.actor import Role
from crm.core.paging import Window
from tests import factories


def _names(world, login: str, q: str = "") -> set[str]:
    return {f.name for f in queries.lookup(world.actor(login), q, clock.today(), most=50)}


def test_the_type_ahead_of_people_stays_within_reach(world) -> None:
    own = {"陈思远", "钟明远", "李沐航"}
    assert _names(world, "officer") == own
    assert _names(world, "chief") == own
    assert _names(world, "officer2") == {"许知夏"}
    assert _names(world, "county") == {"顾清和"}
    assert _names(world, "dept") == {"沈默言"}
    assert own | {"许知夏", "周若岚"} < _names(world, "bureau")


def test_administrators_are_nobody_elses_colleagues(world) -> None:
    assert not _names(world, "bureau") & {"蒋文澜", "潘书砚", "袁予安"}


def test_people_are_found_by_pinyin_and_initials(world) -> None:
    for word in ("chensiyuan", "csy", "思远", "officer"):
        assert "陈思远" in _names(world, "officer", word), word
    assert _names(world, "officer", "zzzz") == set()


def test_the_list_of_accounts_pages_by_key_in_a_fixed_number_of_queries(world, count_queries) -> None:
    seen, after, counts = [], None, set()
    while True:
        with count_queries() as statements:
            page = queries.users("", "", clock.today(), Window(per_page=5, after=after))
        counts.add(len(statements))
        seen += [row.login for row in page.items]
        after = page.next_token
        if after is None:
            break
    assert seen == sorted(p.login for p in factories.PEOPLE)
    assert page.total == len(factories.PEOPLE)
    assert counts == {3}


def test_the_list_of_accounts_is_narrowed_by_word_and_state(world) -> None:
    window, today = Window(), clock.today()
    assert [r.login for r in queries.users("思远", "", today, window).items] == ["officer"]
    assert queries.users("%", "", today, window).total == 0
    actions.create_user(queries.console(), "newcomer", "新同事", clock.now())
    assert [r.login for r in queries.users("", "idle", today, window).items] == ["newcomer"]


def test_a_person_with_two_posts_gets_the_actor_of_the_chosen_one(world) -> None:
    person = queries.user_by_login("officer")
    draft = PostDraft(factories.unit("LYG-XUWEI").id, Role.OFFICER, clock.today())
    actions.propose(queries.console(), person, draft, clock.now(), clock.today())
    posts = queries.posts_of(person.id, clock.today())
    zones = [queries.actor_of(person, post).zone_id for post in posts]
    assert zones == [factories.unit("LYG-ETDZ").id, factories.unit("LYG-XUWEI").id]


def test_the_team_of_a_zone_lists_the_chief_first_and_no_other_zone(world) -> None:
    lines = queries.team(factories.unit("LYG-ETDZ").id, clock.today())
    assert [line.person for line in lines] == ["钟明远", "陈思远", "李沐航"]
