"""日历订阅: the page of one's own feed, and the feed itself."""

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for

from crm.accounts.permissions import PROJECT_SEE
from crm.accounts.session import demo_allowed
from crm.core import clock
from crm.followups import actions, queries, shapes
from crm.followups.views import bp
from crm.settings import queries as settings
from crm.web import edges, guard


@bp.get("/calendar/feed")
@guard.requires(PROJECT_SEE)
def feed() -> Any:
    return _page("")


def _page(address: str) -> str:
    """`address` is shown once, right after it was made."""
    return render_template(
        "followups/feed.html",
        feed=queries.feed_of(guard.current()),
        address=address,
        hourly=settings.value("calendar_feed_hourly"),
    )


@bp.post("/calendar/feed/new")
@guard.requires(PROJECT_SEE)
def make_feed() -> Any:
    """A new address; an earlier one stops answering."""
    secret = actions.make_feed(guard.current(), clock.now())
    edges.commit()
    return _page(url_for("followups.feed_file", secret=secret, _external=True))


@bp.post("/calendar/feed/revoke")
@guard.requires(PROJECT_SEE)
def revoke_feed() -> Any:
    actions.revoke_feed(guard.current(), clock.now())
    edges.commit()
    flash("日历订阅已撤销，原来的地址不再可用。", "ok")
    return redirect(url_for("followups.feed"), 303)


def _refused(status: int, words: str) -> Response:
    # Calendars read no pages: one plain line is all that is of use.
    return Response(words, status, mimetype="text/plain")


@bp.get("/calendar/feed/<secret>.ics")
@guard.public
def feed_file(secret: str) -> Response:
    """What the feed's owner may see today; 410 once it was revoked or his post has ended, 429 when read too often."""
    found = queries.feed_by_hash(actions.hash_of(secret))
    if found is None:
        return _refused(404, "没有这个订阅地址。")
    today, now = clock.today(), clock.now()
    actor = queries.actor_of_feed(found, request.remote_addr or "", today, demo=demo_allowed())
    if actor is None:
        return _refused(410, "这个订阅已经失效。请登录后重新建立。")
    reading = actions.read_feed(actor, found.id, now, settings.value("calendar_feed_hourly"))
    if not reading.allowed:
        answer = _refused(429, "读取太频繁，请稍后再试。")
        answer.headers["Retry-After"] = str(max(1, int((reading.again_at - now).total_seconds())))
        return answer
    answer = Response(shapes.ics(queries.feed_rows(actor, today)), mimetype="text/calendar")
    answer.headers["Content-Disposition"] = "inline; filename=calendar.ics"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
