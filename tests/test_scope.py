"""Another zone's record is 404 on every route and every API operation, and its words are in no answer.

`HIDDEN` holds every route whose address names a private record; `OPEN` those that name something public. A route that
is in neither makes the first test fail and says what to add.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from crm.accounts.rules import TokenScope
from crm.core import clock, db
from crm.core.actor import Role
from crm.web import guard
from tests import factories, papers, strangers
from tests.strangers import ASKED, INVESTOR_TELLTALE, MASK, NUMBER, TAIL, TELLTALE, Strange, read

#: Curious people of other places: none of them has anything to do with LYG-XUWEI.
CURIOUS = ("officer", "chief", "county", "specialist", "dept")
ADMINISTRATORS = ("sysadmin", "secadmin", "auditor")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

Values = Callable[[Strange], dict[str, Any]]


@dataclass(frozen=True)
class Hidden:
    """How to ask for the stranger's record: the address, and a body that would be accepted from its own zone."""

    values: Values
    body: Mapping[str, Any] = field(default_factory=dict)


def _project(s: Strange) -> dict[str, Any]:
    return {"code": s.project.code}


def _contact(s: Strange) -> dict[str, Any]:
    return {"company_id": s.company.id, "contact_id": s.contact.id}


def _visit(s: Strange) -> dict[str, Any]:
    return {"visit_id": s.visit.id}


def _trip(s: Strange) -> dict[str, Any]:
    return {"occasion_id": s.more["trip"]}


def _officer(s: Strange) -> dict[str, Any]:
    return {"user_id": s.owner.id}


def _duty(s: Strange) -> dict[str, Any]:
    return {"followup_id": s.followup.id}


def _demand(s: Strange) -> dict[str, Any]:
    return {"followup_id": s.more["demand"]}


def _chain_plan(s: Strange) -> dict[str, Any]:
    return {"year": s.more["year"], "zone_code": strangers.ZONE}


def _plan_file(s: Strange) -> dict[str, Any]:
    return {"file_id": s.more["plan file"]}


def _batch(s: Strange) -> dict[str, Any]:
    return {"batch_id": s.batch.id}


def _task(s: Strange) -> dict[str, Any]:
    return {"task_id": s.task.id}


def _milestone(s: Strange) -> dict[str, Any]:
    return {"code": s.project.code, "kind": "signed"}


def _change(s: Strange) -> dict[str, Any]:
    return {"code": s.project.code, "change_id": s.change.id}


def _assignment(s: Strange) -> dict[str, Any]:
    return {"assignment_id": s.assignment.id}


def _request(s: Strange) -> dict[str, Any]:
    return {"request_id": s.request.id}


def _attachment(s: Strange) -> dict[str, Any]:
    return {"attachment_id": s.attachment.id}


def _phase(s: Strange) -> dict[str, Any]:
    return {"code": s.project.code, "no": s.phase.no}


def _question(s: Strange) -> dict[str, Any]:
    return {"code": s.project.code, "question": "same_site", "seen": "f" * 64}


def _asked(s: Strange) -> dict[str, Any]:
    return {"code": s.project.code, "question": "same_site"}


def _month(s: Strange) -> dict[str, Any]:
    return {"code": s.project.code, "month": _TODAY[:7]}


def _filing(s: Strange) -> dict[str, Any]:
    return {"filing_id": s.more["filing"]}


def _dispute(s: Strange) -> dict[str, Any]:
    return {"dispute_id": s.more["dispute"]}


def _target(s: Strange) -> dict[str, Any]:
    return {"target_id": s.more["target"]}


def _signal(s: Strange) -> dict[str, Any]:
    return {"target_id": s.more["target"], "signal_id": s.more["signal"]}


def _campaign(s: Strange) -> dict[str, Any]:
    return {"campaign_id": s.more["campaign"]}


def _enlisted(s: Strange) -> dict[str, Any]:
    return {"target_id": s.more["target"], "campaign_id": s.more["campaign"]}


def _transfer(s: Strange) -> dict[str, Any]:
    return {"transfer_id": s.more["transfer"]}


_TODAY = clock.today().isoformat()
_LATER = (clock.today() + timedelta(days=3)).isoformat()

HIDDEN: dict[str, Hidden] = {
    "companies.edit_link": Hidden(lambda s: {"company_id": s.company.id, "link_id": s.link.id}),
    "companies.edit_contact": Hidden(_contact),
    "companies.retire_contact": Hidden(_contact),
    "companies.reveal": Hidden(_contact),
    "api_companies.change_contact": Hidden(_contact, {"name": "张三"}),
    "api_companies.retire_contact": Hidden(_contact),
    "api_companies.reveal_phone": Hidden(_contact),
    "projects.show": Hidden(_project),
    "projects.edit": Hidden(_project),
    "projects.upload": Hidden(_project),
    "projects.progress": Hidden(_project, {"done": "已联系"}),
    "projects.new_phase": Hidden(_project),
    "projects.phase": Hidden(lambda s: {"code": s.project.code, "phase_id": s.phase.id}),
    "projects.remove_phase": Hidden(lambda s: {"code": s.project.code, "phase_id": s.phase.id}),
    "projects.investor": Hidden(_project),
    "projects.credits": Hidden(_project),
    "projects.zone": Hidden(_project),
    "projects.attachment": Hidden(_attachment),
    "projects.preview": Hidden(_attachment),
    "projects.remove": Hidden(_attachment, body={"reason": "传错了"}),
    "api_projects.get_project": Hidden(_project),
    "api_projects.patch_project": Hidden(_project, {"content": "改"}),
    "api_projects.add_phase": Hidden(_project, {"name": "二期"}),
    "api_projects.patch_phase": Hidden(_phase, {"name": "二期"}),
    "api_projects.delete_phase": Hidden(_phase),
    "api_projects.change_investor": Hidden(
        _project, {"company": {"name": "某某有限公司"}, "on": _TODAY, "reason": "转让"}
    ),
    "api_projects.add_attachment": Hidden(_project),
    "api_projects.remove_attachment": Hidden(lambda s: _project(s) | _attachment(s), {"reason": "传错了"}),
    "api_projects.assign_zone": Hidden(_project, {"zone": "LYG-ETDZ"}),
    "api_pipeline.status_changes": Hidden(_project),
    "api_projects.list_attachments": Hidden(_project),
    "api_projects.add_progress": Hidden(_project, {"done": "已联系"}),
    "api_projects.list_progress": Hidden(_project),
    "visits.occasion": Hidden(_trip),
    "visits.edit_occasion": Hidden(_trip),
    "visits.batch": Hidden(_trip),
    "visits.gather": Hidden(_trip),
    "visits.remove_occasion": Hidden(_trip, body={"reason": "记错了"}),
    "visits.remove_station_day": Hidden(lambda s: {"day_id": s.more["station day"]}),
    "visits.card": Hidden(_officer),
    "visits.note_absence": Hidden(_officer, body={"day": _TODAY}),
    "visits.withdraw_absence": Hidden(lambda s: {"absence_id": s.more["absence"]}, body={"reason": "记错了"}),
    "visits.show": Hidden(_visit),
    "visits.edit": Hidden(_visit),
    "visits.attachment": Hidden(lambda s: {"attachment_id": s.more["photo"]}),
    "visits.reveal": Hidden(lambda s: {"visit_id": s.visit.id, "person_id": s.their.id}),
    "visits.upload": Hidden(_visit),
    "visits.preview": Hidden(lambda s: {"attachment_id": s.more["photo"]}),
    "visits.remove": Hidden(lambda s: {"attachment_id": s.more["photo"]}, body={"reason": "传错了"}),
    "api_visits.get_visit": Hidden(_visit),
    "api_visits.patch_visit": Hidden(_visit, {"place": "改"}),
    "api_visits.get_occasion": Hidden(_trip),
    "api_visits.patch_occasion": Hidden(_trip, {"title": "改"}),
    "api_visits.remove_occasion": Hidden(_trip, {"reason": "记错了"}),
    "api_visits.list_attachments": Hidden(_visit),
    "api_visits.add_attachment": Hidden(_visit),
    "api_visits.remove_attachment": Hidden(
        lambda s: _visit(s) | {"attachment_id": s.more["photo"]}, {"reason": "传错了"}
    ),
    "followups.show": Hidden(_duty),
    "followups.complete": Hidden(_duty, {"answer": "已办"}),
    "followups.cancel": Hidden(_duty, {"reason": "不办"}),
    "followups.postpone": Hidden(_duty, {"to": _LATER, "reason": "延期"}),
    "followups.hand_over": Hidden(_duty),
    "api_followups.get_followup": Hidden(_duty),
    "api_followups.hand_over_followup": Hidden(_duty, {"owner": "officer"}),
    "api_followups.complete_followup": Hidden(_duty, {"answer": "已办"}),
    "api_followups.cancel_followup": Hidden(_duty, {"reason": "不办"}),
    "api_followups.postpone_followup": Hidden(_duty, {"to": _LATER, "reason": "延期"}),
    "followups.demand": Hidden(_demand),
    "followups.forward_demand": Hidden(_demand, {"due_on": _LATER, "unit": "1"}),
    "followups.urge_demand": Hidden(_demand),
    "followups.answer_demand": Hidden(_demand, {"answer": "已办"}),
    "followups.confirm_demand": Hidden(_demand, {"by": "company", "name": "王总"}),
    "followups.reopen_demand": Hidden(_demand, {"due_on": _LATER, "reason": "没办"}),
    "api_followups.get_demand": Hidden(_demand),
    "api_followups.forward_demand": Hidden(_demand, {"due_on": _LATER, "unit": "LYG-D-STHJ"}),
    "api_followups.urge_demand": Hidden(_demand),
    "api_followups.answer_demand": Hidden(_demand, {"answer": "已办"}),
    "api_followups.confirm_demand": Hidden(_demand, {"by": "company", "name": "王总"}),
    "api_followups.reopen_demand": Hidden(_demand, {"due_on": _LATER, "reason": "没办"}),
    "filings.new": Hidden(_project),
    "filings.show": Hidden(_filing),
    "filings.extend": Hidden(_filing, {"extend-reason": "在谈"}),
    "filings.release": Hidden(_filing, {"release-reason": "不做了"}),
    "filings.check": Hidden(_project),
    "filings.open_dispute": Hidden(_filing, {"dispute-reason": "先接触"}),
    "filings.dispute": Hidden(_dispute),
    "filings.propose": Hidden(_dispute, {"propose-keeps": "theirs", "propose-text": "同意"}),
    "filings.raise_dispute": Hidden(_dispute, {"raise-reason": "谈不拢"}),
    "api_filings.open_dispute": Hidden(_filing, {"reason": "先接触"}),
    "api_filings.dispute": Hidden(_dispute),
    "api_filings.propose": Hidden(_dispute, {"keeps": "theirs", "text": "同意"}),
    "api_filings.raise_dispute": Hidden(_dispute, {"reason": "谈不拢"}),
    "api_filings.show": Hidden(_filing),
    "api_filings.extend": Hidden(_filing, {"reason": "在谈"}),
    "api_filings.release": Hidden(_filing, {"reason": "不做了"}),
    "assignments.for_project": Hidden(_project),
    "filings.new_transfer": Hidden(_project, {"to": "city", "trigger": "factors", "reason": "没有地"}),
    "filings.transfer": Hidden(_transfer),
    "filings.transfer_sheet": Hidden(_transfer),
    "filings.add_sheet": Hidden(_transfer),
    "filings.answer_transfer": Hidden(_transfer, {"answer-answer": "yes"}),
    "filings.offer_transfer": Hidden(_transfer, {"offer-to": "city"}),
    "filings.withdraw_transfer": Hidden(_transfer, {"withdraw-reason": "不办了"}),
    "api_filings.transfer": Hidden(_transfer),
    "api_filings.answer_transfer": Hidden(_transfer, {"accept": True}),
    "api_filings.offer_transfer": Hidden(_transfer, {"to": None}),
    "api_filings.withdraw_transfer": Hidden(_transfer, {"reason": "不办了"}),
    "assignments.hand_over": Hidden(lambda s: {"user_id": s.owner.id}, {"note": "移交"}),
    "assignments.handover": Hidden(lambda s: {"handover_id": s.more["handover"]}),
    "api_assignments.handover": Hidden(lambda s: {"handover_id": s.more["handover"]}),
    "assignments.end": Hidden(lambda s: _project(s) | _assignment(s)),
    "api_assignments.end": Hidden(_assignment, {}),
    "pipeline.milestone": Hidden(_milestone),
    "pipeline.phase_milestone": Hidden(lambda s: {**_phase(s), "kind": "started"}),
    "api_pipeline.submit_of_phase": Hidden(
        lambda s: {**_phase(s), "kind": "started"}, {"happened_on": clock.today().isoformat()}
    ),
    "pipeline.stage": Hidden(_project, {"to": "filed"}),
    "pipeline.move": Hidden(_project, {"to": "filed"}),
    "pipeline.investment": Hidden(_project),
    "pipeline.investment_row": Hidden(_month, {"completed": "1", "version": "0"}),
    "api_pipeline.list_investment": Hidden(_project),
    "api_pipeline.get_investment": Hidden(_month),
    "api_pipeline.put_investment": Hidden(_month, {"completed": "1"}),
    "pipeline.status": Hidden(_project, {"to": "on_hold", "reason": "等"}),
    "pipeline.decide": Hidden(_change, {"approve": "1"}),
    "pipeline.truth_question": Hidden(_question, {"answer": "按协议"}),
    "pipeline.ask_truth": Hidden(_question, {"note": "请说明"}),
    "api_pipeline.truth_of_project": Hidden(_project),
    "api_pipeline.ask_truth": Hidden(_asked, {"fingerprint": "f" * 64}),
    "api_pipeline.answer_truth": Hidden(_asked, {"fingerprint": "f" * 64, "answer": "按协议"}),
    "api_pipeline.milestones": Hidden(_project),
    "api_pipeline.gate": Hidden(_project),
    "api_pipeline.slipped": Hidden(_project),
    "api_pipeline.stage": Hidden(_project, {"to": "filed"}),
    "api_pipeline.status": Hidden(_project, {"to": "on_hold", "reason": "等"}),
    "api_pipeline.decide": Hidden(_change, {"approve": True}),
    "api_pipeline.submit": Hidden(_milestone, {"happened_on": clock.today().isoformat()}),
    "imports.show": Hidden(_batch),
    "imports.ready": Hidden(_batch),
    "imports.headings": Hidden(_batch),
    "imports.fix": Hidden(_batch),
    "imports.commit": Hidden(_batch),
    "imports.discard": Hidden(_batch),
    "imports.undo": Hidden(_batch),
    "imports.problems": Hidden(_batch),
    "exports.download": Hidden(_task),
    "exports.approve": Hidden(_request),
    "exports.refuse": Hidden(_request, {"reason": "不准"}),
    "tasks.status": Hidden(_task),
    "tasks.progress": Hidden(_task),
    "notices.read": Hidden(lambda s: {"notice_id": s.notice.id}),
    "quotas.zone": Hidden(lambda s: {"zone_code": strangers.ZONE}),
    "accounts.edit_view": Hidden(lambda s: {"view_id": s.more["view"]}, {"act": "delete"}),
    "accounts.update_view": Hidden(lambda s: {"view_id": s.more["view"]}, {"query": "q=1"}),
    "accounts.team_end": Hidden(lambda s: {"post_id": s.more["post"]}, {"reason": "调离"}),
    "units.leader_edit": Hidden(lambda s: {"leader_id": s.assignment.leader_id}),
}

_COMPANY: Values = lambda s: {"company_id": s.company.id}  # noqa: E731

#: Addresses that name something everybody here may read: the register, chains, zones, plans, weeks. Only read here.
HIDDEN |= {
    "targeting.show": Hidden(_target),
    "targeting.edit": Hidden(_target),
    "targeting.node": Hidden(_target),
    "targeting.add_signal": Hidden(_target, {"what": "扩产", "happened_on": _TODAY, "source": "公告"}),
    "targeting.remove_signal": Hidden(_signal),
    "targeting.step": Hidden(_target, {"progress": "contacted"}),
    "targeting.plan": Hidden(_target, {"what": "拜访", "due_on": _LATER}),
    "targeting.give_up": Hidden(_target, {"reason": "外省扩产"}),
    "targeting.take_up": Hidden(_target),
    "targeting.enlist": Hidden(_target),
    "targeting.convert": Hidden(_target, {"name": "新项目"}),
    "targeting.chain_plan": Hidden(_chain_plan),
    "targeting.chain_plan_files": Hidden(_chain_plan),
    "targeting.chain_plan_submit": Hidden(_chain_plan, {"note": "已审议"}),
    "targeting.chain_plan_file": Hidden(_plan_file),
    "targeting.chain_plan_file_remove": Hidden(_plan_file, {"reason": "传错了"}),
    "targeting.campaign": Hidden(_campaign),
    "targeting.edit_campaign": Hidden(_campaign),
    "targeting.strike": Hidden(_enlisted),
    "api_targeting.show": Hidden(_target),
    "api_targeting.change": Hidden(_target, {"entry_note": "改"}),
    "api_targeting.add_signal": Hidden(_target, {"what": "扩产", "happened_on": _TODAY, "source": "公告"}),
    "api_targeting.remove_signal": Hidden(_signal),
    "api_targeting.plan": Hidden(_target, {"what": "拜访", "due_on": _LATER}),
    "api_targeting.give_up": Hidden(_target, {"reason": "外省扩产"}),
    "api_targeting.take_up": Hidden(_target),
    "api_targeting.convert": Hidden(_target, {"name": "新项目"}),
    "api_targeting.change_campaign": Hidden(
        _campaign, {"name": "改名", "starts_on": _TODAY, "ends_on": _LATER}
    ),
    "api_targeting.enlist": Hidden(_campaign, {"targets": [1]}),
    "api_targeting.strike": Hidden(_enlisted),
}

OPEN: dict[str, Values] = {
    "companies.show": _COMPANY,
    "companies.edit": _COMPANY,
    "companies.link": _COMPANY,
    "companies.new_contact": _COMPANY,
    "api_companies.get_company": _COMPANY,
    "api_companies.change_company": _COMPANY,
    "api_companies.link_company": _COMPANY,
    "api_companies.list_contacts": _COMPANY,
    "api_companies.create_contact": _COMPANY,
    "filings.claim": lambda s: {"filing_id": s.more["filing"]},
    "api_filings.claim": lambda s: {"filing_id": s.more["filing"]},
    "chains.show": lambda s: {"code": s.more["chain"]},
    "chains.pipeline": lambda s: {"code": s.more["chain"]},
    "chains.lead": lambda s: {"code": s.more["chain"]},
    "targeting.zone": lambda s: {"zone_code": strangers.ZONE},
    "targeting.catalogue_show": lambda s: {"number": s.more["release"]},
    "api_targeting.release": lambda s: {"number": s.more["release"]},
    "api_targeting.zone_chains": lambda s: {"code": strangers.ZONE},
    "chains.node": lambda s: {"code": s.more["chain"], "node_code": s.more["node"]},
    "api_chains.chain": lambda s: {"code": s.more["chain"]},
    "api_chains.pipeline": lambda s: {"code": s.more["chain"]},
    "api_zones.zone": lambda s: {"code": strangers.ZONE},
    "api_zones.quotas": lambda s: {"code": s.more["plan"]},
    "imports.new": lambda s: {"kind": "projects"},
    "api_visits.put_station_day": lambda s: {"day": _TODAY},
    "api_visits.patch_station_day": lambda s: {"day": _TODAY},
    "api_visits.delete_station_day": lambda s: {"day": _TODAY},
    "visits.occasions": lambda s: {"kind": "trip"},
    "visits.new_occasion": lambda s: {"kind": "trip"},
    "pipeline.gate_rule": lambda s: {"key": "review.minutes"},
    "pipeline.reset_gate": lambda s: {"key": "review.minutes"},
    "api_pipeline.gate_rule": lambda s: {"key": "review.minutes"},
    "api_pipeline.change_gate": lambda s: {"key": "review.minutes"},
    "api_pipeline.reset_gate": lambda s: {"key": "review.minutes"},
    "api_pipeline.list_month": lambda s: {"month": _TODAY[:7]},
    "weekly.download": lambda s: {"week": s.more["week"]},
    "weekly.make": lambda s: {"week": s.more["week"]},
    "api_weekly.show": lambda s: {"week": s.more["week"]},
    "api_weekly.workbook": lambda s: {"week": s.more["week"]},
}

#: Filters a curious person would try on every list.
QUERIES: tuple[Values, ...] = (
    lambda s: {},
    lambda s: {"q": ASKED, "who": "all", "list": "projects"},
    lambda s: {"q": TAIL, "zone": s.project.zone_id, "who": "all", "open": s.followup.id},
    lambda s: {"q": NUMBER, "zone": strangers.ZONE, "state": "all", "status": "all"},
    lambda s: {"zone": strangers.ZONE, "state": "recognised", "list": "visits"},
    lambda s: {"company": s.company.id, "company_id": s.company.id, "who": "all", "linked": "1"},
    lambda s: {"project": s.project.code, "owner": s.owner.login, "followup": s.followup.id},
    lambda s: {
        "ids": s.project.id,
        "owner": s.owner.id,
        "group": "all",
        "saved": s.more["view"],
        "cols": "owner,leader",
    },
)
#: The sheets of the week, each shown alone.
TABS = ("overview", "chains", "talks", "signed", "started", "quotas", "visits", "late")


def _access(app: Flask, rule: Rule) -> set[str]:
    return set(getattr(app.view_functions[rule.endpoint], "access", (guard.PUBLIC,)))


def _business(app: Flask, world: factories.World) -> Iterator[Rule]:
    """Rules a curious person has the verb for, or that need none."""
    held = {verb for login in CURIOUS for verb in world.actor(login).scopes}
    for rule in app.url_map.iter_rules():
        access = _access(app, rule)
        if rule.endpoint != "static" and guard.PUBLIC not in access and access & (held | {guard.SIGNED_IN}):
            yield rule


@pytest.fixture
def s(world: factories.World) -> Strange:
    return strangers.seed()


def _snapshot() -> dict[str, list[str]]:
    """Every row of every business table as text; what is said about the reader (audit, sign-ins) is left out."""
    left_out = {"audit_events", "users", "tokens", "sign_ins", "login_failures"}
    found = {}
    for table in db.db.metadata.sorted_tables:
        if table.name not in left_out:
            rows = db.db.session.execute(select(table)).all()
            found[table.name] = sorted(repr(tuple(row)) for row in rows)
    db.db.session.rollback()
    return found


def _leaks(text: str) -> list[str]:
    return [word for word in (TELLTALE, INVESTOR_TELLTALE, NUMBER, MASK) if word in text]


def _send(
    browser: FlaskClient,
    world: factories.World,
    login: str,
    rule: Rule,
    method: str,
    url: str,
    body: Mapping[str, Any],
) -> Any:
    if not rule.rule.startswith("/api/"):
        return browser.open(url, method=method, data=None if method == "GET" else dict(body))
    headers = world.token(login, TokenScope.WRITE) | {"If-Match": '"1"'}
    if rule.endpoint.endswith(".add_attachment"):
        file = (io.BytesIO(papers.PDF), "a.pdf")
        return browser.open(url, method=method, headers=headers, data={"kind": "other", "file": file})
    return browser.open(url, method=method, headers=headers, json=None if method == "GET" else dict(body))


def _methods(rule: Rule) -> Iterable[str]:
    return sorted((rule.methods or set()) & set(METHODS))


def address(app: Flask, rule: Rule, values: Mapping[str, Any]) -> str:
    with app.test_request_context():
        return app.url_for(rule.endpoint, _external=False, **values)


# --- the table is complete -----------------------------------------------------------------------------


def test_every_route_with_a_record_in_its_address_is_in_one_of_the_two_tables(app: Flask, world) -> None:
    missing = [
        f"{rule.endpoint}  {rule.rule}"
        for rule in _business(app, world)
        if rule.arguments and rule.endpoint not in HIDDEN and rule.endpoint not in OPEN
    ]
    assert not missing, (
        "add to HIDDEN of tests/test_scope.py how to ask for another zone's record (and to tests/strangers.py such a "
        f"record), or to OPEN if the address names something public: {missing}"
    )
    known = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert not (set(HIDDEN) | set(OPEN)) - known, "these routes are gone"


# --- another zone's record is 404 ----------------------------------------------------------------------


@pytest.mark.parametrize("login", CURIOUS)
@pytest.mark.parametrize("which", ["project", "secret", "lead"])
def test_another_zones_record_is_not_found_and_stays_as_it_is(
    app: Flask, world, as_, s: Strange, login: str, which: str
) -> None:
    browser, held = as_(login), set(world.actor(login).scopes) | {guard.SIGNED_IN}
    code = getattr(s, which).code
    before, wrong = _snapshot(), []
    for rule in _business(app, world):
        hidden = HIDDEN.get(rule.endpoint)
        if hidden is None or (which != "project" and "code" not in rule.arguments):
            continue
        values = hidden.values(s)
        if "code" in values:
            values["code"] = code
        url = address(app, rule, values)
        for method in _methods(rule):
            answer = _send(browser, world, login, rule, method, url, hidden.body)
            allowed = (404,) if _access(app, rule) & held else (403, 404)
            if answer.status_code not in allowed or _leaks(read(answer)):
                wrong.append((method, rule.endpoint, answer.status_code, _leaks(read(answer))))
    assert not wrong
    after = _snapshot()
    changed = [name for name in before if before[name] != after[name] and name != "api_tokens"]
    assert not changed


#: Who gets what the curious are refused: the record's own people. Files without content are not found by anybody.
INSIDERS = ("xuwei", "xuwei-chief", "bureau")
NO_CONTENT = {"projects.attachment", "visits.attachment", "exports.download", "targeting.chain_plan_file"}


def test_the_same_requests_find_the_record_for_those_it_belongs_to(
    app: Flask, world, as_, s: Strange
) -> None:
    """Otherwise the test above would pass for addresses that find nothing at all."""
    chief = factories.account(
        factories.Person("xuwei-chief", "徐圩主要负责人", Role.CHIEF, strangers.ZONE, "主任")
    )
    db.db.session.commit()
    assert chief.id
    unfound = []
    for rule in sorted(_business(app, world), key=_ends_something):
        if rule.endpoint not in HIDDEN or rule.endpoint in NO_CONTENT:
            continue
        url, found = address(app, rule, HIDDEN[rule.endpoint].values(s)), set()
        for login in INSIDERS:
            # A page that shows its form is enough; sending it would change what the next request looks for.
            method = "GET" if "GET" in (rule.methods or set()) else next(iter(_methods(rule)))
            found.add(_send(as_(login), world, login, rule, method, url, {}).status_code)
        if not found - {401, 403, 404, 405}:
            unfound.append((rule.endpoint, found))
    assert not unfound


def _ends_something(rule: Rule) -> bool:
    """Those that take the record away come last."""
    return any(
        word in rule.endpoint for word in ("discard", "remove", "retire", "cancel", "end", "undo", "delete")
    )


# --- lists, searches, files: nothing of the other zone ---------------------------------------------------


def _addresses(app: Flask, world: factories.World, s: Strange) -> Iterator[tuple[Rule, str]]:
    """Every address with GET that names no private record, under every filter a curious person would try."""
    for rule in _business(app, world):
        unknown = rule.arguments and rule.endpoint not in OPEN
        if "GET" not in (rule.methods or set()) or rule.endpoint in HIDDEN or unknown:
            continue
        values = OPEN[rule.endpoint](s) if rule.arguments else {}
        for query in QUERIES:
            yield rule, address(app, rule, {**query(s), **values})
        for tab in TABS if rule.endpoint == "weekly.index" else ():
            yield rule, address(app, rule, {"tab": tab})


@pytest.mark.once
@pytest.mark.parametrize("login", ["officer", "county", "dept"])
def test_no_list_search_or_workbook_shows_a_word_of_another_zone(
    app: Flask, world, as_, s: Strange, login: str
) -> None:
    browser, headers, wrong = as_(login), world.token(login), []
    for rule, url in _addresses(app, world, s):
        answer = browser.get(url, headers=headers if url.startswith("/api/") else None)
        allowed = {INVESTOR_TELLTALE} if _of_the_register(rule) else set()
        if NUMBER in url:
            # A page repeats what was searched for; the contact itself would bring the mask along.
            allowed.add(NUMBER)
        leaks = set(_leaks(read(answer))) - allowed
        if leaks or answer.status_code >= 500:
            wrong.append((url, answer.status_code, leaks))
    assert not wrong


#: Lists, searches and files that show the words to the bureau.
SHOWING = {
    "projects.index", "visits.index", "followups.index", "companies.show", "dashboard.search", "pipeline.queue",
    "assignments.index", "projects.lookup", "weekly.index", "weekly.download", "quotas.board",
    "api_projects.list_projects", "api_visits.list_visits", "api_followups.list_followups",
    "api_companies.list_contacts", "api_companies.get_company", "api_weekly.show", "api_weekly.workbook",
    "api_assignments.listing",
}  # fmt: skip


@pytest.mark.once
def test_the_lists_do_show_these_words_to_those_they_belong_to(app: Flask, world, as_, s: Strange) -> None:
    """Otherwise the test above would pass for lists that show nothing at all."""
    browser, headers, unseen = as_("bureau"), world.token("bureau"), set(SHOWING)
    for rule, url in _addresses(app, world, s):
        if rule.endpoint not in unseen:
            continue
        answer = browser.get(url, headers=headers if url.startswith("/api/") else None)
        if TELLTALE in read(answer):
            unseen.remove(rule.endpoint)
    assert not unseen


def _of_the_register(rule: Rule) -> bool:
    """The register names every company to everybody; that one of them invests here is what stays hidden."""
    return rule.endpoint.partition(".")[0] in ("companies", "api_companies") or rule.endpoint in (
        "dashboard.search",
        "visits.lookup",
    )


@pytest.mark.parametrize("login", CURIOUS)
@pytest.mark.parametrize("kind", ["companies", "projects", "visits", "followups"])
def test_no_export_holds_a_row_of_another_zone(
    app: Flask, world, as_, s: Strange, login: str, kind: str
) -> None:
    for query in ({}, {"zone": strangers.ZONE}, {"company": s.company.id}, {"q": ASKED}):
        asked = as_(login).post("/exports/new", query_string={"list": kind, **query}, data={"format": "xlsx"})
        found = set(_leaks(read(asked))) - ({INVESTOR_TELLTALE} if kind == "companies" else set())
        assert asked.status_code in (200, 303, 403, 404, 422)
        assert not found, (query, found)


def test_the_quota_workbook_of_another_zone_is_empty_of_its_words(as_, s: Strange) -> None:
    answer = as_("officer").post("/quotas/export", data={"zone": strangers.ZONE})
    assert answer.status_code == 200
    assert not _leaks(read(answer))


# --- own record in the address, another's in the body -----------------------------------------------------


def test_a_body_cannot_reach_what_the_address_may_not(world, as_, s: Strange) -> None:
    """An own project or visit is no door to another zone's phase, file, contact, duty, change or project."""
    own_company = world.company(zone_code="LYG-ETDZ")
    own = world.project("LYG-ETDZ", investor=own_company, owner_id=world.users["officer"].id)
    today = clock.today().isoformat()
    codes = (own.code, s.project.code, own_company.id)
    db.db.session.commit()
    before = _snapshot()
    page, chief = as_("officer"), as_("chief")
    refused = {
        "phase": page.post(f"/projects/{codes[0]}/phases/{s.phase.id}", data={"name": "改"}),
        "contact": page.post(f"/companies/{codes[2]}/contacts/{s.contact.id}", data={"name": "改"}),
        "link": page.post(f"/companies/{codes[2]}/links/{s.link.id}", data={"progress": "talking"}),
        "end": chief.post(f"/projects/{codes[0]}/assignments/{s.assignment.id}/end", data={}),
        "decide": chief.post(f"/projects/{codes[0]}/status/{s.change.id}/decide", data={"answer": "yes"}),
        "reveal": page.post(f"/companies/{codes[2]}/contacts/{s.contact.id}/reveal"),
        "duty": page.post("/visits/quick", data={"followup": s.followup.id, "summary": "办了"}),
        "new": page.get("/visits/new", query_string={"project": s.project.code}),
        "new followup": page.get("/visits/new", query_string={"followup": s.followup.id}),
    }
    assert {name: answer.status_code for name, answer in refused.items()} == dict.fromkeys(refused, 404)
    headers = world.token("officer")
    visit = {
        "client_id": "11111111-1111-4111-8111-111111111111",
        "happened_on": today,
        "mode": "phone",
        "company": codes[2],
        "summary": "通话",
        "no_next_step_reason": "等对方",
    }
    bodies = {
        "project of a visit": ("/api/v1/visits", {**visit, "projects": [codes[1]]}),
        "closed duty": ("/api/v1/visits", {**visit, "closes": [s.followup.id]}),
        "their person": ("/api/v1/visits", {**visit, "theirs": [{"contact": s.contact.id}]}),
        "duty's project": ("/api/v1/followups", {"what": "办", "due_on": _LATER, "project": codes[1]}),
        "duty's owner": ("/api/v1/followups", {"what": "办", "due_on": _LATER, "owner": s.owner.login}),
        "zone of a project": (
            "/api/v1/projects",
            {"name": "新", "company": codes[2], "zone": strangers.ZONE},
        ),
        "owner of a project": (
            "/api/v1/projects",
            {"name": "新", "company": codes[2], "owner": s.owner.login},
        ),
    }
    for name, (url, body) in bodies.items():
        answer = page.post(url, json=body, headers=headers)
        assert answer.status_code in (403, 404, 422), (name, answer.status_code, answer.json)
        assert not _leaks(read(answer)), name
    signing = {"happened_on": today, "agreement_kind": "investment", "evidence": [s.attachment.id]}
    answer = page.put(f"/api/v1/projects/{codes[0]}/milestones/signed", json=signing, headers=headers)
    assert answer.status_code in (404, 422)
    page.post("/projects/bulk", data={"codes": codes[1], "code": codes[1], "act": "owner", "owner": "1"})
    after = _snapshot()
    assert [name for name in before if before[name] != after[name] and name != "api_tokens"] == []


# --- administrators -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("login", ADMINISTRATORS)
def test_an_administrator_reads_no_business_row(app: Flask, world, as_, s: Strange, login: str) -> None:
    """The auditor alone reads what the audit says of them; never a number, never a confidential investor."""
    browser, held, wrong = as_(login), set(world.actor(login).scopes) | {guard.SIGNED_IN}, []
    for rule in app.url_map.iter_rules():
        access = _access(app, rule)
        if rule.endpoint == "static" or guard.PUBLIC in access or "GET" not in (rule.methods or set()):
            continue
        known = HIDDEN[rule.endpoint].values if rule.endpoint in HIDDEN else OPEN.get(rule.endpoint)
        if rule.arguments and known is None:
            continue
        url = address(app, rule, {"q": ASKED, **(known(s) if known else {})})
        answer = browser.get(url, headers=world.token(login) if url.startswith("/api/") else None)
        leaks = set(_leaks(read(answer))) - ({TELLTALE} if rule.endpoint == "audit.index" else set())
        if leaks or (not access & held and answer.status_code not in (403, 404)):
            wrong.append((url, answer.status_code, leaks))
    assert not wrong
