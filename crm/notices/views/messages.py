"""The page of one's messages."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.core import clock
from crm.core.paging import Window
from crm.notices import actions, queries
from crm.notices.views import bp
from crm.web import edges, guard


@bp.get("/notices")
@guard.signed_in
def index() -> Any:
    actor = guard.current()
    window = Window(after=request.args.get("after"), page=request.args.get("page", 1, type=int))
    page = queries.index(actor, window)
    following = None
    if page.next_token:
        following = url_for("notices.index", after=page.next_token, page=window.page + 1)
    return render_template(
        "notices/index.html", page=page, next_url=following, unread_count=queries.unread(actor)
    )


@bp.post("/notices/<int:notice_id>/read")
@guard.signed_in
def read(notice_id: int) -> Any:
    """Marks a message as read and goes where it leads."""
    notice = actions.read(guard.current(), notice_id, clock.now())
    target = edges.path_inside(notice.url)
    edges.commit()
    return redirect(target or url_for("notices.index"), 303)


@bp.post("/notices/read")
@guard.signed_in
def read_all() -> Any:
    actions.read_all(guard.current(), clock.now())
    edges.commit()
    flash("消息已全部标为已读。", "ok")
    return redirect(url_for("notices.index"), 303)
