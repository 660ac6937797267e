"""The list of projects with the columns somebody chose, and its type-ahead."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app, jsonify, redirect, render_template, request, url_for

from crm.accounts.permissions import PROJECT_SEE, PROJECT_WRITE
from crm.core import clock, money
from crm.core.actor import Actor
from crm.pipeline.queries import lines
from crm.projects import queries
from crm.projects.queries import Filter, Row
from crm.projects.rules import (
    AFTER_SIGNING,
    CAPITAL_LABELS,
    SOURCE_LABELS,
    STATUS_LABELS,
    TALKING,
    Status,
    columns,
)
from crm.projects.views import asked, bp, narrowing
from crm.web import guard

#: Up to this many projects the lights are counted above the list.
_COUNTED = 2_000


@dataclass(frozen=True, slots=True)
class Shown:
    """A row as the template draws it."""

    line: lines.Line
    tier: str
    amount: str
    status: str
    done: int
    steps: int


def amount_words(row: Row) -> str:
    """亿元 as the heading says; a project that only states USD says so."""
    if row.total_investment is None and row.total_investment_usd is not None:
        return money.words(row.total_investment_usd, money.Currency.USD)
    return money.yi(row.total_investment)


def _bar(row: Row) -> tuple[int, int]:
    """How many blocks are full, of how many: six before signing, seven after."""
    talks = len(TALKING)
    return (row.stage.order, talks) if row.stage in TALKING else (row.stage.order - talks, len(AFTER_SIGNING))


def shown(line: lines.Line, tiers: dict[str, str]) -> Shown:
    row = line.row
    return Shown(
        line,
        tiers.get(row.tier.value, "") if row.tier else "",
        amount_words(row),
        "" if row.status is Status.ACTIVE else STATUS_LABELS[row.status],
        *_bar(row),
    )


def light_counts(actor: Actor, wanted: Filter, total: int, today: date) -> dict[str, int] | None:
    """How many of each light; None where one is asked for, where there are none, or too many to count while somebody waits."""
    if asked.light_asked():
        return None
    return lines.light_counts(actor, wanted, today) if 0 < total <= _COUNTED else None


def filter_form(offered: narrowing.Offers) -> dict[str, Any]:
    """What `projects/_filters.html` draws, the same on the three pages."""
    return {
        "chips": narrowing.chips(offered),
        "keep_filter": asked.kept(*asked.FILTERED, "saved"),
        "offered": offered,
        "zones": [(z.code, z.label) for z in offered.zones],
        "chains": [(c.id, c.label) for c in offered.chains],
        "owners": [("me", "我"), *((c.id, c.label) for c in offered.owners)],
        "statuses": STATUS_LABELS,
        "capitals": CAPITAL_LABELS,
        "sources": SOURCE_LABELS,
        "light_words": asked.LIGHTS,
        "slips": asked.SLIPS,
        "switch": narrowing.switch(),
        "page_url": url_for(asked.here(), saved="all"),
    }


@bp.get("/projects")
@guard.requires(PROJECT_SEE)
def index() -> Any:
    actor, today = guard.current(), clock.today()
    if place := narrowing.opening(actor):
        return redirect(place)
    wanted, window, sort = asked.filter_asked(actor, today), asked.window_asked(), asked.sort_asked()
    kept = narrowing.kept(actor)
    summary = queries.stage_counts(actor, wanted)
    total = summary.of(wanted.stages)
    page = queries.listed(actor, wanted, window, total.count, sort, lines.sorts(today))
    offered = narrowing.offers(actor, today)
    tiers = dict(offered.tiers)
    return render_template(
        "projects/index.html",
        page=page,
        rows=[shown(line, tiers) for line in lines.lines(actor, page.items, kept.columns, today)],
        columns=[columns.COLUMNS[key] for key in kept.columns],
        own_columns=kept.columns != columns.DEFAULT,
        width=-(-columns.width(kept.columns) // 100),
        kept=kept,
        total=total,
        total_usd=money.words(total.usd, money.Currency.USD) if total.usd else "",
        lights=light_counts(actor, wanted, total.count, today),
        segs=narrowing.segs(summary),
        import_url=url_for("imports.new", kind="projects")
        if "imports.new" in current_app.view_functions
        else None,
        sub=narrowing.words(wanted),
        sort=sort,
        sort_url=asked.sort_url,
        next_url=asked.url(after=page.next_token, page=window.page + 1) if page.next_token else None,
        first_url=asked.url() if window.page > 1 or window.after else None,
        export_columns=",".join(kept.columns),
        columns_url=url_for("projects.choose", back=request.full_path),
        colleagues=queries.colleagues(actor.zone_id, today) if actor.can(PROJECT_WRITE) else (),
        **filter_form(offered),
    )


@bp.get("/projects/lookup")
@guard.requires(PROJECT_SEE)
def lookup() -> Any:
    """What a type-ahead offers: [{id, label, note}]."""
    company = request.args.get("company", "")
    found = queries.lookup(
        guard.current(), request.args.get("q", "")[:100], int(company) if company.isdigit() else None
    )
    return jsonify(
        [
            {"id": p.id, "label": p.name, "note": " · ".join(w for w in (p.code, p.zone, p.investor) if w)}
            for p in found
        ]
    )
