"""One act on many ticked rows: each is done or refused by itself, and every refusal says whose and why."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask import flash, request

from crm.core.db import db
from crm.core.errors import Conflict, Forbidden, RuleBroken
from crm.web import edges

Row = TypeVar("Row")

_MOST = 200


def ticked() -> list[int]:
    """Ids of the rows that were ticked."""
    return [int(raw) for raw in request.form.getlist("ids") if raw.isdecimal() and len(raw) < 10][:_MOST]


def each(
    rows: Sequence[Row], name_of: Callable[[Row], str], act: Callable[[Row], Any]
) -> dict[str, list[str]]:
    """Does the act to each row and commits; the refusals with the names of whom they keep out."""
    refused: dict[str, list[str]] = {}
    for row in rows:
        name = name_of(row)
        try:
            with db.session.begin_nested():
                act(row)
        except (RuleBroken, Forbidden, Conflict) as broken:
            refused.setdefault(broken.message, []).append(name)
    edges.commit()
    return refused


def tell(found: int, refused: dict[str, list[str]], asked_for: int, things: str) -> None:
    """`things` are what the rows are, with their unit: 个项目, 家企业."""
    unit = things[0]
    done = found - sum(map(len, refused.values()))
    if done:
        flash(f"已处理 {done} {things}。", "ok")
    for message, names in refused.items():
        some = "、".join(names[:5]) + (f"等 {len(names)} {unit}" if len(names) > 5 else "")
        flash(f"{some}没有改：{message}", "warn")
    if asked_for > found:
        flash(f"另有 {asked_for - found} {things}当前岗位不能办理，没有改。", "warn")
