"""The gate table: every shipped rule in both directions, spans, conditions, edits, and what the bureau changes."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from crm.audit.models import AuditEvent
from crm.core import clock
from crm.core.db import db
from crm.core.errors import Forbidden, NotFound, RuleBroken, Stale
from crm.pipeline import actions, queries, rules
from crm.pipeline.rules import Facts, MilestoneKind, MilestoneState, ReviewDraft, Rule, Span
from crm.projects.models import Project
from crm.projects.rules import TALKING, AttachmentKind, Capital, ProjectKind, Source, Stage, Tier
from tests import factories
from tests.factories import World
from tests.pipeline.needs import give, ready_for, suit
from tests.pipeline.test_actions import REVIEW, TODAY

TALKS = [rule for rule in rules.DEFAULTS if rule.stage in TALKING]
MILESTONES = [rule for rule in rules.DEFAULTS if rule.stage not in TALKING]


def named(rule: Rule) -> str:
    return rule.key


def bare(world: World, stage: Stage = Stage.LEAD) -> Project:
    """A project of which nothing is known but its name and its zone."""
    project = world.project(stage=stage, total=None)
    project.company_id = None
    db.session.flush()
    return project


def keys(items: Any) -> list[str]:
    return [m.rule for m in items]


# --- the table, in both directions ----------------------------------------------------------------


@pytest.mark.parametrize("rule", TALKS, ids=named)
def test_a_rule_of_talks_lets_pass_what_satisfies_it_and_names_exactly_what_does_not(
    world: World, rule: Rule
) -> None:
    project, officer = bare(world), world.actor("officer")
    suit(project, rule)
    ready_for(world, project, rule.stage, but=rule.needs)
    gate = queries.gate_of(officer, project, rule.stage)
    assert gate is not None
    # Contacts are the registered investor's: without one there can be none.
    hints = ["filed.contact"] if rule.key == "filed.company" else []
    expected = ([rule.key], hints) if rule.bars else ([], [rule.key])
    assert (keys(gate.missing), keys(gate.hints)) == expected
    if rule.bars:
        with pytest.raises(RuleBroken) as broken:
            actions.move_stage(officer, project, rule.stage, "", TODAY)
        assert broken.value.missing == tuple(m.as_dict() for m in gate.missing)
        assert rule.need.message in broken.value.message
        assert project.stage is Stage.LEAD
        give(world, project, rule.needs)
    actions.move_stage(officer, project, rule.stage, "", TODAY)
    assert project.stage is rule.stage


@pytest.mark.parametrize("rule", MILESTONES, ids=named)
def test_a_rule_of_a_milestone_keeps_it_a_draft_until_its_file_is_there(world: World, rule: Rule) -> None:
    project, officer = bare(world, Stage.INTENT), world.actor("officer")
    kind = MilestoneKind(rule.stage.value)
    suit(project, rule)
    ready_for(world, project, rule.stage, but=rule.needs)
    if kind is MilestoneKind.SIGNED:
        give(world, project, "file:fair_competition")
    before = submitted(world, project, kind)
    gate = queries.gate_of(officer, project, rule.stage)
    assert gate is not None
    if rule.bars:
        assert before.state is MilestoneState.DRAFT and project.stage is Stage.INTENT
        assert keys(queries.missing_to_submit(project, before)) == keys(gate.missing) == [rule.key]
        give(world, project, rule.needs)
        assert submitted(world, project, kind).state is MilestoneState.PENDING
    else:
        assert before.state is MilestoneState.PENDING
        assert (keys(gate.missing), keys(gate.hints)) == ([], [rule.key])
    assert project.stage is rule.stage


def submitted(world: World, project: Project, kind: MilestoneKind) -> Any:
    """The milestone submitted with every file the project has."""
    return actions.submit(world.actor("officer"), project, kind, drafted(project, kind), TODAY, clock.now())


def drafted(project: Project, kind: MilestoneKind) -> rules.MilestoneDraft:
    files = tuple(file.id for file in queries.attachments_of(project))
    return rules.MilestoneDraft(
        TODAY, files, review=REVIEW if kind is MilestoneKind.SIGNED else ReviewDraft()
    )


@pytest.mark.parametrize("rule", [r for r in rules.DEFAULTS if r.condition or r.tiers], ids=named)
def test_a_condition_or_a_tier_spares_all_other_projects(rule: Rule) -> None:
    """Of every kind of project, the rule asks only those it is for."""
    others = [
        Facts(capital=capital, tier=tier, values={"land_mu": land, "plant_sqm": plant})
        for capital in Capital
        for tier in (None, *Tier)
        for land in (None, Decimal(0), Decimal(5))
        for plant in (None, Decimal(100))
    ]
    asked = [facts for facts in others if rules.asked([rule], rule.stage, facts)]
    assert asked and len(asked) < len(others)
    for facts in asked:
        assert rules.CONDITIONS[rule.condition][1](facts)
        assert not rule.tiers or facts.tier in rule.tiers


def test_a_leased_plant_needs_no_building_permit_and_land_does() -> None:
    def asked(**values: Any) -> set[str]:
        facts = Facts(values={k: Decimal(v) for k, v in values.items()})
        return {rule.needs for rule in rules.asked(rules.DEFAULTS, Stage.STARTED, facts)}

    assert "file:permit" not in asked(plant_sqm=500)
    assert "file:permit" in asked(plant_sqm=500, land_mu=10)
    assert "file:permit" in asked()
    assert "file:photo" in asked(plant_sqm=500)


def test_the_files_of_the_interface_are_what_the_table_requires() -> None:
    """interface.md: required to submit; the fair-competition record is the code's own."""
    a = AttachmentKind
    assert {kind.value: set(files) for kind, files in rules.REQUIRED_FILES.items()} == {
        "signed": {a.AGREEMENT},
        "registered": {a.LICENCE},
        "approved": {a.FILING},
        "started": {a.PERMIT, a.PHOTO},
        "completed": {a.COMPLETION},
        "producing": {a.INVOICE},
        "full": {a.TAX},
    }


def test_every_rule_of_the_table_is_whole_and_says_where_it_comes_from() -> None:
    assert len({rule.key for rule in rules.DEFAULTS}) == len(rules.DEFAULTS)
    for rule in rules.DEFAULTS:
        rules.check_rule(rule, rules.DEFAULTS)


# --- spans ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", rules.DEFAULTS, ids=named)
def test_skipped_stages_ask_nothing_of_their_own_but_what_holds_from_them_on(rule: Rule) -> None:
    """Brute force: walks from the rule's stage to the one entered."""
    facts = suited(rule)
    for to in Stage:
        walked = to in list(Stage)[rule.stage.order - 1 :]
        expected = {
            Span.AT: to is rule.stage,
            Span.TALKS: walked and to in TALKING,
            Span.FROM: walked,
        }[rule.span]
        assert bool(rules.asked([rule], to, facts)) is expected, to


def suited(rule: Rule) -> Facts:
    values = {"land_mu": Decimal(5)} if rule.condition == "land" else {}
    capital = Capital.FOREIGN if rule.condition == "foreign" else Capital.DOMESTIC
    return Facts(capital=capital, tier=rule.tiers[0] if rule.tiers else None, values=values)


def test_evidence_is_enforced_and_not_sequence(world: World) -> None:
    """A lead met in person goes straight to 深度洽谈; nobody asks for the telephone call before it."""
    project = world.project(stage=Stage.LEAD, source=Source.OWN)
    give(world, project, "fact:meeting")
    actions.move_stage(world.actor("officer"), project, Stage.IN_DEPTH, "", TODAY)
    assert project.stage is Stage.IN_DEPTH


def test_a_call_is_a_visit_and_no_meeting(world: World) -> None:
    project = world.project(stage=Stage.FILED, source=Source.OWN)
    give(world, project, "fact:visit")
    actions.move_stage(world.actor("officer"), project, Stage.PRELIMINARY, "", TODAY)
    with pytest.raises(RuleBroken) as broken:
        actions.move_stage(world.actor("officer"), project, Stage.IN_DEPTH, "", TODAY)
    assert [m["field"] for m in broken.value.missing] == ["visits"]


def test_a_visit_of_another_zone_with_the_investor_is_not_ours(world: World) -> None:
    investor = world.company()
    project = world.project(stage=Stage.FILED, investor=investor)
    factories.visit(world.users["officer2"], investor, zone_code="LYG-XUWEI")
    assert queries.facts_of(project).visits == 0
    factories.visit(world.users["officer"], investor)
    assert queries.facts_of(project).visits == 1


def test_stepping_back_asks_for_a_reason_and_for_no_evidence(world: World) -> None:
    project = bare(world, Stage.INTENT)
    gate = queries.gate_of(world.actor("chief"), project, Stage.REVIEW)
    assert gate is not None and gate.back and not gate.missing and not gate.hints
    actions.move_stage(world.actor("chief"), project, Stage.REVIEW, "框架协议作废", TODAY)
    assert project.stage is Stage.REVIEW


def test_the_agreement_states_the_amount_that_the_project_does_not(world: World) -> None:
    project = bare(world, Stage.INTENT)
    for needs in ("field:company", "file:agreement", "file:fair_competition"):
        give(world, project, needs)
    agreed = replace(
        drafted(project, MilestoneKind.SIGNED), agreement=rules.AgreementDraft(total_usd=Decimal(9000))
    )
    made = actions.submit(world.actor("officer"), project, MilestoneKind.SIGNED, agreed, TODAY, clock.now())
    assert made.state is MilestoneState.PENDING


def test_a_milestones_own_file_must_be_chosen_and_an_earlier_stages_may_lie_anywhere(world: World) -> None:
    rule = Rule("x", Stage.REGISTERED, "file:land", Span.FROM)
    own, later = Stage.REGISTERED, Stage.STARTED
    facts = Facts(files=frozenset({AttachmentKind.LAND}), evidence=frozenset(), milestone_path="/m")
    assert rules.answer([rule], own, facts).missing[0].link == "/m#upload_land"
    assert not rules.answer([rule], later, facts).missing


@given(
    data=st.lists(
        st.tuples(
            st.sampled_from(list(Stage)[1:]),
            st.sampled_from(list(rules.NEEDS)),
            st.sampled_from(list(Span)),
            st.sampled_from(list(rules.CONDITIONS)),
            st.booleans(),
            st.booleans(),
        ),
        max_size=12,
    ),
    to=st.sampled_from(list(Stage)[1:]),
    visits=st.integers(0, 1),
    files=st.sets(st.sampled_from(list(AttachmentKind))),
    filled=st.sets(st.sampled_from(sorted(rules.GATE_COLUMNS))),
    capital=st.sampled_from(list(Capital)),
    kind=st.sampled_from(list(ProjectKind)),
)
def test_a_gate_never_loses_or_invents_a_rule(
    data: Any, to: Stage, visits: int, files: Any, filled: Any, capital: Capital, kind: ProjectKind
) -> None:
    """Whatever the table: each need asked for stands once, in the strictest place, and what is there is not missing."""
    table = [
        Rule(f"r{n}", s, needs, span, cond, (), b, a) for n, (s, needs, span, cond, b, a) in enumerate(data)
    ]
    facts = Facts(
        capital=capital,
        kind=kind,
        values=dict.fromkeys(filled, Decimal(1)),
        visits=visits,
        files=frozenset(files),
    )
    found = rules.answer(table, to, facts)
    running = [r for r in table if r.active and rules.asked([r], to, facts)]
    lacking = {r.needs for r in running if not r.need.test(facts)}
    barred = {r.needs for r in running if r.bars}
    by_key = {r.key: r.needs for r in table}
    missing, hints = [by_key[k] for k in keys(found.missing)], [by_key[k] for k in keys(found.hints)]
    assert set(missing) == lacking & barred and set(hints) == lacking - barred
    assert len(missing + hints) == len(lacking)
    assert len(found.have) == len({r.needs for r in running}) - len(lacking)


# --- ordinary edits -------------------------------------------------------------------------------


STANDING = [r for r in rules.DEFAULTS if r.span is not Span.AT and r.bars and r.need.columns]


@pytest.mark.parametrize("rule", STANDING, ids=named)
def test_a_field_that_the_stage_demands_is_not_emptied(rule: Rule) -> None:
    columns = rule.need.columns
    empty = Facts(stage=rule.stage, values=dict.fromkeys(columns))
    lacks = rules.blanked(rules.DEFAULTS, empty, set(columns))
    assert [(m.rule, m.field) for m in lacks] == [(rule.key, rule.need.control)]
    earlier = list(Stage)[rule.stage.order - 2]
    assert not rules.blanked(rules.DEFAULTS, replace(empty, stage=earlier), set(columns))
    assert not rules.blanked(rules.DEFAULTS, replace(empty, values=dict.fromkeys(columns, 1)), set(columns))


def test_what_was_not_touched_is_not_looked_at_so_a_bad_record_can_be_repaired() -> None:
    bad = Facts(stage=Stage.REVIEW, values={})
    assert not rules.blanked(rules.DEFAULTS, bad, {"address", "content"})
    assert rules.blanked(rules.DEFAULTS, bad, {"total_investment"})
    in_usd = replace(bad, values={"total_investment_usd": Decimal(5)})
    assert not rules.blanked(rules.DEFAULTS, in_usd, {"total_investment", "total_investment_usd"})


def test_a_rule_of_talks_no_longer_binds_an_edit_after_signing() -> None:
    empty = Facts(stage=Stage.INTENT, values={})
    assert keys(rules.blanked(rules.DEFAULTS, empty, {"source"})) == ["filed.source"]
    assert not rules.blanked(rules.DEFAULTS, replace(empty, stage=Stage.SIGNED), {"source"})


# --- the bureau's table ---------------------------------------------------------------------------


def rule_in_force(key: str) -> Rule:
    return queries.gate_line(key).rule


class TestTheBureausTable:
    def test_a_rule_switched_off_bars_nothing_and_keeps_its_history(self, world: World) -> None:
        bureau, rule = world.actor("bureau"), rule_in_force("preliminary.visit")
        project = world.project(stage=Stage.FILED, source=Source.OWN)
        with pytest.raises(RuleBroken):
            actions.move_stage(world.actor("officer"), project, Stage.PRELIMINARY, "", TODAY)
        actions.change_rule(bureau, replace(rule, active=False, source="局务会 3 号"))
        actions.move_stage(world.actor("officer"), project, Stage.PRELIMINARY, "", TODAY)
        history = queries.gate_history("preliminary.visit")
        assert [(h.rule.active, h.by, h.rule.source) for h in history] == [(False, "周若岚", "局务会 3 号")]
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.code == "gate.changed")).one()
        assert event.diff["active"] == ["启用", "停用"] and event.note == "局务会 3 号"

    def test_a_rule_made_to_advise_no_longer_bars(self, world: World) -> None:
        rule = rule_in_force("review.minutes")
        actions.change_rule(world.actor("bureau"), replace(rule, bars=False, source="试行期"))
        gate = queries.gate_of(world.actor("officer"), world.project(source=Source.OWN), Stage.REVIEW)
        assert gate is not None and not gate.missing and "review.minutes" in keys(gate.hints)

    def test_a_rule_of_the_bureaus_own_bars_from_then_on(self, world: World) -> None:
        wanted = Rule("", Stage.PRELIMINARY, "field:node", Span.FROM, source="产业链办意见")
        made = actions.add_rule(world.actor("bureau"), wanted)
        project = world.project(stage=Stage.FILED, source=Source.OWN)
        give(world, project, "fact:visit")
        gate = queries.gate_of(world.actor("officer"), project, Stage.PRELIMINARY)
        assert gate is not None and keys(gate.missing) == [made.key]
        give(world, project, "field:node")
        actions.move_stage(world.actor("officer"), project, Stage.PRELIMINARY, "", TODAY)
        with pytest.raises(RuleBroken) as broken:
            actions.add_rule(world.actor("bureau2"), wanted)
        assert broken.value.field == "needs"

    def test_a_file_added_to_a_milestone_is_asked_for_where_it_is_reported(self, world: World) -> None:
        wanted = Rule("", Stage.STARTED, "file:contact", condition="built", source="局务会")
        actions.add_rule(world.actor("bureau"), wanted)
        project = world.project(stage=Stage.INTENT)
        assert AttachmentKind.CONTACT in queries.files_needed(project, MilestoneKind.STARTED)
        project.plant_sqm = Decimal(100)
        assert AttachmentKind.CONTACT not in queries.files_needed(project, MilestoneKind.STARTED)

    def test_no_rule_switches_off_the_fair_competition_review(self, world: World) -> None:
        rule = rule_in_force("signed.agreement")
        actions.change_rule(world.actor("bureau"), replace(rule, active=False, source="不该如此"))
        gate = queries.gate_of(world.actor("officer"), world.project(stage=Stage.INTENT), Stage.SIGNED)
        assert gate is not None and [m.field for m in gate.missing] == ["fair_competition"]

    def test_going_back_to_the_default_is_one_more_version(self, world: World) -> None:
        bureau, rule = world.actor("bureau"), rule_in_force("review.minutes")
        changed = actions.change_rule(bureau, replace(rule, bars=False, source="试行期"))
        actions.reset_rule(bureau, "review.minutes", changed.version, "试行结束")
        line = queries.gate_line("review.minutes")
        assert line.rule.same_as(rules.DEFAULT_OF["review.minutes"]) and not line.differs
        assert [h.rule.source for h in queries.gate_history("review.minutes")] == ["试行结束", "试行期"]
        with pytest.raises(RuleBroken):
            actions.reset_rule(bureau, "review.minutes", line.rule.version, "再来一次")

    def test_two_of_the_bureau_on_one_rule_the_second_looks_again(self, world: World) -> None:
        rule = rule_in_force("review.minutes")
        actions.change_rule(world.actor("bureau"), replace(rule, bars=False, source="试行期"))
        with pytest.raises(Stale):
            actions.change_rule(world.actor("bureau2"), replace(rule, active=False, source="不要了"))
        assert rule_in_force("review.minutes").active

    def test_of_two_in_one_moment_the_database_keeps_the_first(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Both have read the rule before either wrote, as two requests may on PostgreSQL."""
        line = queries.gate_line("review.minutes")
        monkeypatch.setattr(queries, "gate_line", lambda key: line)
        actions.change_rule(world.actor("bureau"), replace(line.rule, bars=False, source="试行期"))
        with pytest.raises(Stale), db.session.begin_nested():
            actions.change_rule(world.actor("bureau2"), replace(line.rule, active=False, source="不要了"))
        assert [h.by for h in queries.gate_history("review.minutes")] == ["周若岚"]

    @pytest.mark.parametrize("login", ["officer", "chief", "county", "leader"])
    def test_nobody_but_the_bureau_changes_it(self, world: World, login: str) -> None:
        rule = rule_in_force("review.minutes")
        with pytest.raises(Forbidden):
            actions.change_rule(world.actor(login), replace(rule, bars=False, source="试行期"))
        with pytest.raises(Forbidden):
            actions.add_rule(world.actor(login), replace(rule, source="试行期"))
        with pytest.raises(Forbidden):
            actions.reset_rule(world.actor(login), rule.key, 0, "试行期")

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"source": " "}, "source"),
            ({"source": "长" * 201}, "source"),
            ({"words": "长" * 201}, "words"),
            ({"stage": Stage.LEAD}, "stage"),
            ({"stage": Stage.SIGNED, "span": Span.TALKS}, "span"),
            ({"condition": "moon"}, "condition"),
            ({}, None),
        ],
    )
    def test_a_rule_that_makes_no_sense_is_refused_beside_its_field(
        self, world: World, change: dict[str, Any], field: str | None
    ) -> None:
        rule = replace(rule_in_force("review.minutes"), **({"source": "试行期"} | change))
        with pytest.raises(RuleBroken) as broken:
            actions.change_rule(world.actor("bureau"), rule)
        assert broken.value.field == field

    def test_an_unknown_rule_is_not_found(self, world: World) -> None:
        with pytest.raises(NotFound):
            queries.gate_line("no.such")
        made = actions.add_rule(
            world.actor("bureau"), Rule("", Stage.FILED, "field:node", source="产业链办意见")
        )
        with pytest.raises(NotFound):
            actions.reset_rule(world.actor("bureau"), made.key, made.version, "没有默认")


def test_a_gate_costs_a_fixed_number_of_statements(world: World, count_queries: Any) -> None:
    actor = world.actor("officer")

    def cost(stage: Stage) -> int:
        project = world.project(stage=Stage.FILED)
        for _ in range(3):
            give(world, project, "fact:visit")
            give(world, project, "file:minutes")
        with count_queries() as statements:
            queries.gate_of(actor, project, stage)
        return len(statements)

    costs = {stage: cost(stage) for stage in Stage if stage.order > Stage.FILED.order}
    assert len({costs[s] for s in costs if s in TALKING}) == 1
    assert max(costs.values()) <= 8, costs
