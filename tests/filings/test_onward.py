"""What an acceptance means for the project's stage: 线索 → 在库 through the pipeline's own gate."""

from typing import Any

from crm.companies.models import Company
from crm.core.db import db
from crm.projects.rules import Stage
from tests.filings.conftest import ETDZ, Call, Met, decide, file
from tests.strangers import read


def test_an_accepted_lead_goes_into_the_library_in_the_same_step(
    call: Call, met: Met, investor: Company
) -> None:
    project, visit = met(ETDZ, investor, "officer", stage=Stage.LEAD, source="own")
    done = decide(call, file(call, "officer", project, visit).get_json()).get_json()
    assert (done["state"], done["stage_note"]) == ("accepted", "项目已进入在库。")
    db.session.expire_all()
    assert project.stage is Stage.FILED


def test_where_the_gate_refuses_the_filing_is_accepted_and_says_what_is_missing(
    call: Call, met: Met, investor: Company, as_: Any
) -> None:
    project, visit = met(ETDZ, investor, "officer", stage=Stage.LEAD, source=None)
    made = file(call, "officer", project, visit).get_json()
    done = decide(call, made).get_json()
    assert done["state"] == "accepted" and "项目仍在线索" in done["stage_note"]
    db.session.expire_all()
    assert project.stage is Stage.LEAD
    assert "项目仍在线索" in read(as_("officer").get(f"/filings/{made['id']}"))


def test_further_stages_are_left_alone(call: Call, met: Met, investor: Company) -> None:
    project, visit = met(ETDZ, investor, "officer", stage=Stage.PRELIMINARY)
    done = decide(call, file(call, "officer", project, visit).get_json()).get_json()
    assert "stage_note" not in done and project.stage is Stage.PRELIMINARY
