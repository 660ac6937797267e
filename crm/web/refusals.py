"""What the API's schemas say of a value that does not fit, in the language of everything else that refuses."""

from typing import Any

from marshmallow import fields, validate

#: Of a whole body.
BODY = {"type": "要写成 JSON 对象。", "unknown": "没有这个字段。请核对名称。"}

_FIELDS: dict[type[fields.Field[Any]], dict[str, str]] = {
    fields.Field: {"required": "没有填。请补上。", "null": "不能为空。", "validator_failed": "不符合规则。"},
    fields.String: {"invalid": "要写成文字。"},
    fields.Number: {"invalid": "要写成数字。", "too_large": "数字太大。"},
    fields.Integer: {"invalid": "要写成整数。"},
    fields.Boolean: {"invalid": "要写 true 或 false。"},
    fields.Date: {"invalid": "不是日期。请写成 2026-11-23。"},
    fields.List: {"invalid": "要写成列表。"},
    fields.Dict: {"invalid": "要写成对象。"},
    fields.Nested: {"type": "要写成对象。"},
    fields.Enum: {"unknown": "要写下列之一：{choices}。"},
}


def speak() -> None:
    """Before any schema is made, since a field takes its words along when it is made."""
    for field, words in _FIELDS.items():
        field.default_error_messages = {**field.default_error_messages, **words}
    validate.OneOf.default_message = "要写下列之一：{choices}。"
    validate.Range.message_min = "不能小于 {{min}}。"
    validate.Range.message_max = "不能大于 {{max}}。"
    validate.Range.message_all = "要在 {{min}} 到 {{max}} 之间。"
    validate.Length.message_min = "长度不能小于 {min}。"
    validate.Length.message_max = "长度不能大于 {max}。"
    validate.Length.message_all = "长度要在 {min} 到 {max} 之间。"
    validate.Length.message_equal = "长度要等于 {equal}。"
