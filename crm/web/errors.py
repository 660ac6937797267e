"""Refusals as pages in Chinese, and as problem+json under /api/; never a stack trace."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, jsonify, render_template, request
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from crm.core.db import db
from crm.core.errors import Conflict, Forbidden, NotFound, RuleBroken, Stale
from crm.web import edges

_SAY = {
    400: "请求无法识别。请返回上一页再试。",
    401: "还没有登录，或登录已经过期。请重新登录。",
    403: "当前岗位没有这项权限。",
    404: "没有找到，或不在您的范围内。",
    405: "这个地址不接受这种操作。",
    409: "这条记录的状态已经变了。请刷新后再试。",
    412: "这条记录刚被他人修改。请取回最新版本再改。",
    413: "文件太大，或几个文件加起来太大。请压缩，或分几次上传。",
    422: "填写的内容不符合规则。",
    429: "操作太频繁。请稍后再试。",
    500: "系统出错了，刚才的内容没有保存。",
}


def problem(status: int, message: str, errors: Sequence[dict[str, Any]] = (), **more: Any) -> Response:
    """An RFC 9457 problem: title, status, detail, errors [{field, message}]."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": message,
        "errors": list(errors),
        **more,
    }
    response = jsonify(body)
    response.status_code = status
    response.content_type = "application/problem+json"
    return response


def _answer(status: int, message: str, field: str | None = None, **more: Any) -> Response | tuple[str, int]:
    db.session.rollback()
    if request.path.startswith("/api/"):
        errors = [{"field": field, "message": message}] if status == 422 else []
        return problem(status, message, more.pop("errors", errors), **more)
    known = status if status in (400, 403, 404, 409, 413, 422, 429, 500) else 400
    if status == 500:
        # Without context processors: the page must appear also when the database does not answer.
        return current_app.jinja_env.get_template("errors/500.html").render(message=message), status
    return render_template(f"errors/{known}.html", message=message), status


def _http(error: HTTPException) -> Any:
    status = error.code or 500
    if status < 400:
        return error
    errors = getattr(error, "data", None)
    more: dict[str, Any] = {}
    if errors and "messages" in errors:
        more["errors"] = _flat(errors["messages"])
    answer = _answer(status, _SAY.get(status, error.description or ""), **more)
    if status == 405 and isinstance(answer, Response) and getattr(error, "valid_methods", None):
        answer.headers["Allow"] = ", ".join(error.valid_methods)  # type: ignore[attr-defined]
    return answer


def _flat(messages: Any, path: str = "") -> list[dict[str, Any]]:
    """Marshmallow's nested messages as [{field, message}]; the location level (json, query) is dropped."""
    if isinstance(messages, dict):
        found: list[dict[str, Any]] = []
        for key, value in messages.items():
            deeper = (
                path if not path and key in ("json", "query", "form", "files") else f"{path}.{key}".strip(".")
            )
            found += _flat(value, deeper)
        return found
    return [
        {"field": path or None, "message": str(m)}
        for m in (messages if isinstance(messages, list) else [messages])
    ]


def _unexpected(error: Exception) -> Any:
    current_app.logger.exception("unexpected error on %s %s", request.method, request.path)
    return _answer(500, _SAY[500])


def install(app: Flask) -> None:
    app.register_error_handler(NotFound, lambda e: _answer(404, _SAY[404]))
    app.register_error_handler(Forbidden, lambda e: _answer(403, e.message))
    app.register_error_handler(Conflict, lambda e: _answer(409, e.message))
    app.register_error_handler(
        Stale, lambda e: _answer(412 if request.path.startswith("/api/") else 409, e.message)
    )
    app.register_error_handler(
        StaleDataError, lambda e: _answer(412 if request.path.startswith("/api/") else 409, Stale().message)
    )
    app.register_error_handler(
        RuleBroken,
        lambda e: _answer(422, e.message, e.field, **({"missing": list(e.missing)} if e.missing else {})),
    )
    for kind in edges.TOO_MUCH:
        app.register_error_handler(kind, lambda e: _answer(422, edges.TOO_MUCH_WORDS))
    # JSON nested deeper than Python follows.
    app.register_error_handler(RecursionError, lambda e: _answer(400, _SAY[400]))
    app.register_error_handler(HTTPException, _http)
    if not app.testing:
        app.register_error_handler(Exception, _unexpected)
