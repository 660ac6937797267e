"""What every edge does the same way: commit once, turn a refusal into an error beside its field."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Response, flash, redirect, request
from flask_wtf import FlaskForm
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from wtforms import StringField, TextAreaField

from crm.core import phones
from crm.core.db import db
from crm.core.errors import RuleBroken, Stale
from crm.web import constraints

#: What a database says of a text or a number that its column does not hold: PostgreSQL in one way, SQLite in the other.
TOO_MUCH = (DataError, OverflowError)
TOO_MUCH_WORDS = "有一项文字太长或数字太大，没有保存。请缩短后再保存。"


def commit() -> None:
    """The one commit of a request. A lost race becomes Stale, a broken constraint its Chinese message."""
    try:
        db.session.commit()
    except StaleDataError as error:
        db.session.rollback()
        raise Stale() from error
    except IntegrityError as error:
        db.session.rollback()
        raise constraints.explain(error) from error
    except TOO_MUCH as error:
        db.session.rollback()
        raise RuleBroken(TOO_MUCH_WORDS) from error


def attempt(form: FlaskForm, act: Callable[[], Any]) -> bool:
    """Runs an action and commits. A broken rule rolls everything back and lands beside its field; then False."""
    try:
        act()
        commit()
    except RuleBroken as broken:
        db.session.rollback()
        put_error(form, broken)
        return False
    except StaleDataError as error:
        db.session.rollback()
        raise Stale() from error
    except IntegrityError as error:
        db.session.rollback()
        put_error(form, constraints.explain(error))
        return False
    except TOO_MUCH:
        db.session.rollback()
        put_error(form, RuleBroken(TOO_MUCH_WORDS))
        return False
    return True


def warn_of_numbers(*written: str | None) -> None:
    """Words are shown as they were written: says so where a telephone number stands in what was just saved."""
    for warning in phones.warnings(*written):
        flash(warning, "warn")


def words_of(form: FlaskForm) -> list[str]:
    """What was typed into a form in one's own words."""
    typed = (StringField, TextAreaField)
    return [str(field.data or "") for field in form if type(field) in typed]


def put_error(form: FlaskForm, broken: RuleBroken) -> None:
    field = getattr(form, broken.field, None) if broken.field else None
    if field is not None and hasattr(field, "errors"):
        field.errors = [*field.errors, broken.message]
    else:
        form.form_errors.append(broken.message)


def path_inside(target: str | None) -> str:
    """`target` if it is a path of this site, else "": an open redirect would lend our name to a stranger."""
    try:
        parts = urlsplit(target or "")
    except ValueError:
        return ""
    if not target or parts.scheme or parts.netloc or not target.startswith("/"):
        return ""
    # Browsers read a backslash as a slash and skip control characters.
    return "" if re.match(r"/[/\\]", target) or re.search(r"[\x00-\x1f]", target) else target


def go(target: str) -> Response:
    """After a change: the browser goes on to `target`, also where a script sent the form (flashes are read there)."""
    if is_htmx():
        return Response(status=204, headers={"HX-Redirect": target})
    return redirect(target, 303)  # type: ignore[return-value]


def is_htmx() -> bool:
    return request.headers.get("HX-Request") == "true"
