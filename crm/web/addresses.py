"""Addresses built once: a page asks for a hundred of them, most of them on every page alike."""

from collections.abc import Callable, Collection, Hashable
from functools import lru_cache, wraps
from typing import Any, TypeVar

import flask
from flask import Flask, has_request_context, request

#: What makes an address depend on more than its endpoint, its values and where the product is mounted.
_ASIDE = frozenset({"_external", "_scheme"})
_KEPT = 8192
#: Anybody may send a method of his own invention, and nothing is kept for that.
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


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


Made = TypeVar("Made")


def lasting(make: Callable[..., Made]) -> Callable[..., Made]:
    """For what is made of addresses and of nothing else that changes while the process runs: made once per application.

    Where the product is mounted and the method asked choose an address, as in `url_for`.
    """

    @wraps(make)
    def found(*values: Hashable) -> Made:
        if request.method not in _METHODS or flask.current_app.debug:
            return make(*values)
        kept = flask.current_app.extensions["lasting"]
        key = (make, request.script_root, request.method, values)
        if key not in kept:
            kept[key] = make(*values)
        made: Made = kept[key]
        return made

    return found


@lasting
def constant(template: str, macro: str) -> Any:
    """What a macro without parameters draws, the same on every page."""
    return getattr(flask.current_app.jinja_env.get_template(template).module, macro)()


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
    app.extensions["lasting"] = {}
    app.jinja_env.globals["url_for"] = url_for
    app.jinja_env.globals["constant"] = constant
