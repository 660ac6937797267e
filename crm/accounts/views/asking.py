"""Acts on a post that need a reason: one page asks for it, the same page takes it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template

from crm.accounts import queries
from crm.accounts.forms import ReasonForm
from crm.accounts.models import Post
from crm.core import clock
from crm.core.errors import NotFound
from crm.web import edges


@dataclass(frozen=True, slots=True)
class Ask:
    """`title` names the act, `words` say what follows from it, `done` is said afterwards."""

    title: str
    words: str
    done: str
    back: str
    back_label: str


def post_or_404(post_id: int) -> Post:
    found = queries.post(post_id)
    if found is None:
        raise NotFound()
    return found


def reason(ask: Ask, post: Post, act: Callable[[str], None]) -> Any:
    """Shows the page, or runs `act` with the reason and leads back."""
    form = ReasonForm()
    if form.validate_on_submit() and edges.attempt(form, lambda: act(str(form.reason.data))):
        flash(ask.done, "ok")
        return redirect(ask.back)
    line = next(p for p in queries.lines_of(post.user_id, clock.today()) if p.id == post.id)
    page = render_template("accounts/reason.html", form=form, ask=ask, line=line)
    return page, 422 if form.is_submitted() else 200
