"""Saved views of lists: keeping one, renaming, sharing, deleting, and choosing what a list opens with."""

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import flash, redirect, render_template, request, url_for

from crm.accounts.actions import saved as actions
from crm.accounts.queries import saved as queries
from crm.accounts.views import bp
from crm.core.actor import Actor
from crm.core.errors import NotFound, RuleBroken
from crm.web import edges, guard

#: Lists whose views are kept: endpoint → what the page calls it.
PAGES = {"projects.index": "项目", "pipeline.board": "看板", "pipeline.stuck": "卡点"}
#: Of an address that is kept: where one was in the list, and what only this request meant.
_PASSING = frozenset({"after", "page", "saved", "cols", "csrf_token", "at"})


def _page() -> str:
    page = request.values.get("page", "projects.index")
    if page not in PAGES:
        raise NotFound()
    return page


def _query() -> str:
    """The address as sent, reduced to plain names with values: it comes back as a link of our own."""
    pairs = parse_qsl(request.form.get("query", "")[:4000])
    return urlencode([(k, v) for k, v in pairs if re.fullmatch(r"[a-z_]{1,20}", k) and k not in _PASSING])


def _columns() -> list[str]:
    keys = request.form.get("columns", "")[:600].split(",")
    return [key for key in keys if re.fullmatch(r"[a-z_]{1,30}", key)][:40]


def _to(page: str, view_id: int | None, query: str, columns: list[str]) -> Any:
    """Back to the list as it was, now under its name."""
    address: dict[str, Any] = dict(parse_qsl(query))
    if columns and page == "projects.index":
        address["cols"] = ",".join(columns)
    return redirect(url_for(page, **address, saved=view_id or "all"), 303)


@bp.get("/views")
@guard.signed_in
def views() -> Any:
    """?page=…: one's own views of a list, and those shared with one."""
    actor, page = guard.current(), _page()
    return render_template(
        "accounts/views.html",
        page=page,
        title=PAGES[page],
        views=queries.views_of(actor, page),
        opens_with=queries.preference(actor, page).opens_with,
        list_url=url_for(page, saved="all"),
        address=lambda view: url_for(page, **_address(view)),
    )


def _address(view: queries.ViewRow) -> dict[str, Any]:
    address: dict[str, Any] = dict(parse_qsl(view.query))
    if view.columns and request.args.get("page") == "projects.index":
        address["cols"] = ",".join(view.columns)
    return address | {"saved": view.id}


@bp.post("/views")
@guard.signed_in
def save_view() -> Any:
    actor, page, query, columns = guard.current(), _page(), _query(), _columns()
    try:
        shared = request.form.get("shared") == "1"
        made = actions.save_view(actor, page, request.form.get("name", ""), query, columns, shared=shared)
        edges.commit()
    except RuleBroken as broken:
        flash(f"视图没有保存。{broken.message}", "bad")
        return _to(page, None, query, columns)
    flash(f"已存为视图“{made.name}”。", "ok")
    return _to(page, made.id, query, columns)


@bp.post("/views/<int:view_id>/update")
@guard.signed_in
def update_view(view_id: int) -> Any:
    """The view keeps from now on what the list shows."""
    view, query, columns = queries.own_view(guard.current(), view_id), _query(), _columns()
    actions.update_view(view, query, columns)
    edges.commit()
    flash(f"视图“{view.name}”已更新。", "ok")
    return _to(view.page, view.id, query, columns)


@bp.post("/views/<int:view_id>")
@guard.signed_in
def edit_view(view_id: int) -> Any:
    """Renames and shares, or deletes."""
    actor = guard.current()
    view = queries.own_view(actor, view_id)
    page, name = view.page, view.name
    try:
        flash(_edited(actor, view), "ok")
        edges.commit()
    except RuleBroken as broken:
        flash(f"视图“{name}”没有改。{broken.message}", "bad")
    return redirect(url_for("accounts.views", page=page), 303)


def _edited(actor: Actor, view: Any) -> str:
    name = view.name
    if request.form.get("act") == "delete":
        actions.delete_view(view)
        return f"视图“{name}”已删除。"
    actions.edit_view(actor, view, request.form.get("name", ""), shared=request.form.get("shared") == "1")
    return f"视图“{view.name}”已保存。"


@bp.post("/views/open-with")
@guard.signed_in
def open_with() -> Any:
    """What the list opens with; no view means the whole list."""
    actor, page, raw = guard.current(), _page(), request.form.get("view", "")
    try:
        actions.open_with(actor, page, int(raw) if raw.isdecimal() and len(raw) < 10 else None)
        edges.commit()
        flash("已改好，下次打开就是它。", "ok")
    except RuleBroken as broken:
        flash(broken.message, "bad")
    return redirect(url_for("accounts.views", page=page), 303)
