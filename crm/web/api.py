"""The API's common ground: OpenAPI 3.1, paging, versions, exact amounts."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import Flask, request, url_for
from flask_smorest import Api, Blueprint
from marshmallow import EXCLUDE, Schema, ValidationError, fields, pre_load, validate

from crm.core.errors import RuleBroken, Stale
from crm.core.paging import MOST_PER_PAGE, PER_PAGE, Page, Window
from crm.web import guard, requests

PREFIX = "/api/v1"


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


def amount_text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"


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
