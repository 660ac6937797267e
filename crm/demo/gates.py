"""The gate table as a bureau that has worked with it for a while: two rules changed, none that bars what the default lets pass."""

from dataclasses import replace
from datetime import date

from crm.accounts import queries as accounts
from crm.pipeline import actions, queries
from crm.pipeline.rules import Rule, Span
from crm.projects.rules import Stage, Tier


def write(today: date) -> None:
    bureau = accounts.actor_by_login("bureau", today)
    colleague = accounts.actor_by_login("bureau2", today)
    if bureau is None or colleague is None:
        return
    leader = queries.gate_line("in_depth.leader").rule
    reason = f"{today.year}年市招商引资工作领导小组第一次会议：10亿元以上项目也明确挂钩领导"
    actions.change_rule(bureau, replace(leader, tiers=(Tier.T100, Tier.T50, Tier.T10), source=reason))
    wanted = Rule(
        "",
        Stage.PRELIMINARY,
        "field:node",
        Span.TALKS,
        bars=False,
        words="便于对照产业链空白环节",
        source="市产业链办公室意见",
    )
    actions.add_rule(colleague, wanted)
