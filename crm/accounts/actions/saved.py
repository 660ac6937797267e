"""Keeping a list under a name, and one's own columns of it. Nothing here commits."""

from collections.abc import Sequence

from crm.accounts.models import ListColumns, SavedView
from crm.accounts.queries import saved
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Forbidden, RuleBroken

#: Views of one list that one person keeps, and the longest address a view holds.
MOST, LONGEST = 40, 2000


def _name(actor: Actor, page: str, raw: str, own_id: int | None = None) -> str:
    name = " ".join(raw.split())
    if not name:
        raise RuleBroken("视图没有名字。请填写名字。", field="name")
    if len(name) > 40:
        raise RuleBroken("名字太长，最多40字。请写短一些。", field="name")
    if saved.named(actor, page, name) not in (None, own_id):
        raise RuleBroken("您已有同名的视图。请换一个名字，或先删除原来的。", field="name")
    return name


def _person(actor: Actor) -> int:
    if actor.user_id is None:
        raise Forbidden()
    return actor.user_id


def save_view(
    actor: Actor, page: str, name: str, query: str, columns: Sequence[str], *, shared: bool = False
) -> SavedView:
    """Keeps a list's address and columns. Refuses a name of one's own that is taken (field `name`)."""
    user_id = _person(actor)
    if len(query) > LONGEST:
        raise RuleBroken("筛选条件太长，不能存为视图。请去掉一些条件。", field="name")
    if saved.how_many(actor, page) >= MOST:
        raise RuleBroken(f"这个列表已存{MOST}个视图。请先删除不用的。", field="name")
    made = SavedView(
        user_id=user_id,
        zone_id=actor.zone_id,
        unit_id=actor.unit_id,
        page=page,
        name=_name(actor, page, name),
        query=query,
        columns=list(columns),
        shared=shared,
    )
    db.session.add(made)
    db.session.flush()
    return made


def edit_view(actor: Actor, view: SavedView, name: str, *, shared: bool) -> None:
    """Renames and shares. It is shared with the place of the post one acts for now."""
    view.name = _name(actor, view.page, name, view.id)
    if shared and not view.shared:
        view.zone_id, view.unit_id = actor.zone_id, actor.unit_id
    view.shared = shared
    db.session.flush()


def update_view(view: SavedView, query: str, columns: Sequence[str]) -> None:
    """The view holds from now on what the list shows."""
    view.query, view.columns = query[:LONGEST], list(columns)
    db.session.flush()


def delete_view(view: SavedView) -> None:
    db.session.delete(view)
    db.session.flush()


def _preference(actor: Actor, page: str) -> ListColumns:
    key = {"user_id": _person(actor), "page": page}
    found = db.session.get(ListColumns, key)
    if found is None:
        found = ListColumns(**key, columns=[])
        db.session.add(found)
    return found


def choose_columns(actor: Actor, page: str, columns: Sequence[str]) -> None:
    """`columns` are known to the list and in order; empty goes back to the product's own."""
    _preference(actor, page).columns = list(columns)
    db.session.flush()


def open_with(actor: Actor, page: str, view_id: int | None) -> None:
    """The view that the list opens with; None for the whole list. Refuses one that the actor may not open."""
    if view_id is not None and all(view.id != view_id for view in saved.views_of(actor, page)):
        raise RuleBroken("没有这个视图，可能已被删除。请刷新后重选。")
    _preference(actor, page).opens_with = view_id
    db.session.flush()
