"""An act in words: the sentence of its code, the Chinese names of fields and values.

Features above may name values of their enums with `name_values`; a field or value nobody has named is shown as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.audit.codes import CODES
from crm.audit.rules.words import LABELS as LABELS
from crm.audit.rules.words import RESULTS as RESULTS
from crm.audit.rules.words import SUBJECTS as SUBJECTS

READ_VERB = "audit.read"
UNKNOWN = "—"
#: Looking is logged for the auditor; a record's own history tells what was done to it.
LOOKING = frozenset(
    {"company.checked", "contact.revealed", "attachment.viewed", "export.made", "offline.taken"}
)

#: "subject.field" or field → value → word; filled by `name_values`.
_VALUES: dict[str, dict[str, str]] = {}
_YES_NO = {"True": "是", "False": "否", "true": "是", "false": "否"}


def name_values(field: str, words: Mapping[Any, str]) -> None:
    """What the values of a field ("stage") or of one subject's field ("company.kind") are called."""
    _VALUES.setdefault(field, {}).update({str(value): word for value, word in words.items()})


@dataclass(frozen=True, slots=True)
class Change:
    """A field's Chinese name and its two values in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """One act as a history shows it."""

    id: int
    at: datetime
    who: str
    post: str
    sentence: str
    label: str
    note: str
    changes: tuple[Change, ...]


def sentence(code: str) -> str:
    return CODES.get(code, code)


def label_of(subject: str, field: str) -> str:
    return LABELS.get(f"{subject}.{field}") or LABELS.get(field) or field


def word_of(subject: str, field: str, value: Any) -> str:
    if value is None or value == "":
        return UNKNOWN
    known = _VALUES.get(f"{subject}.{field}") or _VALUES.get(field) or {}
    return known.get(str(value)) or _YES_NO.get(str(value)) or str(value)


def changes(subject: str, diff: Mapping[str, Any]) -> tuple[Change, ...]:
    """A stored diff ({field: [before, after]}) in words; anything of another shape is shown as its new value."""
    found = []
    for field, pair in (diff or {}).items():
        before, after = pair if isinstance(pair, list) and len(pair) == 2 else (None, pair)
        words = word_of(subject, field, before), word_of(subject, field, after)
        found.append(Change(label_of(subject, field), *words))
    return tuple(found)


def subject_word(subject: str) -> str:
    return SUBJECTS.get(subject, subject)


def post_words(post: str) -> str:
    """A post is stored as unit and role code, so that its words may change: "市开发区 officer" → "市开发区 招商专员"."""
    unit, _, role = post.rpartition(" ")
    known = _VALUES.get("role", {}).get(role or unit)
    return f"{unit} {known}".strip() if known else post
