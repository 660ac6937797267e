"""Headers that every answer carries, and the session's life."""

from flask import Flask, Response, current_app, g, request

from crm.core import db, memo
from crm.web import requests

CSP = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'; worker-src 'self'; manifest-src 'self'"
)


HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
    "Cache-Control": "no-store",
}


def _headers(response: Response) -> Response:
    """What a view has set itself stays."""
    there = {name.lower() for name, _ in response.headers}
    if request.endpoint == "static":
        there.add("cache-control")
    response.headers.extend({name: value for name, value in HEADERS.items() if name.lower() not in there})
    return response


def _begin_reading() -> None:
    # SQLite transactions of a GET are deferred and may not write; see crm.core.db.
    memo.begin()
    view = current_app.view_functions.get(request.endpoint or "")
    only_reads = request.method in ("GET", "HEAD", "OPTIONS") or getattr(view, "only_reads", False)
    g.reading_token = db.reading.set(only_reads)


def _end_reading(_error: BaseException | None = None) -> None:
    memo.end()
    if token := g.pop("reading_token", None):
        db.reading.reset(token)


def install(app: Flask) -> None:
    """Before the features, whose addresses take their converters from here."""
    app.request_class = requests.LegibleRequest
    app.url_map.converters["int"] = requests.Id
    app.before_request(_begin_reading)
    app.teardown_request(_end_reading)
    app.after_request(_headers)
