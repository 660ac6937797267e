"""A duty in the words that may leave the house."""

from collections.abc import Iterable

from crm.core.phones import mask_within
from crm.followups.rules import HIDDEN_WHAT


def outside(code: str | None, what: str, secret: bool, names: Iterable[str] = ()) -> str:
    """The project's code and the purpose, without the company's `names` and without numbers; of a secret one nothing."""
    if secret:
        return HIDDEN_WHAT
    for name in sorted(names, key=len, reverse=True):
        what = what.replace(name, "企业")
    return " ".join(part for part in (code, mask_within(what)) if part)
