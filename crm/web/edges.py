"""What every edge does the same way: commit once, turn a refusal into an error beside its field."""

from collections.abc import Callable
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from crm.core.db import db
from crm.core.errors import RuleBroken, Stale
from crm.web import constraints


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
    return True


def put_error(form: FlaskForm, broken: RuleBroken) -> None:
    field = getattr(form, broken.field, None) if broken.field else None
    if field is not None and hasattr(field, "errors"):
        field.errors = [*field.errors, broken.message]
    else:
        form.form_errors.append(broken.message)


def is_htmx() -> bool:
    return request.headers.get("HX-Request") == "true"
