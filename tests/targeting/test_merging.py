"""Two entries of one company with targets of one zone at one node: folded without loss, and apart again."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from crm.companies import actions as companies
from crm.companies.models import Company
from crm.companies.rules import LinkProgress
from crm.core import clock
from crm.core.db import db
from crm.targeting import actions, queries
from crm.targeting.models import Target, TargetSignal
from crm.targeting.rules.targets import CampaignDraft, EntryKind, Filters, SignalDraft
from tests import factories
from tests.factories import World

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TODAY = clock.today()
T, C = LinkProgress.TALKING, LinkProgress.CONTACTED


@pytest.fixture
def pair(world: World) -> tuple[Company, Company]:
    """Both have a target of ETDZ at PETRO-0201; the second also one at PETRO-0202, one of XUWEI and one that waits."""
    kept, gone = world.company("启澜储能科技有限公司"), world.company("启澜储能（连云港）科技有限公司")
    factories.target(kept, progress=C, standing="行业前三")
    factories.target(gone, progress=T, entry_kind=EntryKind.FUND)
    factories.target(gone, "PETRO-0202")
    factories.target(gone, "PETRO-0201", "LYG-XUWEI")
    factories.target(gone, None)
    db.session.commit()
    return kept, gone


def of(world: World, company: Company) -> list[Target]:
    return list(db.session.scalars(select(Target).where(Target.company_id == company.id).order_by(Target.id)))


def merge(world: World, pair: tuple[Company, Company]):
    made = companies.merge(world.actor("bureau"), *pair, "同一家", NOW)
    db.session.commit()
    return made


def test_targets_follow_and_two_at_one_node_become_one(world: World, pair) -> None:
    kept, gone = pair
    officer = world.actor("officer")
    mine, theirs = of(world, kept)[0], of(world, gone)[0]
    actions.add_signal(officer, theirs, SignalDraft(TODAY, "扩产", "公告"), TODAY)
    campaign = actions.start_campaign(officer, CampaignDraft("行动", TODAY, TODAY))
    actions.enlist(officer, campaign, [theirs])
    made = merge(world, pair)
    found = of(world, kept)
    assert len(found) == 4
    one = queries.row(officer, mine.id)
    assert (one.progress, one.standing, one.entry_kind) == (T, "行业前三", EntryKind.FUND)
    assert [s.what for s in queries.signals(mine.id)] == ["扩产"]
    assert list(queries.campaigns_of(officer, mine.id).values()) == ["行动"]
    # The one that was taken in is in no list any more.
    assert queries.counts(world.actor("bureau"), Filters(), TODAY).all == 3
    assert queries.waiting(officer) == 1
    assert made.moved["folds"]["targets"][0]["merged"] == theirs.id


def test_an_undo_gives_both_back(world: World, pair) -> None:
    kept, gone = pair
    officer = world.actor("officer")
    mine, theirs = of(world, kept)[0], of(world, gone)[0]
    actions.add_signal(officer, theirs, SignalDraft(TODAY, "扩产", "公告"), TODAY)
    db.session.commit()
    made = merge(world, pair)
    companies.undo_merge(world.actor("bureau"), made, NOW)
    db.session.commit()
    assert (len(of(world, kept)), len(of(world, gone))) == (1, 4)
    back = queries.row(officer, mine.id)
    assert (back.progress, back.standing, back.entry_kind) == (C, "行业前三", None)
    assert db.session.scalars(select(TargetSignal.target_id)).all() == [theirs.id]


def test_what_was_saved_since_stays_and_is_named(world: World, pair) -> None:
    made = merge(world, pair)
    officer = world.actor("officer")
    mine = of(world, pair[0])[0]
    actions.give_up(officer, mine, "外省扩产", TODAY)
    db.session.commit()
    undone = companies.undo_merge(world.actor("bureau"), made, NOW)
    db.session.commit()
    assert undone.left["靶向企业"] == 1
    db.session.refresh(mine)
    assert mine.progress is LinkProgress.GIVEN_UP


def test_a_conversion_comes_over_with_the_target(world: World, pair) -> None:
    kept, gone = pair
    theirs = of(world, gone)[0]
    project = world.project("LYG-ETDZ", investor=gone)
    theirs.project_id, theirs.converted_at = project.id, clock.now()
    db.session.commit()
    made = merge(world, pair)
    mine = of(world, kept)[0]
    assert mine.project_id == project.id
    assert queries.row(world.actor("officer"), mine.id).project_code == project.code
    companies.undo_merge(world.actor("bureau"), made, NOW)
    db.session.commit()
    db.session.refresh(mine)
    assert mine.project_id is None
