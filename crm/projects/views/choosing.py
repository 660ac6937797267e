"""Choosing the columns of a list: one's own, kept per person and page."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts.actions import saved as preferences
from crm.accounts.queries import saved
from crm.core.actor import Actor
from crm.projects.rules.columns import Column, moved
from crm.projects.views import asked
from crm.web import edges, guard

#: Longer than all columns of a list together.
_LONGEST = 600


@dataclass(frozen=True, slots=True)
class Chooser:
    """`page` is the list's endpoint, `action` that of the form; `place` the list's word on the rail, `first` the heading
    that always stands first. `chosen` answers the known ones of some keys, else the product's own.
    """

    page: str
    action: str
    place: str
    first: str
    columns: Mapping[str, Column]
    groups: tuple[str, ...]
    chosen: Callable[[Iterable[str]], tuple[str, ...]]

    def in_sight(self, actor: Actor, address: str = "") -> tuple[str, ...]:
        """The columns an address names (a link somebody sent, a saved view), else one's own, else the product's."""
        return self.named(asked.parameters(address).get("cols", "")) or self.chosen(
            saved.preference(actor, self.page).columns
        )

    def named(self, cols: str) -> tuple[str, ...]:
        """The known columns of a parameter, each once."""
        return tuple(dict.fromkeys(key for key in cols[:_LONGEST].split(",") if key in self.columns))

    def choose(self) -> Any:
        """The form, an arrow pressed in it, or what was chosen kept: a page of its own, and what a list loads into its
        dialog. Afterwards one's own choice holds, neither what the address named nor the saved view that was open.
        """
        actor, back = guard.current(), edges.path_inside(request.values.get("back")) or url_for(self.page)
        act = request.form.get("act", "")
        if request.method == "POST" and act in ("save", "default"):
            preferences.choose_columns(actor, self.page, self._picked() if act == "save" else ())
            edges.commit()
            flash("列已改好。" if act == "save" else "列已恢复为默认。", "ok")
            return redirect(asked.without(back, "cols", "saved"), 303)
        picked = self._picked() if request.method == "POST" else self.in_sight(actor, back)
        return render_template(
            "projects/_columns.html" if edges.is_htmx() else "projects/columns.html",
            picked=[self.columns[key] for key in picked],
            others=[column for column in self.columns.values() if column.key not in picked],
            groups=self.groups,
            back=back,
            part=edges.is_htmx(),
            action=url_for(self.action),
            place=self.place,
            first=self.first,
        )

    def _picked(self) -> tuple[str, ...]:
        """The ticked columns in the order of the form; a pressed arrow moves one of them."""
        keys = [key for key in request.form.getlist("cols") if key in self.columns]
        move, _, key = request.form.get("move", "").partition(":")
        return moved(dict.fromkeys(keys), key, -1 if move == "up" else 1 if move == "down" else 0)
