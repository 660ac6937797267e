"""Addresses built once: a page asks for a hundred of them, most of them on every page alike."""

from collections.abc import Collection
from functools import lru_cache
from typing import Any

import flask
from flask import Flask, has_request_context, request

#: What makes an address depend on more than its endpoint, its values and where the product is mounted.
_ASIDE = frozenset({"_external", "_scheme"})
_KEPT = 8192


def url_for(endpoint: str, **values: Any) -> str:
    """As flask.url_for, remembered per application."""
    if not has_request_context() or endpoint.startswith(".") or not _ASIDE.isdisjoint(values):
        return flask.url_for(endpoint, **values)
    built = flask.current_app.extensions["addresses"]
    try:
        address: str = built(request.script_root, request.method, endpoint, **values)
    except TypeError:
        # A list among the values cannot be a key.
        return flask.url_for(endpoint, **values)
    return address


def narrowed(endpoint: str, kept: Collection[str], **changes: Any) -> str:
    """The list at `endpoint` as this page's address narrows it (`kept` are its filters), with some changed; None takes
    a filter away. Paging starts again."""
    now = {name: value for name, value in request.args.items() if name in kept}
    return url_for(endpoint, **{name: value for name, value in (now | changes).items() if value})


def install(app: Flask) -> None:
    # Typed, because 1 and True are one key but two addresses.
    @lru_cache(_KEPT, typed=True)
    def built(_root: str, _method: str, _endpoint: str, **values: Any) -> str:
        return flask.url_for(_endpoint, **values)

    app.extensions["addresses"] = built
    app.jinja_env.globals["url_for"] = url_for
