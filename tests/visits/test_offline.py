"""What a device may take along, who may send what it kept, and the words a refused entry comes back with."""

import io
import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import func, select

from crm.accounts.models import Post, User
from crm.audit.models import AuditEvent
from crm.companies import actions as companies
from crm.companies.models import Contact
from crm.core import clock, crypto, phones
from crm.core.db import db
from crm.projects.models import Attachment
from crm.projects.rules import Status
from crm.visits import queries
from crm.visits.models import Visit, VisitTheirs
from tests import factories, papers
from tests.factories import World

As = Callable[[str], FlaskClient]
NUMBER = "13905120417"


def _entry(world: World, login: str = "officer", **values: Any) -> dict[str, Any]:
    """One entry of the queue as the device sends it."""
    given = {
        "offline_user": str(world.users[login].id),
        "client_id": str(uuid.uuid4()),
        "mode": "outbound",
        "company": "演示离线样板有限公司",
        "company_id": "",
        "seen": "",
        "happened_on": world.today.isoformat(),
        "summary": "路上记的",
        "no_next_step_reason": "等对方答复",
    }
    return given | values


def _send(browser: FlaskClient, entry: dict[str, Any]) -> Any:
    return browser.post("/offline/visits", data=entry)


def _visits() -> int:
    return db.session.scalar(select(func.count()).select_from(Visit)) or 0


def _errors(answer: Any) -> dict[str, str]:
    return {each["field"]: each["message"] for each in answer.json["errors"]}


# --- who is signed in, and his half of the key


def test_the_session_is_told_to_anybody_and_names_nobody_without_one(
    world: World, client: FlaskClient, as_: As
) -> None:
    nobody = client.get("/offline/session").json
    assert (nobody["user"], nobody["may"]) == (None, False) and nobody["csrf"]
    told = as_("officer").get("/offline/session").json
    assert (told["user"], told["may"]) == (world.users["officer"].id, True) and told["since"]
    assert as_("leader").get("/offline/session").json["may"] is False


def test_each_person_gets_his_own_half_of_the_key_always_the_same_and_it_is_written_down(
    world: World, as_: As, client: FlaskClient
) -> None:
    assert client.post("/offline/key").status_code == 302
    assert as_("leader").post("/offline/key").status_code == 403
    mine = as_("officer").post("/offline/key").json
    assert mine == as_("officer").post("/offline/key").json
    assert len(mine["key"]) == 64 and mine["key"] != as_("officer2").post("/offline/key").json["key"]
    # It is not the hash under which anything is looked up.
    assert mine["key"] != crypto.keyed_hash(str(world.users["officer"].id))
    given = db.session.scalars(select(AuditEvent).where(AuditEvent.code == "offline.key_given")).all()
    assert [event.actor_id for event in given].count(world.users["officer"].id) == 2


# --- the package


def _package(browser: FlaskClient) -> dict[str, Any]:
    answer = browser.get("/offline/package")
    assert answer.status_code == 200
    return answer.json


def _names(package: dict[str, Any]) -> list[str]:
    return [company["name"] for company in package["companies"]]


def test_the_package_holds_own_companies_of_the_last_ninety_days_the_latest_first(
    world: World, as_: As
) -> None:
    officer = world.users["officer"]
    old, new, owned, owed = (world.company(f"演示带走{n}有限公司") for n in "甲乙丙丁")
    factories.visit(officer, old, happened_on=world.today - timedelta(days=91))
    factories.visit(officer, new, happened_on=world.today - timedelta(days=2))
    earlier = world.company("演示带走戊有限公司")
    factories.visit(officer, earlier, happened_on=world.today - timedelta(days=89))
    factories.visit(world.users["chief"], world.company("演示别人的有限公司"))
    companies.ensure_link(world.actor("officer"), owned, world.zone("LYG-ETDZ").id)
    factories.followup(officer, owed)
    db.session.commit()
    package = _package(as_("officer"))
    assert _names(package)[:2] == [new.name, earlier.name]
    assert owed.name in _names(package)
    assert not {old.name, "演示别人的有限公司"} & set(_names(package))
    first = package["companies"][0]
    assert first["last_on"] == (world.today - timedelta(days=2)).isoformat()
    assert "yanshidaizouyi" in first["find"] and "ysdzy" in first["find"]
    assert {duty["company"] for duty in package["duties"]} == {owed.id}
    assert package["user"] == officer.id and package["days"] == 7


def test_no_number_and_no_secret_investor_leaves_the_house(world: World, as_: As) -> None:
    officer, zone = world.users["officer"], world.zone("LYG-ETDZ").id
    open_firm, secret_firm, told = (world.company(f"演示{n}有限公司") for n in ("明面", "保密", "密谈"))
    world.project(investor=secret_firm, confidential=True, owner_id=officer.id, name="某保密项目")
    for firm in (open_firm, secret_firm):
        visit = factories.visit(officer, firm)
        db.session.add(
            Contact(
                company_id=firm.id,
                zone_id=zone,
                name="孟知远",
                post="副总",
                phone=NUMBER,
                phone_mask="139****0417",
            )
        )
        factories.followup(officer, firm, what=f"回复{firm.name}")
        db.session.add(
            VisitTheirs(visit_id=visit.id, name="孟知远", post="副总", phone=NUMBER, phone_mask="139****0417")
        )
    trip = factories.occasion(officer, title="赴苏州")
    factories.visit(officer, told, confidential=True)
    factories.followup(officer, told, confidential=True, what="密谈的下一步")
    db.session.commit()
    package = _package(as_("officer"))
    assert _names(package) == [open_firm.name]
    # Whom one may tick as before, and what a visit may belong to, by name alone.
    assert [(each[0], each[2]) for each in package["again"]] == [(open_firm.id, "孟知远 副总")]
    assert package["occasions"] == [[trip.id, f"{world.today:%m-%d} 外出招商 赴苏州"]]
    assert package["contacts"] == [
        {"id": package["contacts"][0]["id"], "company": open_firm.id, "name": "孟知远", "post": "副总"}
    ]
    whole = json.dumps(package, ensure_ascii=False)
    assert not [secret for secret in (NUMBER, "0417", "139*", "保密", "密谈") if secret in whole]


def test_the_package_is_the_posts_and_closed_to_others(world: World, as_: As, client: FlaskClient) -> None:
    strange = world.project("LYG-XUWEI", investor=world.company("演示徐圩有限公司"), name="徐圩的项目")
    factories.visit(
        world.users["officer2"], world.company("演示徐圩有限公司"), [strange], zone_code="LYG-XUWEI"
    )
    db.session.commit()
    assert _names(_package(as_("officer"))) == []
    assert _names(_package(as_("officer2"))) == ["演示徐圩有限公司"]
    assert client.get("/offline/package").status_code == 302
    assert as_("leader").get("/offline/package").status_code == 403
    taken = db.session.scalars(select(AuditEvent).where(AuditEvent.code == "offline.taken")).all()
    assert len(taken) == 2 and "企业 1 家" in taken[1].note


def test_the_package_takes_the_same_statements_for_one_company_and_for_many(
    world: World, as_: As, count_queries: Any
) -> None:
    counts = []
    for more in (1, 12):
        for n in range(more):
            firm = world.company(f"演示批{more}{n}有限公司")
            world.project(investor=firm)
            factories.visit(world.users["officer"], firm)
            factories.followup(world.users["officer"], firm)
        db.session.commit()
        browser = as_("officer")
        with count_queries() as statements:
            found = _package(browser)
        counts.append(len(statements))
        assert len(found["companies"]) >= more and len(found["projects"]) >= more
    # Ten of its own; the rest finds the person.
    assert counts[0] == counts[1] <= 16, statements


def test_people_above_the_zones_choose_where_a_visit_belongs(world: World) -> None:
    assert queries.package(world.actor("officer"), world.today).zones == []
    assert len(queries.package(world.actor("bureau"), world.today).zones) == 15


# --- sending


def test_an_entry_makes_one_visit_with_its_photo_however_often_it_is_sent(world: World, as_: As) -> None:
    entry = _entry(world, summary=f"路上记的，回电{NUMBER}")
    answers = [
        _send(as_("officer"), entry | {"file": (io.BytesIO(papers.JPEG), "现场.jpg")}) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert [answer.json["created"] for answer in answers] == [True, False]
    assert answers[0].json["visit"] == answers[1].json["visit"] and _visits() == 1
    assert [answer.json["warnings"] for answer in answers] == [[phones.WARNING]] * 2
    # The same entry from another device that says something else: told, so that the device keeps what it has.
    other = _send(as_("officer"), entry | {"summary": "另一台设备上改过"}).json
    assert [answer.json["same"] for answer in answers] + [other["same"]] == [True, True, False]
    assert (other["visit"], other["created"], _visits()) == (answers[0].json["visit"], False, 1)
    assert db.session.scalar(select(func.count()).select_from(Attachment)) == 1


def test_an_entry_is_sent_by_its_own_person_only(world: World, as_: As, client: FlaskClient) -> None:
    entry = _entry(world, "officer")
    assert client.post("/offline/visits", data=entry).status_code == 302
    refused = _send(as_("officer2"), entry)
    assert refused.status_code == 409 and "另一位用户" in refused.json["message"]
    nameless = _send(as_("officer"), {k: v for k, v in entry.items() if k != "offline_user"})
    assert nameless.status_code == 409
    assert as_("leader").post("/offline/visits", data=entry).status_code == 403
    assert _visits() == 0
    assert _send(as_("officer"), entry).status_code == 201


def test_an_entry_written_in_another_post_waits_for_that_post(world: World, as_: As) -> None:
    post = db.session.scalars(select(Post).where(Post.user_id == world.users["officer"].id)).one()
    wrong = _send(as_("officer"), _entry(world, offline_post=str(post.id + 1000)))
    assert wrong.status_code == 409 and "切换到当时的岗位" in wrong.json["message"]
    assert _send(as_("officer"), _entry(world, offline_post=str(post.id))).status_code == 201


def test_what_the_rules_refuse_comes_back_beside_its_field_and_is_written_down(world: World, as_: As) -> None:
    late = _entry(world, happened_on=(world.today + timedelta(days=1)).isoformat())
    answer = _send(as_("officer"), late)
    assert answer.status_code == 422
    assert _errors(answer) == {"happened_on": "日期晚于今天。走访日期请填今天或更早。"}
    wrong = _send(as_("officer"), _entry(world, summary="", **{"theirs-0-phone": NUMBER}))
    assert _errors(wrong)["summary"] == "谈了什么没有填。请填写。"
    photo = _send(as_("officer"), _entry(world, file=(io.BytesIO(b"MZ"), "现场.exe")))
    assert "这种文件不能上传" in _errors(photo)["file"]
    assert _visits() == 0
    written = db.session.scalars(select(AuditEvent).where(AuditEvent.code == "offline.refused")).all()
    assert [event.note for event in written][:1] == ["happened_on"]
    assert all(NUMBER not in (event.note + event.subject_label) for event in written)


def test_a_project_closed_meanwhile_is_asked_about_and_taken_when_it_is_meant(world: World, as_: As) -> None:
    firm = world.company("演示停谈有限公司")
    project = world.project(investor=firm, name="停谈的项目")
    project.status = Status.LOST
    db.session.commit()
    entry = _entry(
        world, company=firm.name, company_id=str(firm.id), seen=str(firm.id), projects=[str(project.id)]
    )
    refused = _send(as_("officer"), entry)
    assert refused.status_code == 422
    assert _errors(refused)["projects"].startswith("「停谈的项目」已是流失。")
    assert _send(as_("officer"), entry | {"closed_ok": "1"}).status_code == 201


def test_a_project_out_of_reach_is_refused_like_one_that_does_not_exist(world: World, as_: As) -> None:
    firm = world.company("演示移走有限公司")
    moved = world.project("LYG-XUWEI", investor=firm)
    db.session.commit()
    for number in (moved.id, 2_000_000_000):
        entry = _entry(
            world, company=firm.name, company_id=str(firm.id), seen=str(firm.id), projects=[str(number)]
        )
        assert "没有找到这个项目" in _errors(_send(as_("officer"), entry))["projects"]


def test_a_followup_out_of_reach_does_not_lose_the_entry(world: World, as_: As) -> None:
    duty = factories.followup(world.users["officer2"], zone_code="LYG-XUWEI")
    db.session.commit()
    answer = _send(as_("officer"), _entry(world, closes=[str(duty.id)]))
    assert answer.status_code == 422 and "找不到了" in _errors(answer)["closes"]
    assert _visits() == 0


def test_a_company_merged_meanwhile_is_followed_to_the_one_that_was_kept(world: World, as_: As) -> None:
    kept, gone = world.company("演示留下有限公司"), world.company("演示并掉有限公司")
    companies.merge(world.actor("bureau"), kept, gone, "同一家企业两条档案", clock.now())
    db.session.commit()
    entry = _entry(world, company="演示并掉有限公司", company_id=str(gone.id), seen=str(gone.id))
    answer = _send(as_("officer"), entry)
    assert answer.status_code == 201
    assert answer.json["notes"] == [
        "「演示并掉有限公司」已并入「演示留下有限公司」，走访记在合并后的企业名下。"
    ]
    assert db.session.get_one(Visit, answer.json["visit"]).company_id == kept.id


def test_a_new_company_like_one_of_the_register_is_asked_about_and_registered_when_it_is_meant(
    world: World, as_: As
) -> None:
    known = world.company("江苏澜港复合材料有限公司")
    entry = _entry(world, company="澜港复合材料")
    refused = _send(as_("officer"), entry)
    assert refused.status_code == 422 and "相近的企业" in _errors(refused)["company"]
    assert {"id": known.id, "name": known.name} in refused.json["alike"]
    assert _send(as_("officer"), entry | {"new_company": "y"}).status_code == 201


def test_a_client_id_of_somebody_elses_visit_is_refused(world: World, as_: As) -> None:
    entry = _entry(world, "officer")
    assert _send(as_("officer"), entry).status_code == 201
    other = _send(as_("officer2"), entry | {"offline_user": str(world.users["officer2"].id)})
    assert "client_id" in _errors(other)
    assert _visits() == 1


def test_a_left_officers_entry_is_not_taken(world: World, as_: As) -> None:
    browser, entry = as_("officer"), _entry(world, "officer")
    db.session.get_one(User, world.users["officer"].id).active = False
    db.session.commit()
    assert browser.get("/offline/session").json["user"] is None
    assert _send(browser, entry).status_code == 302


# --- the installable app


def test_the_pages_that_stand_in_are_the_same_for_everybody(client: FlaskClient, as_: As) -> None:
    for path in ("/offline", "/offline/today", "/offline/visit", "/offline/visits"):
        seen = client.get(path)
        assert seen.status_code == 200
        assert seen.data == as_("officer").get(path).data, path
        assert 'name="csrf_token"' not in seen.text


def test_the_app_can_be_installed_from_its_own_icons(client: FlaskClient) -> None:
    told = client.get("/manifest.webmanifest")
    assert told.content_type == "application/manifest+json"
    assert (told.json["scope"], told.json["start_url"], told.json["display"]) == ("/", "/", "standalone")
    sizes = {}
    for icon in told.json["icons"]:
        with client.get(icon["src"]) as picture:
            assert picture.data[:8] == b"\x89PNG\r\n\x1a\n"
            width = int.from_bytes(picture.data[16:20], "big")
        assert icon["sizes"] == f"{width}x{width}"
        sizes[icon["purpose"], width] = True
    assert {("any", 192), ("any", 512), ("maskable", 512)} <= set(sizes)


def test_the_worker_names_everything_its_pages_need_and_a_version(client: FlaskClient, as_: As) -> None:
    answer = client.get("/service-worker.js")
    assert answer.content_type.startswith("text/javascript")
    known = json.loads(answer.text.split("\n", 1)[0].removeprefix("self.KNOWN = ").removesuffix(";"))
    assert as_("officer").get("/service-worker.js").text == answer.text
    for path in (*known["shells"], *known["assets"]):
        with client.get(path) as asset:
            assert asset.status_code == 200, path
    assert "/static/js/offline/sync.js" in known["assets"] and len(known["version"]) == 16
    assert set(known["standsIn"].values()) <= set(known["shells"])
    policy = answer.headers["Content-Security-Policy"]
    assert "worker-src 'self'" in policy and "manifest-src 'self'" in policy and "unsafe" not in policy
