"""What a gate shows on the record, where its links lead, and the bureau's editor over pages and API."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from crm.core.db import db
from crm.pipeline import actions, queries, rules
from crm.projects import actions as projects
from crm.projects.models import Project
from crm.projects.rules import AttachmentKind, Source, Stage
from crm.projects.rules.drafts import ProjectDraft
from tests.factories import World
from tests.pipeline.needs import give
from tests.pipeline.test_actions import TODAY
from tests.pipeline.test_views import refreshed

As = Callable[[str], FlaskClient]


def rule_form(key: str, **values: Any) -> dict[str, Any]:
    """The editor's form as the page shows it."""
    rule = queries.gate_line(key).rule
    shown = {
        "version": str(rule.version),
        "stage": rule.stage.value,
        "bars": "1" if rule.bars else "0",
        "span": rule.span.value,
        "condition": rule.condition,
        "tiers": [tier.value for tier in rule.tiers],
        "words": rule.words,
        "source": "局务会 3 号",
    } | ({"active": "y"} if rule.active else {})
    return {k: v for k, v in (shown | values).items() if v is not None}


class TestLinks:
    @pytest.mark.parametrize("code", list(rules.NEEDS))
    def test_every_need_links_to_the_very_field(self, world: World, as_: As, code: str) -> None:
        """The page answers and has the part that the link names."""
        project = world.project(stage=Stage.INTENT)
        db.session.commit()
        link = rules.NEEDS[code].place(queries.facts_of(project))
        path, _, anchor = link.partition("#")
        answer = as_("bureau").get(path)
        assert answer.status_code == 200, link
        assert anchor and f'id="{anchor}"' in answer.text, link

    @pytest.mark.parametrize("kind", [k for k in AttachmentKind if k is not AttachmentKind.OTHER])
    def test_a_file_of_talks_is_asked_for_with_its_kind_chosen(
        self, world: World, as_: As, kind: AttachmentKind
    ) -> None:
        project = world.project(stage=Stage.REVIEW)
        db.session.commit()
        link = rules.NEEDS[f"file:{kind.value}"].place(queries.facts_of(project))
        assert re.search(rf'<option selected[^>]* value="{kind.value}"', as_("officer").get(link).text)

    @pytest.mark.parametrize("kind", list(rules.MilestoneKind))
    def test_a_file_of_a_milestone_is_uploaded_where_it_is_reported(
        self, world: World, as_: As, kind: rules.MilestoneKind
    ) -> None:
        project = world.project(stage=Stage.INTENT)
        db.session.commit()
        gate = queries.gate_of(world.actor("officer"), project, kind.stage)
        assert gate is not None
        for lack in (*gate.missing, *gate.hints):
            if not lack.link:
                continue
            path, _, anchor = lack.link.partition("#")
            assert f'id="{anchor}"' in as_("officer").get(path).text, lack.link

    def test_what_one_may_not_do_is_no_link(self, world: World) -> None:
        """An officer does not assign leaders; the gate tells him and sends him nowhere."""
        project = world.project(stage=Stage.PRELIMINARY, total="1000000", tier="t100")
        links = {}
        for login in ("officer", "chief"):
            gate = queries.gate_of(world.actor(login), project, Stage.IN_DEPTH)
            assert gate is not None
            links[login] = next(m.link for m in gate.hints if m.rule == "in_depth.leader")
        assert links["officer"] == "" and links["chief"].endswith("/assignments#kind")

    def test_no_link_of_a_confidential_project_leads_to_its_investor(self, world: World) -> None:
        """A colleague who may not know him is told what is missing, and not where."""
        project = world.project(stage=Stage.LEAD, total=None, confidential=True)
        company = f"/companies/{project.company_id}"
        links = {}
        for login in ("officer", "chief"):
            gates = queries.talking_gates(world.actor(login), project).values()
            links[login] = {m.rule: m.link for gate in gates for m in (*gate.missing, *gate.hints)}
        assert not any(company in link for link in links["officer"].values())
        hidden = {key for key, link in links["officer"].items() if not link}
        assert {"filed.source", "filed.contact", "review.minutes"} <= hidden
        assert links["officer"]["review.total_investment"]
        assert links["chief"]["filed.contact"].startswith(company) and links["chief"]["filed.source"]


class TestTheRecordPage:
    def test_what_is_lacking_stands_before_the_button(self, world: World, as_: As) -> None:
        project = world.project(stage=Stage.FILED, source=Source.OWN)
        db.session.commit()
        page = as_("officer").get(f"/projects/{project.code}").text
        assert "还差1项" in page and "洽谈或走访记录" in page and "还可以补" in page
        assert page.index("记走访</a>") < page.index("推进到初步洽谈")
        assert '<button type="submit" class="btn btn-primary">推进到初步洽谈' not in page
        give(world, project, "fact:visit")
        db.session.commit()
        page = as_("officer").get(f"/projects/{project.code}").text
        assert '<button type="submit" class="btn btn-primary">推进到初步洽谈' in page

    @pytest.mark.parametrize("to", [s for s in Stage if s is not Stage.FILED])
    def test_any_other_stage_may_be_looked_at(self, world: World, as_: As, to: Stage) -> None:
        project = world.project(stage=Stage.FILED)
        db.session.commit()
        page = as_("officer").get(f"/projects/{project.code}?to={to.value}").text
        word = "退回到" if to is Stage.LEAD else "下一步："
        assert f"<h2>{word}{to.label}</h2>" in page
        assert f"/projects/{project.code}?to=signed#gate" in page or to is Stage.SIGNED

    def test_nonsense_in_the_address_shows_the_next_step(self, world: World, as_: As) -> None:
        project = world.project(stage=Stage.FILED)
        db.session.commit()
        assert "下一步：初步洽谈" in as_("officer").get(f"/projects/{project.code}?to=moon&kind=x").text

    def test_a_refused_move_says_what_is_missing_and_keeps_what_was_typed(
        self, world: World, as_: As
    ) -> None:
        project = world.project(stage=Stage.LEAD)
        db.session.commit()
        data = {"to": "review", "note": "分管领导要求"}
        answer = as_("officer").post(f"/projects/{project.code}/stage", data=data)
        assert answer.status_code == 422 and "分管领导要求" in answer.text
        assert "推进到联审还差2项" in answer.text and f"/projects/{project.code}?tab=files" in answer.text
        assert refreshed(project).stage is Stage.LEAD

    def test_the_form_of_moving_says_what_every_stage_lacks(self, world: World, as_: As) -> None:
        project = world.project(stage=Stage.PRELIMINARY, source=Source.OWN)
        db.session.commit()
        page = as_("officer").get(f"/projects/{project.code}/stage?to=intent").text
        assert "到拟签约要有" in page and "退回要写原因" in page and page.count("还差1项") >= 3


class TestOrdinaryEdits:
    def edit(self, as_: As, project: Project, **values: str) -> Any:
        form = {"version": str(project.version), "capital": "domestic", **values}
        return as_("officer").post(f"/projects/{project.code}/edit?section=money", data=form)

    def test_what_the_stage_demands_is_not_emptied(self, world: World, as_: As) -> None:
        project = world.project(stage=Stage.REVIEW)
        db.session.commit()
        answer = self.edit(as_, project, total_investment="")
        assert answer.status_code == 422
        assert "联审阶段要有总投资，不能清空" in answer.text and 'id="total_investment-err"' in answer.text
        assert refreshed(project).total_investment is not None
        assert self.edit(as_, project, total_investment="", total_investment_usd="9000").status_code == 302

    def test_a_bad_record_can_be_repaired_bit_by_bit(self, world: World, as_: As) -> None:
        """It came from a ledger without amount and source; its land can be written down all the same."""
        project = world.project(stage=Stage.REVIEW, total=None)
        db.session.commit()
        assert self.edit(as_, project, land_mu="12").status_code == 302
        assert refreshed(project).land_mu == 12

    def test_the_api_refuses_the_same(self, world: World, client: FlaskClient) -> None:
        project = world.project(stage=Stage.IN_DEPTH, source=Source.OWN)
        headers = world.token("officer") | {"If-Match": str(project.version)}
        path = f"/api/v1/projects/{project.code}"
        answer = client.patch(path, json={"source": None}, headers=headers)
        assert answer.status_code == 422 and answer.json is not None
        assert answer.json["errors"][0]["field"] == "source"
        assert client.patch(path, json={"address": "徐圩"}, headers=headers).status_code == 200

    def test_an_edit_that_touches_nothing_of_the_gates_reads_no_table(
        self, world: World, count_queries: Any
    ) -> None:
        project = world.project(stage=Stage.REVIEW)
        changed = projects.edit(world.actor("officer"), project, ProjectDraft({"name": "改名"}), TODAY)
        with count_queries() as statements:
            actions.check_edit(project, changed)
        assert not statements


class TestTheEditor:
    def test_the_bureau_reaches_it_by_the_menu_and_from_a_gate(self, world: World, as_: As) -> None:
        project = world.project(stage=Stage.FILED)
        db.session.commit()
        page = as_("bureau").get(f"/projects/{project.code}").text
        assert 'href="/admin/gates"' in page and 'href="/admin/gates#preliminary"' in page
        assert "/admin/gates" not in as_("officer").get(f"/projects/{project.code}").text

    def test_the_list_has_every_rule_with_its_source(self, world: World, as_: As) -> None:
        page = as_("bureau").get("/admin/gates").text
        for rule in rules.DEFAULTS:
            assert f'href="/admin/gates/{rule.key}"' in page and rule.source in page

    @pytest.mark.parametrize("rule", rules.DEFAULTS, ids=lambda rule: rule.key)
    def test_every_rule_opens_and_saved_as_it_is_changes_nothing(
        self, world: World, as_: As, rule: rules.Rule
    ) -> None:
        assert as_("bureau").get(f"/admin/gates/{rule.key}").status_code == 200
        answer = as_("bureau").post(f"/admin/gates/{rule.key}", data=rule_form(rule.key))
        assert answer.status_code == 422 and "与现在的条件相同" in answer.text
        assert not queries.gate_history(rule.key)

    def test_a_rule_is_changed_and_reset_with_reason_and_history(self, world: World, as_: As) -> None:
        bureau, path = as_("bureau"), "/admin/gates/review.minutes"
        form = rule_form("review.minutes", bars="0", tiers=["t100", "t50"])
        assert bureau.post(path, data=form).status_code == 303
        page = bureau.get(path).text
        assert "缺了怎样 缺了不能推进 → 只提醒" in page and "周若岚，局务会 3 号" in page
        rule = queries.gate_line("review.minutes").rule
        assert (rule.bars, len(rule.tiers)) == (False, 2)
        data = {"version": str(rule.version), "source": ""}
        assert bureau.post(f"{path}/reset", data=data).status_code == 422
        assert bureau.post(f"{path}/reset", data=data | {"source": "试行结束"}).status_code == 303
        assert "已恢复默认" in bureau.get("/admin/gates").text
        assert not queries.gate_line("review.minutes").differs

    def test_a_rule_is_added_and_switched_off(self, world: World, as_: As) -> None:
        form = {
            "stage": "filed",
            "needs": "field:node",
            "bars": "1",
            "span": "from",
            "condition": "",
            "active": "y",
            "source": "产业链办意见",
        }
        bureau = as_("bureau")
        assert bureau.get("/admin/gates/new?stage=filed").status_code == 200
        assert bureau.post("/admin/gates/new", data=form).status_code == 303
        again = bureau.post("/admin/gates/new", data=form)
        assert again.status_code == 422 and "已经有这项条件" in again.text
        added = next(line.rule for line in queries.gate_lines() if line.default is None)
        assert "产业链环节" in bureau.get("/admin/gates").text
        assert (
            bureau.post(f"/admin/gates/{added.key}", data=rule_form(added.key, active=None)).status_code
            == 303
        )
        assert "停用" in bureau.get("/admin/gates").text
        assert bureau.post(f"/admin/gates/{added.key}/reset", data={"source": "没有默认"}).status_code == 404

    def test_two_of_the_bureau_on_one_rule_see_both_versions(self, world: World, as_: As) -> None:
        path = "/admin/gates/review.minutes"
        mine = rule_form("review.minutes", words="要盖章")
        assert as_("bureau2").post(path, data=rule_form("review.minutes", bars="0")).status_code == 303
        answer = as_("bureau").post(path, data=mine)
        assert answer.status_code == 409
        assert "罗知衡" in answer.text and "要盖章" in answer.text and "只提醒" in answer.text
        version = queries.gate_line("review.minutes").rule.version
        assert f'name="version" value="{version}"' in answer.text
        assert as_("bureau").post(path, data=mine | {"version": str(version)}).status_code == 303
        assert queries.gate_line("review.minutes").rule.words == "要盖章"

    @pytest.mark.parametrize("login", ["officer", "chief", "county", "leader", "sysadmin", "secadmin"])
    def test_nobody_else_opens_it(self, world: World, as_: As, login: str) -> None:
        for path in ("/admin/gates", "/admin/gates/new", "/admin/gates/review.minutes"):
            assert as_(login).get(path).status_code == 403
        assert as_(login).post("/admin/gates/review.minutes/reset", data={}).status_code == 403

    def test_what_is_not_there_is_not_found(self, world: World, as_: As) -> None:
        assert as_("bureau").get("/admin/gates/no.such").status_code == 404

    @pytest.mark.parametrize(
        "form", [{"stage": "moon"}, {"span": ""}, {"tiers": ["t9"]}, {"source": "长" * 300}, {"bars": "x"}]
    )
    def test_nonsense_is_refused_on_the_page(self, world: World, as_: As, form: dict[str, Any]) -> None:
        answer = as_("bureau").post("/admin/gates/review.minutes", data=rule_form("review.minutes", **form))
        assert answer.status_code == 422
        assert not queries.gate_history("review.minutes")


class TestTheApi:
    def test_the_table_is_read_changed_added_to_and_reset(self, world: World, client: FlaskClient) -> None:
        headers = world.token("bureau")
        base = "/api/v1/gates"
        items = client.get(base, headers=headers).json["items"]  # type: ignore[index]
        assert [item["key"] for item in items] == [rule.key for rule in rules.DEFAULTS]
        one = next(item for item in items if item["key"] == "review.minutes")
        assert (one["needs"], one["bars"], one["is_default"], one["version"]) == (
            "file:minutes", True, True, 0,
        )  # fmt: skip
        body = {"stage": "review", "bars": False, "source": "局务会 3 号"}
        path = f"{base}/review.minutes"
        assert client.put(path, json=body, headers=headers).status_code == 412
        changed = client.put(path, json=body, headers=headers | {"If-Match": "0"})
        assert (changed.status_code, changed.json["bars"], changed.json["is_default"]) == (200, False, False)  # type: ignore[index]
        assert client.put(path, json=body, headers=headers | {"If-Match": "0"}).status_code == 412
        whole = client.get(path, headers=headers).json
        assert whole is not None and [h["by"] for h in whole["history"]] == ["周若岚"]
        seen = headers | {"If-Match": str(whole["version"])}
        assert client.post(f"{path}/reset", json={"source": "试行结束"}, headers=seen).json["is_default"]  # type: ignore[index]
        new = {"stage": "filed", "needs": "field:node", "span": "from", "source": "产业链办意见"}
        made = client.post(base, json=new, headers=headers)
        assert (made.status_code, made.json["needs"]) == (201, "field:node")  # type: ignore[index]
        assert client.post(base, json=new | {"needs": ""}, headers=headers).status_code == 422
        assert client.get(f"{base}/no.such", headers=headers).status_code == 404

    def test_nobody_but_the_bureau(self, world: World, client: FlaskClient) -> None:
        for login in ("officer", "leader"):
            headers = world.token(login)
            assert client.get("/api/v1/gates", headers=headers).status_code == 403
            body = {"stage": "review", "source": "不许"}
            sent = headers | {"If-Match": "0"}
            assert client.put("/api/v1/gates/review.minutes", json=body, headers=sent).status_code == 403

    def test_a_gate_of_another_zone_is_not_found(self, world: World, client: FlaskClient) -> None:
        project = world.project("LYG-XUWEI")
        headers = world.token("officer")
        path = f"/api/v1/projects/{project.code}"
        assert client.get(f"{path}/gate", headers=headers).status_code == 404
        assert client.post(f"{path}/stage", json={"to": "filed"}, headers=headers).status_code == 404
