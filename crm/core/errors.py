"""What can go wrong by the rules of the field, said in Chinese; edges turn these into answers."""

from collections.abc import Mapping, Sequence


class RuleBroken(Exception):
    """A rule refuses. `message` is Chinese and says what happened, then what to do; `field` is the form field it belongs to.

    `missing` carries what a gate still lacks (dicts with field, message, link); the API answers 422 with it.
    """

    def __init__(
        self, message: str, field: str | None = None, *, missing: Sequence[Mapping[str, str]] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.missing = tuple(missing)


class NotFound(Exception):
    """Does not exist, or is outside the actor's scope: the two are never told apart (404)."""


class Forbidden(Exception):
    """Visible, but this post may not do it (403)."""

    def __init__(self, message: str = "当前岗位没有这项权限。") -> None:
        super().__init__(message)
        self.message = message


class Conflict(Exception):
    """The state has moved on since the caller looked (409): somebody else recognised, completed or changed it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Stale(Exception):
    """The record was saved by somebody else since this form was opened (412 in the API, a page with both versions)."""

    def __init__(self, message: str = "这条记录刚被他人修改，请核对两个版本后再保存。") -> None:
        super().__init__(message)
        self.message = message
