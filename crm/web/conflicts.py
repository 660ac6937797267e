"""Two people edit one record: the form remembers the version it was opened at, and the later one sees both versions."""

from datetime import datetime

from flask import render_template, request
from wtforms import BooleanField, Field, HiddenField, SelectField

from crm.web.forms import Form


class VersionedForm(Form):
    """A form of a record that somebody else may be editing too; `obj=record` fills the version in."""

    version = HiddenField()


def stale(form: VersionedForm, current: int) -> bool:
    """True when a submitted form was opened before the record's present version."""
    return bool(form.is_submitted()) and str(form.version.data or "") != str(current)


def _shown(field: Field) -> str:
    if isinstance(field, BooleanField):
        return "是" if field.data else "否"
    if isinstance(field, SelectField):
        return next((str(c[1]) for c in field.iter_choices() if c[2]), "")
    return str(field._value()) if hasattr(field, "_value") else str(field.data or "")


def _pairs(mine: VersionedForm, theirs: VersionedForm) -> list[tuple[str, str, str, bool]]:
    found = []
    for field in mine:
        if isinstance(field, HiddenField) or field.short_name not in theirs:
            continue
        one, other = _shown(field), _shown(theirs[field.short_name])
        found.append((field.label.text, one, other, one != other))
    return found


def page(
    mine: VersionedForm,
    theirs: VersionedForm,
    *,
    record: str,
    version: int,
    record_url: str,
    them: str = "",
    at: datetime | None = None,
) -> tuple[str, int]:
    """Both versions side by side; `theirs` is the same form filled from the record as it stands now."""
    hidden = [
        (n, v) for n, v in request.form.items(multi=True) if n not in ("version", "csrf_token", "choice")
    ]
    return (
        render_template(
            "errors/conflict.html",
            record=record,
            them=them,
            at=at,
            fields=_pairs(mine, theirs),
            action=request.full_path.rstrip("?"),
            hidden=[*hidden, ("version", version)],
            record_url=record_url,
        ),
        409,
    )
