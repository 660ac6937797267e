"""Every figure of 月度结账 leads to what it is made of: recognitions by month, and the two kinds of adjustments."""

import re
from datetime import date
from typing import Any

from crm.core import clock
from crm.core.db import db
from crm.core.paging import Window
from crm.pipeline import queries
from crm.pipeline.models import Adjustment
from crm.pipeline.queries import AdjustmentFilter, CountedFilter
from crm.pipeline.rules import EndKind, MilestoneKind
from crm.projects import queries as projects
from crm.projects.rules import Stage
from tests import factories
from tests.factories import World

Call = Any
MONTH, NEXT = "2026-09", "2026-10"
DAY = date(2026, 9, 10)


def _ended(world: World, kind: EndKind, on: date | None) -> str:
    project = world.project(stage=Stage.SIGNED, total="60000")
    made = factories.recognised(project, DAY)
    made.ended_at, made.ended_on, made.end_kind, made.end_reason = clock.now(), on, kind, "协议未盖章"
    return project.code


def _month(world: World) -> dict[str, str]:
    """Three that stood at the month's end (one left the count in October), and three that did not."""
    stood = world.project(stage=Stage.SIGNED, total="60000")
    factories.recognised(stood, DAY)
    factories.recognised(stood, date(2026, 9, 30), kind=MilestoneKind.STARTED)
    other = world.project("LYG-XUWEI", stage=Stage.SIGNED, total="60000")
    factories.recognised(other, date(2026, 10, 1))
    codes = {
        "stood": stood.code,
        "other": other.code,
        "left": _ended(world, EndKind.REVOKED, date(2026, 10, 20)),
        "gone": _ended(world, EndKind.REVOKED, None),
        "early": _ended(world, EndKind.TERMINATED, date(2026, 9, 20)),
    }
    db.session.commit()
    return codes


def test_the_list_of_a_month_is_exactly_what_the_month_counted(world: World) -> None:
    codes = _month(world)
    (row,) = queries.periods([MONTH])
    found = queries.counted(world.actor("bureau"), CountedFilter(MONTH), Window())
    assert row.count == found.total == len(found.items) == 3
    assert [(r.code, r.kind) for r in found.items] == [
        (codes["stood"], MilestoneKind.STARTED),
        (codes["left"], MilestoneKind.SIGNED),
        (codes["stood"], MilestoneKind.SIGNED),
    ]
    assert found.items[1].end_kind is EndKind.REVOKED, "it says so beside the line"


def test_a_list_is_narrowed_by_kind_and_zone_and_walked_page_by_page(world: World) -> None:
    codes = _month(world)
    bureau = world.actor("bureau")
    signed = queries.counted(bureau, CountedFilter(MONTH, MilestoneKind.SIGNED), Window())
    assert {r.code for r in signed.items} == {codes["stood"], codes["left"]}
    zone = projects.zone_by_code("LYG-XUWEI")
    assert zone is not None
    elsewhere = queries.counted(bureau, CountedFilter(NEXT, None, zone.id), Window())
    assert [r.code for r in elsewhere.items] == [codes["other"]]
    seen, after = [], None
    while True:
        page = queries.counted(bureau, CountedFilter(MONTH), Window(per_page=1, after=after))
        seen += [r.id for r in page.items]
        after = page.next_token
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 3


def test_the_figures_of_the_closing_page_are_links_to_their_lines(world: World, as_: Any) -> None:
    codes = _month(world)
    bureau = as_("bureau")
    page = bureau.get("/recognition/periods").text
    link = re.search(r'<a href="(/recognition/counted\?month=2026-09)">3</a>', page)
    assert link, "the count is a link"
    lines = bureau.get(link[1]).text
    assert codes["stood"] in lines and codes["left"] in lines and "2026-10-20起，协议未盖章" in lines
    assert codes["gone"] not in lines and codes["early"] not in lines and codes["other"] not in lines
    assert bureau.get("/recognition/counted?month=2026-13").status_code == 422
    assert "这个月没有认定" in bureau.get("/recognition/counted?month=2020-01").text


def test_a_zone_reads_its_own_lines_only(world: World, as_: Any, call: Call) -> None:
    codes = _month(world)
    assert codes["other"] not in as_("officer").get(f"/recognition/counted?month={NEXT}").text
    assert codes["other"] in as_("officer2").get(f"/recognition/counted?month={NEXT}").text
    assert as_("leader").get("/recognition/counted").status_code == 403
    answer = call("bureau", "get", f"/recognitions?month={MONTH}&kind=signed").json
    assert answer["total"] == 2
    left = next(item for item in answer["items"] if item["project"] == codes["left"])
    assert left["ended"] == {"on": "2026-10-20", "kind": "revoked", "reason": "协议未盖章"}
    assert left["total_investment"] == "60000" and left["zone"] == "LYG-ETDZ"
    assert call("officer", "get", f"/recognitions?month={NEXT}").json["total"] == 0
    assert call("bureau", "get", "/recognitions").status_code == 422
    assert call("bureau", "get", "/recognitions?month=2026-9").status_code == 422


def test_adjustments_are_told_apart_by_the_month_they_speak_of_and_the_month_that_carries_them(
    world: World, as_: Any
) -> None:
    for month, dated in (("2026-08", MONTH), (MONTH, NEXT), (MONTH, NEXT)):
        db.session.add(
            Adjustment(
                project_id=world.project().id, subject_type="milestone", subject_id=1, field="amount", month=month,
                dated_in=dated, before="1", after="2", reason="更正", made_by=world.users["bureau"].id,
            )
        )  # fmt: skip
        db.session.flush()
    db.session.commit()
    (row,) = queries.periods([MONTH])
    bureau = world.actor("bureau")
    for part, count in (("about", row.adjusted), ("carried", row.carried), ("", 3)):
        assert queries.adjustments(bureau, Window(), AdjustmentFilter(MONTH, None, part)).total == count
    page = as_("bureau").get("/recognition/periods").text
    assert f"/recognition/adjustments?month={MONTH}&amp;part=about" in page
    carried = as_("bureau").get(f"/recognition/adjustments?month={MONTH}&part=carried").text
    assert "<b>1</b>" in carried


def test_a_row_keeps_its_four_cells_on_a_phone(world: World, as_: Any) -> None:
    """Name and amount above, milestone with its statistical date and the present state below."""
    _month(world)
    page = as_("bureau").get(f"/recognition/counted?month={MONTH}").text
    row = page[page.index("<tbody>") : page.index("</tr>", page.index("<tbody>"))]
    assert [row.count(f'class="{cell}"') for cell in ("nm", "num amt am", "sg", "lg")] == [1, 1, 1, 1]
    assert '<span class="phone"> 2026-09-' in row and 'data-unit="亿元"' in row
