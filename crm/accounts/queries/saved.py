"""Lists as people keep them: saved views, chosen columns, and the view a list opens with."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from crm.accounts.models import ListColumns, SavedView, User
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import NotFound


@dataclass(frozen=True, slots=True)
class ViewRow:
    """A saved view as its list offers it. `owner` is who saved it, `mine` whether that is the reader."""

    id: int
    version: int
    name: str
    query: str
    columns: tuple[str, ...]
    shared: bool
    mine: bool
    owner: str


@dataclass(frozen=True, slots=True)
class Preference:
    """`columns` empty: nobody chose any. `opens_with`: the view shown where the address asks for nothing."""

    columns: tuple[str, ...] = ()
    opens_with: int | None = None


def _with_us(actor: Actor) -> ColumnElement[bool]:
    """Shared by somebody of the same zone; where the post has no zone, of the same unit."""
    if actor.zone_id is not None:
        place = SavedView.zone_id == actor.zone_id
    elif actor.unit_id is not None:
        place = and_(SavedView.zone_id.is_(None), SavedView.unit_id == actor.unit_id)
    else:
        return false()
    return and_(SavedView.shared, place)


def views_of(actor: Actor, page: str) -> Sequence[ViewRow]:
    """The views of one list that the actor may open: his own first, each part by name. One statement."""
    mine = SavedView.user_id == actor.user_id
    rows = db.session.execute(
        select(
            SavedView.id,
            SavedView.version,
            SavedView.name,
            SavedView.query,
            SavedView.columns,
            SavedView.shared,
            SavedView.user_id,
            User.name,
        )
        .join(User, User.id == SavedView.user_id)
        .where(SavedView.page == page, or_(mine, _with_us(actor)))
        .order_by(SavedView.name, SavedView.id)
    )
    found = [
        ViewRow(r[0], r[1], r[2], r[3], tuple(r[4] or ()), r[5], r[6] == actor.user_id, r[7]) for r in rows
    ]
    return sorted(found, key=lambda view: not view.mine)


def own_view(actor: Actor, view_id: int) -> SavedView:
    """One's own view; NotFound for everybody else's, shared or not."""
    found = db.session.scalar(
        select(SavedView).where(SavedView.id == view_id, SavedView.user_id == actor.user_id)
    )
    if found is None:
        raise NotFound()
    return found


def named(actor: Actor, page: str, name: str) -> int | None:
    """The id of one's own view of that name."""
    return db.session.scalar(
        select(SavedView.id).where(
            SavedView.user_id == actor.user_id, SavedView.page == page, SavedView.name == name
        )
    )


def how_many(actor: Actor, page: str) -> int:
    return (
        db.session.scalar(
            select(func.count()).where(SavedView.user_id == actor.user_id, SavedView.page == page)
        )
        or 0
    )


def preference(actor: Actor, page: str) -> Preference:
    row = db.session.execute(
        select(ListColumns.columns, ListColumns.opens_with).where(
            ListColumns.user_id == actor.user_id, ListColumns.page == page
        )
    ).one_or_none()
    return Preference(tuple(row.columns or ()), row.opens_with) if row else Preference()
