"""Two entries that are one company: choose, compare, merge, look back, take back."""

from collections.abc import Iterable
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts import permissions
from crm.companies import actions, queries, rules
from crm.companies.forms import MergeForm, OtherForm
from crm.companies.models import Company
from crm.companies.naming import Wanted
from crm.companies.rules import FACT_LABELS, KIND_LABELS
from crm.companies.views import bp
from crm.core import clock
from crm.core.actor import Actor
from crm.core.errors import Conflict, NotFound
from crm.core.paging import Window
from crm.web import edges, filters, guard


def _seen(kept: Company, gone: Company) -> str:
    return f"{kept.id}.{kept.version}-{gone.id}.{gone.version}"


def _other(actor: Actor) -> Company | None:
    """The second entry of the address: chosen from the list, or the one that has the very name typed."""
    number, name = request.values.get("other_id", type=int), request.values.get("other", "").strip()[:200]
    if number is None and name:
        number = queries.match_many([Wanted(name)]).get(0)
    try:
        return queries.entry(actor, number) if number is not None else None
    except NotFound:
        return None


def _pair(actor: Actor, company_id: int) -> tuple[Company, Company | None]:
    """(this one, the other); an entry that is merged already leads on to the one that has it."""
    return queries.find(actor, company_id), _other(actor)


@bp.get("/companies/<int:company_id>/merge")
@guard.requires(permissions.COMPANY_MERGE)
def merge(company_id: int) -> Any:
    company, other = _pair(guard.current(), company_id)
    if other is None:
        return _choose(company, asked="other" in request.args)
    this_stays = request.args.get("keep") != "other"
    kept, gone = (company, other) if this_stays else (other, company)
    return _preview(company, kept, gone, MergeForm(formdata=None, seen=_seen(kept, gone)))


def _choose(company: Company, *, asked: bool) -> str:
    form = OtherForm(request.args, meta={"csrf": False})
    if asked:
        written = str(form.other.data or "").strip()
        form.other.errors = [f"没有找到“{written}”，请从列表里选。" if written else "请选另一家企业。"]
    return render_template(
        "companies/merge_choose.html",
        company=company,
        form=form,
        suspects=queries.possible_duplicates(company.name, other_than=company.id),
    )


def _preview(company: Company, kept: Company, gone: Company, form: MergeForm) -> str:
    against = [words for _, words in queries.objections(kept, gone)]
    loads = [] if kept.id == gone.id else queries.loads(gone.id, kept.id)
    return render_template(
        "companies/merge.html",
        company=company,
        kept=kept,
        gone=gone,
        form=form,
        against=against,
        facts=_facts(kept, gone),
        loads=loads,
        filing_zones=[] if against else _filing_zones([*loads, *queries.loads(kept.id, gone.id)]),
    )


def _filing_zones(loads: Iterable[queries.Load]) -> list[str]:
    """The zones that have filed either entry, where they are several: they will have filed one investor."""
    label = rules.moved_label("filings")
    zones = sorted({load.zone for load in loads if load.label == label and load.zone})
    return zones if len(zones) > 1 else []


def _again(actor: Actor, company: Company, kept: Company, gone: Company, form: MergeForm) -> str:
    """The preview after a refusal, read anew: what was loaded went with the transaction."""
    return _preview(company, queries.entry(actor, kept.id), queries.entry(actor, gone.id), form)


def _facts(kept: Company, gone: Company) -> list[dict[str, Any]]:
    """Both entries line by line; `state` is filled, differs or "" and `mine` already has what is filled in."""
    shown = {name: (getattr(kept, name), getattr(gone, name)) for name in FACT_LABELS}
    filled = rules.taken_over({k: v[0] for k, v in shown.items()}, {k: v[1] for k, v in shown.items()})
    parents = queries.names(filter(None, (kept.parent_id, gone.parent_id)))
    lines = []
    for name, (mine, theirs) in shown.items():
        if mine in (None, "") and theirs in (None, ""):
            continue
        state = (
            "filled" if name in filled else "differs" if mine != theirs and theirs not in (None, "") else ""
        )
        words = [_words(name, value, parents) for value in (filled.get(name, mine), theirs)]
        lines.append({"label": FACT_LABELS[name], "mine": words[0], "theirs": words[1], "state": state})
    return lines


def _words(name: str, value: Any, parents: dict[int, str]) -> str:
    if value in (None, ""):
        return ""
    if name == "kind":
        return KIND_LABELS[value]
    if name == "parent_id":
        return parents.get(value, "")
    if name == "registered_capital":
        return filters.wan(value)
    return filters.day(value) if name == "founded_on" else str(value)


@bp.post("/companies/<int:company_id>/merge")
@guard.requires(permissions.COMPANY_MERGE)
def do_merge(company_id: int) -> Any:
    actor, form = guard.current(), MergeForm()
    company, other = _pair(actor, company_id)
    if other is None:
        return _choose(company, asked=True), 422
    kept, gone = (company, other) if request.form.get("keep") != "other" else (other, company)
    if form.seen.data != _seen(kept, gone):
        form.seen.data = _seen(kept, gone)
        form.form_errors.append("您看过之后，这两家的档案有了变化。请再核对一遍，然后合并。")
        return _preview(company, kept, gone, form), 409
    done: list[int] = []

    def act() -> None:
        done.append(actions.merge(actor, kept, gone, str(form.reason.data or ""), clock.now()).id)

    try:
        saved = form.validate_on_submit() and edges.attempt(form, act)
    except Conflict as refused:
        form.form_errors.append(refused.message)
        return _again(actor, company, kept, gone, form), 409
    if saved:
        flash("已合并。合并有误的，在这里撤销。", "ok")
        return redirect(url_for("companies.merged", merge_id=done[0]), 303)
    return _again(actor, company, kept, gone, form), 422


@bp.get("/companies/merges")
@guard.requires(permissions.COMPANY_MERGE)
def merges() -> Any:
    number = max(request.args.get("page", 1, type=int), 1)
    page = queries.merge_page(Window(after=request.args.get("after") or None, page=number))
    following = (
        url_for("companies.merges", after=page.next_token, page=number + 1) if page.next_token else None
    )
    return render_template(
        "companies/merges.html",
        page=page,
        next_url=following,
        first_url=url_for("companies.merges") if number > 1 else None,
    )


@bp.get("/companies/merges/<int:merge_id>")
@guard.requires(permissions.COMPANY_MERGE)
def merged(merge_id: int) -> Any:
    found = queries.merge(merge_id)
    row = queries.merge_row(found.id)
    filled = [FACT_LABELS[name] for name in found.filled]
    return render_template(
        "companies/merged.html", row=row, moved=queries.what_moved(found.moved), filled=filled
    )


@bp.post("/companies/merges/<int:merge_id>/undo")
@guard.requires(permissions.COMPANY_MERGE)
def undo_merge(merge_id: int) -> Any:
    actor = guard.current()
    found = queries.merge(merge_id)
    try:
        undone = actions.undo_merge(actor, found, clock.now())
        edges.commit()
    except Conflict as refused:
        flash(refused.message, "bad")
        return redirect(url_for("companies.merged", merge_id=merge_id), 303)
    left = "、".join(f"{word} {count} 条" for word, count in undone.left.items())
    flash("已撤销合并，两家各自恢复。", "ok")
    if left:
        flash(f"合并后有人改过的没有移回，留在保留的企业：{left}。请打开核对。", "warn")
    return redirect(url_for("companies.merged", merge_id=merge_id), 303)
