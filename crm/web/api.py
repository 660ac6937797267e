"""The API's common ground: OpenAPI 3.1, paging, versions, exact amounts."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from flask import Flask, request, url_for
from flask_smorest import Api, Blueprint
from marshmallow import EXCLUDE, Schema, ValidationError, fields, pre_load, validate
from werkzeug.datastructures import FileStorage

from crm.core import lengths, phones
from crm.core.errors import RuleBroken, Stale
from crm.core.paging import MOST_PER_PAGE, PER_PAGE, Page, Window
from crm.web import guard, refusals, requests

PREFIX = "/api/v1"

refusals.speak()

Code = TypeVar("Code", bound=StrEnum)


class _Api(Api):
    """Errors are answered by crm.web.errors for pages and API alike."""

    def _register_error_handlers(self) -> None:
        pass


def blueprint(name: str, description: str) -> Blueprint:
    """A feature's part of the API; every operation on it carries @guard.requires."""
    return Blueprint(f"api_{name}", __name__, description=description)


def install(app: Flask, blueprints: Sequence[Blueprint]) -> None:
    app.config.update(
        API_TITLE="招商引资 CRM",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=PREFIX,
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
            "security": [{"bearer": []}],
        },
    )
    api = _Api(app)
    for blp in blueprints:
        api.register_blueprint(blp, url_prefix=PREFIX)
        # Bearer tokens need no CSRF token; a session's writes are checked in crm.accounts.session.
        app.extensions["csrf"].exempt(blp)
    document = app.view_functions["api-docs.openapi_json"]

    def openapi(**kwargs: Any) -> Any:
        return document(**kwargs)

    app.view_functions["api-docs.openapi_json"] = guard.public(openapi)


def _legible(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_legible, value))
    return not isinstance(value, str) or requests.legible(value)


class In(Schema):
    """What a caller sends; unknown fields are refused by name, and so are characters that no database keeps."""

    error_messages = refusals.BODY

    @pre_load
    def _legible(self, data: Any, **kwargs: Any) -> Any:
        unkept = (
            [name for name, value in data.items() if not _legible(value)] if isinstance(data, dict) else []
        )
        if unkept:
            raise ValidationError({key: ["含有不能保存的控制字符。请删去后重发。"] for key in unkept})
        return data


class ListArgs(Schema):
    """Query of every list."""

    class Meta:
        unknown = EXCLUDE

    q = fields.String(load_default="")
    sort = fields.String(load_default="")
    per_page = fields.Integer(load_default=PER_PAGE, validate=validate.Range(1, MOST_PER_PAGE))
    page = fields.Integer(load_default=1, validate=validate.Range(1, 100))
    after = fields.String(load_default=None, allow_none=True)


class Wan(fields.Field[Decimal]):
    """An exact amount as a decimal string (万元, 万美元 or 亩)."""

    def _serialize(self, value: Decimal | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else f"{value.normalize():f}"

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Decimal:
        try:
            amount = Decimal(str(value))
        except ArithmeticError as error:
            raise ValidationError('不是数字。金额请写成字符串，如 "1200000"。') from error
        if not amount.is_finite() or amount < 0:
            raise ValidationError("金额不能为负。")
        if amount >= Decimal("1e12") or amount != amount.quantize(Decimal("0.000001")):
            raise ValidationError("金额超出范围或小数超过 6 位。")
        return amount


def at_most(most: int) -> Callable[[str], None]:
    """The validator of a text that may have `most` characters."""

    def check(value: str) -> None:
        if len(value) > most:
            raise ValidationError(lengths.said(most, len(value)))

    return check


def fits(column: Any) -> Callable[[str], None]:
    """The validator of a text that goes into this column."""
    return at_most(lengths.length_of(column))


def text_for(column: Any, **options: Any) -> fields.String:
    """A text that goes into this column: no longer than it holds."""
    return fields.String(validate=fits(column), **options)


def amount_text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"


def sent_file(name: str) -> FileStorage:
    """The file of a multipart request."""
    sent = request.files.get(name)
    if sent is None or not sent.filename:
        raise RuleBroken(f"没有收到文件。请用 multipart 的 {name} 字段发送。", field=name)
    return sent


def sent_code(name: str, kind: type[Code]) -> Code:
    """A code of a multipart request, which no schema reads."""
    written = request.form.get(name, "")
    if written not in set(kind):
        raise RuleBroken(f"{name} 要写下列之一：{' '.join(kind)}。", field=name)
    return kind(written)


def window(args: Mapping[str, Any]) -> Window:
    return Window(per_page=args["per_page"], after=args["after"], page=args["page"])


def answer_page(page: Page[Any], dump: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """{"items", "page", "per_page", "total", "next"}: `next` is the address of the following page or null."""
    following = None
    if page.next_token:
        query = {k: v for k, v in request.args.items() if k not in ("page", "after")}
        target: dict[str, Any] = {**(request.view_args or {}), **query, "after": page.next_token}
        following = url_for(request.endpoint or "", **target)
    return {
        "items": [dump(item) for item in page.items],
        "page": page.window.page,
        "per_page": page.window.per_page,
        "total": page.total,
        "next": following,
    }


def warned(answer: Mapping[str, Any], *words: str | None, note: str | None = "") -> dict[str, Any]:
    """The answer to a write that was done, with sentences for whoever sent it.

    `note` says which day was moved off a day off ("" otherwise). `warnings` is a list: one sentence where a telephone
    number stands in words, which are shown as they were written.
    """
    return {**answer, "note": note or "", "warnings": phones.warnings(*words)}


def if_match() -> int | None:
    """The version the caller saw, from If-Match ("3" with or without quotes)."""
    text = request.headers.get("If-Match", "").strip().strip("W/").strip('"')
    if not text:
        return None
    if not text.isdigit():
        raise RuleBroken('If-Match 要写记录的 version，例如 "3"。', field="If-Match")
    return int(text)


def check_version(current: int, *, required: bool = True) -> None:
    """412 unless If-Match names the current version."""
    seen = if_match()
    if (seen is None and required) or (seen is not None and seen != current):
        raise Stale("If-Match 缺少或不是最新版本。请取回最新记录再改。")
