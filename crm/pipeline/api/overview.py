"""The board and the map of what is stuck, as figures."""

from typing import Any

from crm.accounts.permissions import PROJECT_SEE
from crm.core import clock
from crm.pipeline.api import blp
from crm.pipeline.queries import slippage, stuck
from crm.pipeline.rules.slippage import Slippage
from crm.projects import queries as projects
from crm.projects.queries import Filter
from crm.projects.rules import Stage, Status
from crm.web import guard
from crm.web.api import amount_text


@blp.get("/pipeline")
@guard.requires(PROJECT_SEE)
def board() -> Any:
    """进行中项目按阶段的个数和总投资（万元；只报美元的另计，万美元）。"""
    summary = projects.stage_counts(guard.current(), Filter(status=Status.ACTIVE))
    found = [(stage, summary.of((stage,))) for stage in Stage]
    return {
        "stages": [
            {
                "stage": stage.value,
                "count": figures.count,
                "total_investment": amount_text(figures.wan),
                "total_investment_usd": amount_text(figures.usd),
            }
            for stage, figures in found
        ]
    }


@blp.get("/pipeline/stuck")
@guard.requires(PROJECT_SEE)
def stuck_map() -> Any:
    """进行中项目在各阶段、各级别的停留天数：个数、中位数、常规天数、超过常规的个数。"""
    cells, norms = stuck.grid(guard.current(), Filter(), clock.today()), stuck.norms()
    return {
        "cells": [
            {
                "stage": stage.value,
                "tier": tier.value if tier else None,
                "count": cell.count,
                "median_days": cell.median,
                "norm_days": norms.of(stage, tier),
                "over": cell.over,
            }
            for (stage, tier), cell in sorted(cells.items(), key=lambda item: item[0][0].order)
        ]
    }


@blp.get("/projects/<code>/slippage")
@guard.requires(PROJECT_SEE)
def slipped(code: str) -> Any:
    """推迟与调整：预计日期、金额和各分期的每次变动，新的在前；times、days 取推迟最久的那个日期。size 为天数或万元（万美元）。"""
    project = projects.find(guard.current(), code)
    found = slippage.of_many([project.id]).get(project.id, Slippage())
    return {
        "times": found.times,
        "days": found.days,
        "lines": list(found.lines),
        "steps": [
            {
                "field": step.field,
                "label": step.label,
                "before": step.before,
                "after": step.after,
                "size": f"{step.size:f}",
                "at": step.at.isoformat(),
                "by": step.by,
            }
            for step in found.steps
        ],
    }
