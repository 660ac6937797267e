"""Transfers: the list of those within reach, one of them with what its reader may do, and the sheet to print."""

from typing import Any

from flask import render_template, request, url_for

from crm.accounts import permissions as p
from crm.core import clock
from crm.core.actor import Actor
from crm.core.paging import Window
from crm.filings import queries
from crm.filings.forms import Reasoned
from crm.filings.forms.transfers import (
    SheetForm,
    TransferAnswerForm,
    TransferAssignForm,
    TransferOfferForm,
)
from crm.filings.queries import TransferFilter, TransferRow
from crm.filings.rules.transfers import TransferState
from crm.filings.views import bp, narrowing
from crm.projects import queries as projects
from crm.projects.rules import CREDIT_LABELS
from crm.web import guard

_PARTS = {
    "open": "办理中",
    "to_answer": "等本板块答复",
    "city": "等市里指派",
    "done": "已流转",
    "withdrawn": "已撤回",
}


def asked() -> TransferFilter:
    """What the list's address asks for; the export reads the same."""
    part = request.args.get("state", "")
    zone = narrowing.zone()
    return TransferFilter(
        part if part in (*_PARTS, "all") else "open", zone.id if zone else None, request.args.get("q", "")
    )


@bp.get("/filings/transfers")
@guard.requires(p.ASSIGN_SEE)
def transfers() -> Any:
    actor, today, wanted = guard.current(), clock.today(), asked()
    window = Window(after=request.args.get("after") or None, page=request.args.get("page", 1, type=int))
    page = queries.transfer_list(actor, wanted, window, today)
    parts = [name for name in _PARTS if name != ("to_answer" if actor.zone_id is None else "city")]
    counts = queries.transfer_counts(actor, parts, today)
    return render_template(
        "filings/transfers/index.html",
        page=page,
        part=wanted.part,
        today=today,
        filters=narrowing.chips("filings.transfers"),
        clear_url=url_for("filings.transfers", state=wanted.part),
        next_url=narrowing.url("filings.transfers", after=page.next_token) if page.next_token else None,
        zones=[(zone.code, zone.label) for zone in projects.all_zones()],
        tabs=[
            {"label": _PARTS[name], "url": narrowing.url("filings.transfers", state=name), "count": counts[name], "current": name == wanted.part}
            for name in parts
        ],
    )  # fmt: skip


@bp.get("/filings/transfers/<int:transfer_id>")
@guard.requires(p.ASSIGN_SEE)
def transfer(transfer_id: int) -> Any:
    return page(transfer_id)


def page(transfer_id: int, **refused: Any) -> str:
    """`refused` are forms that come back with their errors, by name."""
    actor, today = guard.current(), clock.today()
    row = queries.transfer_row(actor, transfer_id)
    may = _may(actor, row)
    return render_template(
        "filings/transfers/show.html",
        r=row,
        today=today,
        steps=_steps(row),
        shares=queries.shares_of_transfer(row.id),
        labels=CREDIT_LABELS,
        sheet=queries.sheet_of(row.project_id, row.sheet_id),
        forms=_forms(actor, row, may) | refused,
    )


def _steps(row: TransferRow) -> list[dict[str, Any]]:
    """Who was asked and what was said, the latest first, as `ui.timeline` draws it."""
    found: list[dict[str, Any]] = []
    for one in reversed(queries.offers_of(row.id)):
        said = one.answer.label if one.answer else "等指派"
        if one.answer is None and one.until is not None:
            said = "逾期未答复" if row.late(clock.today()) else f"请在 {one.until.isoformat()} 前答复"
        found.append(
            {
                "on": clock.local(one.answered_at or one.asked_at).date(),
                "title": f"{one.zone or '市商务局'}：{said}",
                "text": " ".join(words for words in (one.by, one.reason) if words),
                "big": not found,
            }
        )
    return found


def _may(actor: Actor, row: TransferRow) -> frozenset[str]:
    """Which verbs this page offers."""
    today, found = clock.today(), set()
    now = row.standing(today)
    if now is TransferState.WAITING and actor.can(p.ASSIGN) and actor.zone_id == row.to_zone_id:
        found.add("answer")
    own = row.proposed_by is not None and row.proposed_by == actor.user_id
    if now in (TransferState.CITY, TransferState.REFUSED) and actor.can(p.ZONE_ASSIGN) and not own:
        found.add("assign")
    writes = actor.can(p.FILING_WRITE)
    giver = writes and actor.zone_id in (None, row.from_zone_id)
    if giver and row.open:
        found |= {"withdraw"} | ({"offer"} if now is TransferState.REFUSED else set())
    if writes and row.state is TransferState.DONE and actor.zone_id in (None, row.to_zone_id):
        found.add("sheet")
    return frozenset(found)


def _forms(actor: Actor, row: TransferRow, may: frozenset[str]) -> dict[str, Any]:
    """Fresh ones, with what there is to choose from."""
    kinds: dict[str, Any] = {
        "answer": TransferAnswerForm,
        "assign": TransferAssignForm,
        "offer": TransferOfferForm,
        "withdraw": Reasoned,
        "sheet": SheetForm,
    }
    made = {
        name: kind(formdata=None, prefix=name, data={"version": row.version, "contact": actor.name})
        for name, kind in kinds.items()
        if name in may
    }
    for name, form in made.items():
        fill(name, form, row)
    return made


def fill(name: str, form: Any, row: TransferRow) -> None:
    if name == "answer":
        asked = row.to_zone_id
        form.offer_people(projects.colleagues(asked, clock.today()) if asked is not None else [])
    if name == "assign":
        form.offer(projects.all_zones(), row.from_zone_id)
    if name == "offer":
        form.offer(projects.all_zones(), [row.from_zone_id, *queries.refused_by(row.id)])


@bp.get("/filings/transfers/<int:transfer_id>/sheet")
@guard.requires(p.ASSIGN_SEE)
def transfer_sheet(transfer_id: int) -> Any:
    """流转确认单, to be printed, sealed by both zones and uploaded again."""
    row = queries.transfer_row(guard.current(), transfer_id)
    return render_template(
        "filings/transfers/sheet.html",
        r=row,
        today=clock.today(),
        shares=queries.shares_of_transfer(row.id),
        labels=CREDIT_LABELS,
    )
