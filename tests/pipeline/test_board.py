"""The board: columns with count and sum, cards in order, moves with the gate's answer, and its statements at any size."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from crm.audit.models import AuditEvent
from crm.core.db import db
from crm.core.paging import Window
from crm.pipeline.models import StageChange
from crm.pipeline.queries import board
from crm.projects import queries
from crm.projects.models import Project
from crm.projects.queries import Filter
from crm.projects.rules import TALKING, Source, Stage, Status, Tier
from tests.factories import World
from tests.pipeline import needs

As = Callable[[str], FlaskClient]


def column_of(page: str, stage: str) -> str:
    found = re.search(rf'<section class="column[^>]*data-stage="{stage}".*?</section>', page, re.S)
    assert found is not None, stage
    return found[0]


def drop(browser: FlaskClient, project: Project, to: str, note: str = "", query: str = "") -> Any:
    return browser.post(f"/pipeline/{project.code}/move?{query}", data={"to": to, "note": note})


def stage_now(project: Project) -> Stage:
    db.session.expire_all()
    return db.session.scalars(select(Project.stage).where(Project.id == project.id)).one()


class TestLooking:
    def test_a_column_has_its_count_its_sum_and_its_cards(self, world: World, as_: As) -> None:
        world.project(name="大项目", total="1000000", stage=Stage.REVIEW)
        world.project(name="小项目", total="20000", stage=Stage.REVIEW)
        world.project(name="线索项目", total="30000")
        world.project(name="别处的项目", zone_code="LYG-XUWEI", stage=Stage.REVIEW)
        db.session.commit()
        page = as_("officer").get("/pipeline").get_data(as_text=True)
        review = column_of(page, "review")
        assert re.search(r'class="n">2</span><span class="u">102.00亿元', review)
        assert review.index("大项目") < review.index("小项目")
        assert "别处的项目" not in page and "线索项目" in column_of(page, "lead")

    def test_only_projects_in_progress_are_moved_about(self, world: World, as_: As) -> None:
        world.project(name="搁置的项目", status=Status.ON_HOLD)
        world.project(name="推进的项目")
        db.session.commit()
        page = as_("officer").get("/pipeline").get_data(as_text=True)
        assert "搁置的项目" not in page and "推进的项目" in page
        assert "搁置的项目" in as_("officer").get("/pipeline?status=on_hold").get_data(as_text=True)

    def test_what_does_not_fit_is_counted_and_linked_to_the_same_list(self, world: World, as_: As) -> None:
        for n in range(board.MOST + 3):
            world.project(name=f"甲{n}", stage=Stage.FILED, total="20000")
        world.project(name="乙", stage=Stage.FILED, total="30000")
        db.session.commit()
        filed = column_of(as_("officer").get("/pipeline?q=甲").get_data(as_text=True), "filed")
        assert filed.count('class="card"') == board.MOST
        more = re.search(r'class="more" href="([^"]*)">其余3个', filed)
        assert more is not None
        listed = as_("officer").get(more[1].replace("&amp;", "&")).get_data(as_text=True)
        assert ">13</b>" in listed and "乙" not in listed

    @pytest.mark.parametrize(
        "query",
        ["group=x", "order=y", "at=z", "stage=review", "status=evil", "light=bad", "stuck=1", "slip=2"],
    )
    def test_an_address_with_nonsense_or_any_filter_still_answers(
        self, world: World, as_: As, query: str
    ) -> None:
        world.project()
        db.session.commit()
        assert as_("officer").get(f"/pipeline?{query}").status_code == 200

    @pytest.mark.parametrize("order", list(board.ORDERS))
    @pytest.mark.parametrize("q", ["", "项目"])
    def test_the_first_cards_are_the_first_of_the_list(self, world: World, order: str, q: str) -> None:
        for n in range(40):
            world.project(
                name=f"项目{n}",
                total=None if n % 7 == 0 else str(10_000 * (n % 5 + 1)),
                stage=TALKING[n % 3],
                stage_since=world.today - timedelta(days=n % 11),
            )
        db.session.commit()
        actor, wanted = world.actor("officer"), Filter(q=q, status=Status.ACTIVE)
        shown = board.board(actor, wanted, TALKING, order, world.today)
        for column in shown.columns:
            narrowed = Filter(q=q, status=Status.ACTIVE, stages=(column.stage,))
            expected = queries.listed(actor, narrowed, Window(per_page=board.MOST), 0, board.ORDERS[order])
            assert [card.line.row.id for card in column.cards] == [row.id for row in expected.items]

    @pytest.mark.parametrize("query", ["", "?group=all", "?q=项目", "?light=ok", "?stuck=1"])
    def test_a_board_takes_as_many_statements_for_sixty_as_for_two(
        self, world: World, as_: As, count_queries: Any, query: str
    ) -> None:
        browser, taken = as_("officer"), []
        for size in (2, 58):
            for n in range(size):
                world.project(stage=TALKING[n % 6], owner_id=world.users["officer"].id)
            db.session.commit()
            browser.get(f"/pipeline{query}")
            with count_queries() as statements:
                assert browser.get(f"/pipeline{query}").status_code == 200
            taken.append(len(statements))
        assert taken[0] == taken[1] <= 22

    def test_who_may_not_move_sees_cards_that_cannot_be_moved(self, world: World, as_: As) -> None:
        world.project(name="推进的项目")
        db.session.commit()
        page = as_("leader").get("/pipeline").get_data(as_text=True)
        assert "推进的项目" in page and 'draggable="true"' not in page
        assert 'draggable="true"' in as_("officer").get("/pipeline").get_data(as_text=True)

    def test_nothing_yet_says_what_to_do(self, world: World, as_: As) -> None:
        assert "新建项目" in as_("officer").get("/pipeline").get_data(as_text=True)
        assert "清除筛选" in as_("officer").get("/pipeline?q=没有").get_data(as_text=True)


class TestMoving:
    def test_a_move_with_its_evidence_answers_with_the_board_as_it_is_now(
        self, world: World, as_: As
    ) -> None:
        project = world.project(name="沐峤电解槽", stage=Stage.LEAD, source=Source.OWN)
        needs.ready_for(world, project, Stage.FILED)
        db.session.commit()
        answer = drop(as_("officer"), project, "filed")
        page = answer.get_data(as_text=True)
        assert answer.status_code == 200 and "<html" not in page
        assert "沐峤电解槽" in column_of(page, "filed") and "已从线索移到在库" in page
        assert stage_now(project) is Stage.FILED

    def test_a_move_without_evidence_says_what_is_missing_with_links(self, world: World, as_: As) -> None:
        project = world.project(name="沐峤电解槽", stage=Stage.IN_DEPTH)
        db.session.commit()
        answer = drop(as_("officer"), project, "review")
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422 and "到联审还差" in page
        assert re.search(rf'<a href="/projects/{project.code}[^"]*"', page)
        assert stage_now(project) is Stage.IN_DEPTH
        assert db.session.scalars(select(StageChange).where(StageChange.project_id == project.id)).all() == []
        assert (
            "refused"
            in db.session.scalars(select(AuditEvent.result).where(AuditEvent.project_id == project.id)).all()
        )

    def test_a_milestones_stage_answers_with_the_page_of_its_submission(self, world: World, as_: As) -> None:
        project = world.project(stage=Stage.INTENT)
        db.session.commit()
        page = drop(as_("officer"), project, "signed").get_data(as_text=True)
        assert "正式投资协议" in page and f'href="/projects/{project.code}/milestones/signed"' in page
        assert stage_now(project) is Stage.INTENT

    def test_a_step_back_asks_for_its_reason_and_takes_it(self, world: World, as_: As) -> None:
        project = world.project(stage=Stage.REVIEW)
        db.session.commit()
        asked = drop(as_("chief"), project, "filed")
        assert asked.status_code == 422 and "<textarea" in asked.get_data(as_text=True)
        assert drop(as_("chief"), project, "filed", note="投资方暂缓").status_code == 200
        assert stage_now(project) is Stage.FILED

    def test_who_may_not_step_back_is_told_who_may(self, world: World, as_: As) -> None:
        project = world.project(stage=Stage.REVIEW)
        db.session.commit()
        for note in ("", "投资方暂缓"):
            page = drop(as_("officer"), project, "filed", note=note).get_data(as_text=True)
            assert "主要负责人" in page and "<textarea" not in page
        assert stage_now(project) is Stage.REVIEW

    def test_the_answer_keeps_the_boards_filter(self, world: World, as_: As) -> None:
        project = world.project(name="甲项目", stage=Stage.LEAD, source=Source.OWN)
        needs.ready_for(world, project, Stage.FILED)
        world.project(name="乙项目")
        db.session.commit()
        page = drop(as_("officer"), project, "filed", query="q=甲").get_data(as_text=True)
        assert "甲项目" in page and "乙项目" not in page

    def test_another_zones_card_is_not_found(self, world: World, as_: As) -> None:
        project = world.project(zone_code="LYG-XUWEI")
        db.session.commit()
        assert drop(as_("officer"), project, "filed").status_code == 404
        assert drop(as_("leader"), project, "filed").status_code == 403

    @pytest.mark.parametrize("to", ["", "evil", "lead"])
    def test_a_drop_on_nowhere_or_the_same_column_moves_nothing(self, world: World, as_: As, to: str) -> None:
        project = world.project(stage=Stage.LEAD)
        db.session.commit()
        assert drop(as_("officer"), project, to).status_code == 422
        assert stage_now(project) is Stage.LEAD


class TestOverTheApi:
    def test_the_columns_and_the_map_are_figures_of_what_one_sees(self, world: World, as_: As) -> None:
        world.project(name="联审", stage=Stage.REVIEW, total="120000", tier=Tier.T10)
        world.project(zone_code="LYG-XUWEI", stage=Stage.REVIEW)
        db.session.commit()
        headers = world.token("officer")
        browser = world.app.test_client()
        stages = browser.get("/api/v1/pipeline", headers=headers).get_json()["stages"]
        review = next(s for s in stages if s["stage"] == "review")
        assert (review["count"], review["total_investment"]) == (1, "120000") and len(stages) == 13
        cells = browser.get("/api/v1/pipeline/stuck", headers=headers).get_json()["cells"]
        assert [(c["stage"], c["tier"], c["count"], c["norm_days"]) for c in cells] == [
            ("review", "t10", 1, 20)
        ]

    @pytest.mark.parametrize(
        "query", ["light=ok", "stuck=true", "slips=1", "leader=1", "sort=-light", "sort=days"]
    )
    def test_lists_take_what_the_pages_take(self, world: World, query: str) -> None:
        world.project()
        db.session.commit()
        answer = world.app.test_client().get(f"/api/v1/projects?{query}", headers=world.token("officer"))
        assert answer.status_code == 200
