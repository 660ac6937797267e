"""Every list exports exactly what it shows: followed from the page's own button, row by row, and no list without one."""

import html
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from crm.audit.models import AuditEvent
from crm.chains import actions as chain_actions
from crm.chains import queries as chain_queries
from crm.chains.rules import Assessment, NodeState
from crm.companies.models import Company
from crm.core import clock
from crm.core.db import db
from crm.exports.sheets.lists import LISTS
from crm.filings import actions as filing_actions
from crm.filings.models import Filing, Transfer
from crm.filings.rules import Decision, FilingDraft
from crm.filings.rules.sanctions import Offence
from crm.filings.rules.transfers import TransferState, Trigger
from crm.followups import actions as followup_actions
from crm.followups.rules import DutyKind
from crm.pipeline import rules as pipeline
from crm.pipeline.models import Adjustment, MonthlyInvestment
from crm.pipeline.rules import MilestoneKind, MilestoneState
from crm.projects.rules import Stage, Tier
from crm.targeting.models import Campaign
from crm.visits.rules import Mode
from tests import factories
from tests.factories import World

TEMPLATES = Path(__file__).resolve().parents[2] / "crm" / "templates"
TODAY = clock.today()
MONTH = pipeline.month_of(TODAY)
LATE = TODAY - timedelta(days=2_000)


@dataclass(frozen=True)
class Case:
    """A page with filters and an order, what makes its rows, and the column by which a row is known on the page."""

    login: str
    path: str
    key: str
    make: Callable[[World], None] = lambda world: None
    least: int = 2
    #: Values of the key that are no row's name: sums.
    sums: tuple[str | None, ...] = (None,)


def _companies(world: World) -> None:
    for name in ("丙新材料有限公司", "甲新材料有限公司", "乙新材料有限公司"):
        world.company(name, zone_code="LYG-ETDZ")
    world.company("丁机械有限公司")


def _projects(world: World) -> None:
    for name, total in (("甲项目", "30000"), ("乙项目", "90000"), ("丙项目", "60000")):
        world.project("LYG-ETDZ", name=name, total=total)
    world.project("LYG-XUWEI", name="别处项目", total="80000")


def _visits(world: World) -> None:
    for n, mode in enumerate((Mode.PHONE, Mode.OUTBOUND, Mode.PHONE)):
        investor = world.company(f"第{n}家有限公司", zone_code="LYG-ETDZ")
        factories.visit(world.users["officer"], investor, mode=mode, happened_on=TODAY - timedelta(days=n))


_LATELY = f"since={TODAY - timedelta(days=9):%Y-%m-%d}&until={TODAY:%Y-%m-%d}"


def _trips(world: World) -> None:
    for n in range(2):
        trip = factories.occasion(
            world.users["officer"],
            title=f"第{n}次外出",
            place=f"城市{n}",
            starts_on=TODAY - timedelta(days=n),
        )
        investor = world.company(f"第{n}家有限公司", zone_code="LYG-ETDZ")
        factories.visit(
            world.users["officer"], investor, occasion_id=trip.id, happened_on=TODAY - timedelta(days=n)
        )


def _stations(world: World) -> None:
    for n in range(2):
        factories.station_day(world.users["officer"], TODAY - timedelta(days=n))


def _duties(world: World) -> None:
    about = world.project(name="有事项的项目")
    for n in (5, -9, -2):
        factories.followup(
            world.users["officer"], about=about, what=f"事项{n + 20}", due_on=TODAY + timedelta(days=n)
        )


def _demands(world: World) -> None:
    for n, category in enumerate(("用地", "用能", "用地")):
        factories.followup(
            world.users["officer"],
            world.company(f"第{n}家诉求企业有限公司"),
            kind=DutyKind.DEMAND,
            category=category,
            what=f"诉求{n}",
            due_on=TODAY + timedelta(days=n),
        )


def _climbed(world: World) -> None:
    for n in range(3):
        factories.followup(world.users["officer"], what=f"拖着的{n}", due_on=TODAY - timedelta(days=40 + n))
    sum(followup_actions.escalate(clock.now()))


def _neglected(world: World) -> None:
    for n in range(3):
        world.project("LYG-ETDZ", name=f"没人去的{n}", first_contact_on=LATE + timedelta(days=n))


def _submissions(world: World) -> None:
    for n in range(3):
        at = clock.now() - timedelta(days=3 - n)
        project = world.project("LYG-ETDZ", name=f"待认定项目{n}", stage=Stage.SIGNED)
        factories.milestone(project, submitted_at=at, submitted_by=world.users["officer"].id)
    project = world.project("LYG-ETDZ", name="开工的项目", stage=Stage.STARTED)
    factories.milestone(project, MilestoneKind.STARTED)
    for n in range(2):
        project = world.project("LYG-ETDZ", name=f"已认定项目{n}", stage=Stage.SIGNED, total="60000")
        factories.recognised(project, TODAY - timedelta(days=n))


def _recognised(world: World) -> None:
    first = TODAY.replace(day=1)
    for n, day in enumerate((first, first, first - timedelta(days=1))):
        project = world.project("LYG-ETDZ", name=f"认定过的项目{n}", stage=Stage.SIGNED, total="60000")
        factories.recognised(project, day)
    project = world.project("LYG-ETDZ", name="开工认定的项目", stage=Stage.STARTED, total="60000")
    factories.recognised(project, first, kind=MilestoneKind.STARTED)


def _adjustments(world: World) -> None:
    for n, field in enumerate(("amount", "statistical_on", "amount")):
        project = world.project("LYG-ETDZ", name=f"调整项目{n}", stage=Stage.SIGNED)
        stone = factories.milestone(project, state=MilestoneState.RECOGNISED)
        values = ("60000", "70000") if field == "amount" else ("2026-09-01", "2026-10-01")
        db.session.add(
            Adjustment(
                project_id=project.id, subject_type="milestone", subject_id=stone.id, field=field,
                month="2026-09" if n else "2026-08", dated_in="2026-10", before=values[0], after=values[1],
                reason="=更正", made_by=world.users["bureau"].id,
            )
        )  # fmt: skip
        db.session.flush()


def _questions(world: World) -> None:
    for n in range(3):
        world.project("LYG-ETDZ", name=f"刚过门槛{n}", total=str(1_000_000 + n))


def _months(world: World) -> None:
    for n in range(3):
        project = world.project("LYG-ETDZ", name=f"在建项目{n}", stage=Stage.STARTED)
        project.code = f"LYG-M-{n}"
        if n == 1:
            db.session.add(
                MonthlyInvestment(project_id=project.id, month=MONTH, completed=1_234, progress="封顶")
            )
    world.project("LYG-XUWEI", name="徐圩在建", stage=Stage.STARTED)
    db.session.flush()


def _stuck(world: World) -> None:
    for n in range(3):
        world.project(
            "LYG-ETDZ",
            name=f"卡住的项目{n}",
            stage=Stage.PRELIMINARY,
            stage_since=LATE + timedelta(days=n),
            total="60000",
        )


def _major(world: World) -> None:
    for n in range(3):
        world.project("LYG-ETDZ", name=f"重大项目{n}", total="1200000", tier=Tier.T100)


def _ranked(world: World) -> None:
    for name in ("甲乙烯化工有限公司", "乙乙烯化工有限公司"):
        world.company(name, industry="化工原料")


def _links(world: World) -> None:
    for code in ("PETRO-0101", "PETRO-0201"):
        node = chain_queries.node_by_code(code)
        assert node is not None
        world.project("LYG-ETDZ", node_id=node.id, total="60000")
        world.project("LYG-XUWEI", node_id=node.id, total="60000")


def _stuck_links(world: World) -> None:
    for n, zone in enumerate(("LYG-ETDZ", "LYG-ETDZ", "LYG-XUWEI")):
        node = chain_queries.node_by_code("PETRO-0101")
        assert node is not None
        since = LATE + timedelta(days=n)
        world.project(
            zone, name=f"卡住的项目{n}", node_id=node.id, stage=Stage.PRELIMINARY, stage_since=since
        )


def _gaps(world: World) -> None:
    for n, (code, state) in enumerate((("PETRO-0101", NodeState.MISSING), ("PETRO-0201", NodeState.WEAK))):
        node = chain_queries.node_by_code(code)
        assert node is not None
        said = Assessment(state, TODAY, gap="缺下游", priority=5 - n)
        chain_actions.assess(world.actor("bureau"), node, said, TODAY)


def _filed(world: World, login: str, zone: str, investor: Company, name: str) -> Filing:
    project = world.project(zone, investor=investor, name=name, content="光电器件", total="60000")
    visit = factories.visit(world.users[login], investor, [project], zone_code=zone, happened_on=TODAY)
    return filing_actions.file(world.actor(login), project, FilingDraft(visit_id=visit.id))


def _transfers(world: World) -> None:
    for n in range(3):
        project = world.project("LYG-ETDZ", name=f"流转项目{n}", total="60000")
        assert project.zone_id is not None
        db.session.add(
            Transfer(
                project_id=project.id, first_zone_id=project.zone_id, from_zone_id=project.zone_id,
                state=TransferState.CITY, trigger=Trigger.FACTORS, reason="=没有地", proposed_at=clock.now(),
            )
        )  # fmt: skip
        db.session.flush()


def _filings(world: World) -> None:
    for n in range(2):
        investor = world.company(f"第{n}家光电有限公司", zone_code="LYG-ETDZ")
        _filed(world, "officer", "LYG-ETDZ", investor, f"报备的项目{n}")
    _filed(world, "officer2", "LYG-XUWEI", world.company("云南望舒投资有限公司"), "徐圩报备的项目")


def _pool(world: World) -> None:
    _filings(world)
    for filing in db.session.scalars(select(Filing).where(Filing.zone_id == world.zone("LYG-ETDZ").id)):
        filing_actions.decide(world.actor("bureau"), filing, Decision.ACCEPT, "", clock.now())
        filing_actions.release(world.actor("officer"), filing, "用地不符", clock.now())


def _disputes(world: World) -> None:
    investor = world.company("江苏雷泽光电有限公司", zone_code="LYG-ETDZ")
    _filed(world, "officer", "LYG-ETDZ", investor, "先报的项目")
    second = _filed(world, "officer2", "LYG-XUWEI", investor, "后报的项目")
    filing_actions.open_dispute(world.actor("officer2"), second, "先接触", clock.now())


def _sanctions(world: World) -> None:
    _filings(world)
    for filing in db.session.scalars(select(Filing)):
        filing_actions.sanction(world.actor("bureau"), filing, Offence.POACHING, "抢商", "3号文", clock.now())


def _targets(world: World) -> None:
    for n, days in enumerate((9, 3, 5)):
        made = factories.target(world.company(f"第{n}家化工有限公司"), owner_id=world.users["officer"].id)
        factories.followup(
            world.users["officer"],
            db.session.get(Company, made.company_id),
            due_on=TODAY + timedelta(days=days),
        )
    factories.target(world.company("别处的化工有限公司"), zone_code="LYG-XUWEI")


def _pending(world: World) -> None:
    for n in range(3):
        factories.target(world.company(f"第{n}家化工有限公司", industry="化工原料"), None)


def _campaigns(world: World) -> None:
    for n in range(2):
        db.session.add(Campaign(name=f"第{n}个专题", starts_on=TODAY - timedelta(days=n), ends_on=TODAY))
    db.session.flush()


CASES: dict[str, list[Case]] = {
    "companies": [Case("officer", "/companies?q=新材料&sort=-name", "企业名称", _companies, 3)],
    "projects": [Case("officer", "/projects?least=4&sort=-amount&cols=amount,stage", "项目名称", _projects)],
    "visits": [Case("officer", "/visits?mode=phone", "对方企业", _visits)],
    # Asked for by their days: unasked these pages show this year, which on its first day has one.
    "occasions": [Case("officer", f"/visits/occasions/trip?{_LATELY}", "名称", _trips)],
    "trips": [Case("officer", f"/visits/occasions/trip?{_LATELY}", "目的地", _trips, 2)],
    "stations": [Case("officer", f"/visits/stations?{_LATELY}", "人员", _stations)],
    "figures": [Case("officer", "/visits/figures", "记录人", _visits, 1)],
    "cards": [Case("chief", "/visits/cards", "专员", _visits, 1)],
    "followups": [
        Case("officer", "/followups?who=all&part=late", "事项", _duties),
        Case("officer", "/followups?who=all&part=all&since=2000-01-01&until=2099-12-31", "事项", _duties, 3),
    ],
    "duty_figures": [
        Case("officer", "/followups/figures?since=2000-01-01&until=2099-12-31", "责任人", _duties, 1)
    ],
    "demands": [Case("officer", "/demands?part=waiting&category=用地", "具体诉求", _demands)],
    "escalations": [Case("chief", "/escalations", "事项", _climbed, 3)],
    "neglected": [Case("officer", "/neglected?who=all", "项目名称", _neglected, 3)],
    "recognition": [
        Case("bureau", "/recognition?kind=signed", "项目", _submissions, 3),
        Case("bureau", "/recognition?state=recognised", "项目", _submissions),
        Case("officer", "/recognition?state=pending", "项目", _submissions, 4),
    ],
    "counted": [Case("bureau", f"/recognition/counted?month={MONTH}&kind=signed", "项目", _recognised)],
    "adjustments": [Case("officer", "/recognition/adjustments?month=2026-09", "项目", _adjustments)],
    "truth": [Case("bureau", "/truth?check=just_over", "项目", _questions, 3)],
    "investment": [
        Case("officer", "/investment", "项目", _months, 3),
        Case("officer", "/investment?part=owing", "项目", _months),
        Case("bureau", "/investment?zone=LYG-ETDZ", "项目", _months, 3),
    ],
    "investment_zones": [Case("bureau", "/investment", "板块", _months)],
    "project_months": [
        Case("officer", f"/projects/LYG-M-1/investment?year={TODAY.year}", "月份", _months, 1)
    ],
    "stuck": [Case("officer", "/pipeline/stuck?zone=LYG-ETDZ", "项目名称", _stuck, 3)],
    "assignments": [Case("bureau", "/assignments?missing=1", "项目名称", _major, 3)],
    "transfers": [Case("officer", "/filings/transfers", "项目", _transfers, 3)],
    "filings": [
        Case("officer", "/filings", "项目名称", _filings),
        Case("bureau", "/filings?zone=LYG-XUWEI", "项目名称", _filings, 1),
    ],
    "pool": [Case("officer2", "/filings/pool", "投资方", _pool)],
    "disputes": [
        Case("officer2", "/filings/disputes", "项目", _disputes, 1),
        Case("bureau", "/filings/disputes", "项目", _disputes, 1),
    ],
    "sanctions": [Case("officer", "/filings/sanctions", "项目", _sanctions)],
    "check_hits": [Case("bureau", "/filings/hits", "查的项目", _disputes, 1)],
    "targets": [Case("officer", "/targets?chain=PETRO&sort=next", "企业名称", _targets, 3)],
    "targets_pending": [Case("officer", "/targets/pending", "企业名称", _pending, 3)],
    "campaigns": [Case("officer", "/targets/campaigns", "专题", _campaigns)],
    "target_ranking": [Case("officer", "/targets/rank?node=PETRO-0201", "企业名称", _ranked)],
    "chains": [Case("officer", "/chains", "产业链")],
    "chain_due": [Case("bureau", "/chains/due?chain=PETRO", "环节", _gaps)],
    "chain_links": [Case("bureau", "/chains/PETRO?view=list&zone=LYG-XUWEI", "环节", _links)],
    "chain_pipeline": [Case("officer", "/chains/PETRO/pipeline", "环节", _links, 2, (None, "小计"))],
    "chain_gaps": [Case("officer", "/chains/PETRO/lead", "环节", _gaps)],
    "chain_stuck": [Case("bureau", "/chains/PETRO/lead?zone=LYG-ETDZ", "项目名称", _stuck_links)],
    "chain_targets": [
        Case("officer", "/chains/PETRO/lead", "企业名称", _targets, 3),
        Case("bureau", "/chains/PETRO/lead?zone=LYG-XUWEI", "企业名称", _targets, 1),
    ],
}
EACH = [(name, case) for name, cases in CASES.items() for case in cases]


def _button(page: str, name: str) -> str:
    found = re.search(rf'href="(/exports/new\?[^"]*\blist={name}\b[^"]*)"', page)
    assert found, f"no button for {name}"
    return html.unescape(found[1])


def _sheet(answer: Any) -> list[dict[str, Any]]:
    """Rows by heading, without the foot."""
    assert answer.status_code == 200
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:-1]]


@pytest.mark.parametrize(("name", "case"), EACH, ids=[f"{n}-{c.login}-{c.path}" for n, c in EACH])
def test_the_sheet_has_the_pages_rows_in_its_order(world: World, as_: Any, name: str, case: Case) -> None:
    case.make(world)
    db.session.commit()
    page = as_(case.login).get(case.path).get_data(as_text=True)
    address = _button(page, name)
    rows = _sheet(as_(case.login).post(address, data={"format": "xlsx"}))
    keys = [str(row[case.key]).strip() for row in rows if row[case.key] not in case.sums]
    assert len(keys) >= case.least
    body = page[page.index("<main") :]
    at = 0
    for key in keys:
        at = body.find(f">{html.escape(key)}", at)
        assert at >= 0, f"{key} is not on the page, or not in this place"
    assert LISTS[name].title in str(db.session.scalars(select(AuditEvent.subject_label)).all())


def test_the_cases_are_all_the_lists_there_are() -> None:
    assert set(CASES) == set(LISTS)


#: Pages with a pager or a list that are no list to take along, and why.
NOT_TAKEN = {
    "accounts/users.html": "accounts are administered, not reported",
    "chains/show.html": "a picture; its table has the button",
    "companies/_parts.html": "a part of a company's record",
    "companies/duplicates.html": "pairs to decide on",
    "companies/merges.html": "the history of merging",
    "exports/index.html": "the exports themselves",
    "imports/index.html": "batches, each with its own report",
    "notices/channels.html": "what left the house, without a word of it, for the system administrator",
    "notices/index.html": "messages to oneself",
    "targeting/pending_all.html": "links to confirm at once; the companies themselves leave with the list of those that wait",
    "units/leaders.html": "kept by the administrator of units",
    "zones/index.html": "settings",
    "zones/plan.html": "settings",
    "zones/plans.html": "settings",
}
#: Lists that leave by a way of their own, with the board's layout or the auditor's right.
OWN_WAY = {"quotas/board.html": "quotas.export", "audit/index.html": "audit.export"}


def test_no_list_forgets_its_button() -> None:
    forgotten = []
    for path in sorted(TEMPLATES.rglob("*.html")):
        name, text = path.relative_to(TEMPLATES).as_posix(), path.read_text()
        if name.startswith("components/") or name in NOT_TAKEN:
            continue
        listed = "ui.pager(" in text or 'class="lt' in text or name in OWN_WAY
        if listed and "export_url(" not in text and OWN_WAY.get(name, "nothing") not in text:
            forgotten.append(name)
    assert forgotten == []


@pytest.mark.parametrize("name", sorted(LISTS))
def test_money_and_days_say_their_unit(world: World, name: str) -> None:
    """A heading that speaks of money or of a span names the unit after a blank."""
    bare = re.compile(r"(投资|资本|资金|设备|完成|停留|超过)$")
    assert [c.heading for c in LISTS[name].columns({}) if bare.search(c.heading)] == []


@pytest.mark.parametrize("name", ["recognition", "truth"])
def test_what_a_post_may_not_see_it_may_not_take(world: World, as_: Any, name: str) -> None:
    assert (
        as_("county").get(f"/exports/new?list={name}").status_code
        == as_("county").get({"recognition": "/recognition", "truth": "/truth"}[name]).status_code
    )


@pytest.mark.parametrize("name", ["recognition", "truth", "investment", "stuck", "assignments"])
def test_a_zone_takes_nothing_of_another(world: World, as_: Any, name: str) -> None:
    for make in (_submissions, _questions, _months, _stuck, _major):
        make(world)
    db.session.commit()
    for extra in ("", "&zone=LYG-ETDZ"):
        answer = as_("officer2").post(f"/exports/new?list={name}{extra}", data={"format": "csv"})
        assert "待认定项目" not in answer.text
        assert "在建项目" not in answer.text
        assert "重大项目" not in answer.text
        assert "卡住的项目" not in answer.text


def test_a_confidential_investor_stays_hidden_in_the_queue(world: World, as_: Any) -> None:
    project = world.project(
        "LYG-ETDZ",
        name="保密项目",
        investor=world.company("机密投资方有限公司"),
        confidential=True,
        stage=Stage.SIGNED,
    )
    factories.milestone(project, agreement_parties="机密投资方有限公司")
    db.session.commit()
    (row,) = _sheet(as_("officer").post("/exports/new?list=recognition", data={"format": "xlsx"}))
    assert "机密" not in str(row)
    assert row["投资方"] == "某企业"
    (row,) = _sheet(as_("bureau").post("/exports/new?list=recognition", data={"format": "xlsx"}))
    assert row["投资方"] == "机密投资方有限公司"


def test_text_that_looks_like_a_formula_stays_text(world: World, as_: Any) -> None:
    _adjustments(world)
    db.session.commit()
    answer = as_("officer").post("/exports/new?list=adjustments&month=2026-09", data={"format": "xlsx"})
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    (cell,) = {c.data_type for row in sheet.iter_rows() for c in row if c.value == "=更正"}
    assert cell == "s"


def test_a_number_written_into_words_leaves_masked(world: World, as_: Any) -> None:
    officer, investor = world.users["officer"], world.company("写了电话的企业有限公司")
    factories.visit(officer, investor, summary="请打13912345678", happened_on=TODAY)
    factories.followup(
        officer, investor, kind=DutyKind.DEMAND, what="找王工13912345678", due_on=TODAY + timedelta(days=1)
    )
    db.session.commit()
    for name, heading, words in (
        ("visits", "洽谈内容", "请打139****5678"),
        ("followups", "事项", "找王工139****5678"),
        ("demands", "具体诉求", "找王工139****5678"),
    ):
        rows = _sheet(as_("officer").post(f"/exports/new?list={name}", data={"format": "xlsx"}))
        assert [row[heading] for row in rows] == [words]
