"""Every route states who may call it; the app refuses to start otherwise."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, g, redirect, request, url_for
from werkzeug.exceptions import Unauthorized

from crm.core.actor import Actor
from crm.core.errors import Forbidden

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = "public"
SIGNED_IN = "signed_in"


def current() -> Actor:
    """The actor of this request. Set by `accounts` before the view runs; asking without one is a 401."""
    actor: Actor | None = g.get("actor")
    if actor is None:
        raise Unauthorized()
    return actor


def optional() -> Actor | None:
    actor: Actor | None = g.get("actor")
    return actor


def public(view: View) -> View:
    """Anybody may call this route."""
    view.access = (PUBLIC,)  # type: ignore[attr-defined]
    return view


def _wants_page() -> bool:
    return not request.path.startswith("/api/")


def _guarded(view: View, access: tuple[str, ...], check: Callable[[Actor], None]) -> View:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        actor = optional()
        if actor is None:
            if _wants_page():
                back = request.full_path.rstrip("?") if request.method == "GET" else None
                return redirect(url_for("accounts.login", next=back))
            raise Unauthorized()
        check(actor)
        return view(*args, **kwargs)

    guarded.access = access  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]


def only_reads(view: View) -> View:
    """This route changes nothing even where it is called by POST (a question that stands in no address)."""
    view.only_reads = True  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Any signed-in person may call this route (one's own account, help)."""
    return _guarded(view, (SIGNED_IN,), lambda actor: None)


def requires(*verbs: str) -> Callable[[View], View]:
    """The post must hold one of these verbs; how far it reaches is decided by the query behind the view."""

    def check(actor: Actor) -> None:
        if not any(actor.can(verb) for verb in verbs):
            raise Forbidden()
        if actor.read_only and request.method not in ("GET", "HEAD", "OPTIONS"):
            raise Forbidden("这个令牌只能读取，不能写入。")

    return lambda view: _guarded(view, verbs, check)


#: Endpoints of Flask and its extensions that carry no business.
_FREE = frozenset({"static"})


def unguarded(app: Flask) -> Iterable[str]:
    """Endpoints that state no access."""
    return sorted(
        name
        for name, view in app.view_functions.items()
        if name not in _FREE and not getattr(view, "access", None)
    )


def refuse_unguarded(app: Flask) -> None:
    if bare := list(unguarded(app)):
        raise RuntimeError(f"routes without a stated permission: {', '.join(bare)}")
