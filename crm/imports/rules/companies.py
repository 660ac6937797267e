"""A row of a company list as a draft of the register."""

import re
from datetime import date
from functools import lru_cache
from typing import Any

from crm.companies.rules import CompanyKind, listed_code
from crm.core import dates, money
from crm.core.errors import RuleBroken
from crm.core.folding import is_unknown
from crm.core.text import company_identity
from crm.imports.rules.cells import Person, RowCells
from crm.imports.rules.grid import shown

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LIMITS = {
    "short_name": 80,
    "region": 60,
    "city": 60,
    "address": 200,
    "industry": 80,
    "website": 200,
    "business": 4000,
}
_KINDS = (
    ("国有", CompanyKind.STATE),
    ("国资", CompanyKind.STATE),
    ("央企", CompanyKind.STATE),
    ("外资", CompanyKind.FOREIGN),
    ("外商", CompanyKind.FOREIGN),
    ("港澳台", CompanyKind.FOREIGN),
    ("上市", CompanyKind.LISTED),
    ("基金", CompanyKind.FUND),
    ("研究", CompanyKind.INSTITUTE),
    ("院所", CompanyKind.INSTITUTE),
    ("民营", CompanyKind.PRIVATE),
    ("私营", CompanyKind.PRIVATE),
)


def read(row: RowCells) -> tuple[dict[str, Any], list[Person]]:
    """The draft, without what the sheet does not say, and the contacts with their numbers. "" as a name is an error."""
    fields: dict[str, Any] = {}
    name = row.words("name").replace("\n", " ")
    if not name:
        row.add("no_name", row.first("name"), "name", "", "没有企业名称。请补上名称，或跳过这一行。")
    elif len(name) > 200:
        row.add("too_long", row.first("name"), "name", name, "企业名称超过 200 个字，请核对是否错行。")
    fields["name"] = name
    for field, most in _LIMITS.items():
        if field in row.by_field and (value := row.words(field, most)):
            fields[field] = value
    _codes(row, fields)
    _founded(row, fields)
    _capital(row, fields)
    if kind := _kind(row.words("kind")):
        fields["kind"] = kind.value
    if "aliases" in row.by_field and (aliases := row.words("aliases", 400)):
        fields["aliases"] = [part for part in re.split(r"[、,，;；\n]+", aliases) if part]
    _parent(row, fields)
    if notes := row.words("notes", 1000):
        fields["notes"] = notes
    people = row.people() if "contact" in row.by_field or "contact_phone" in row.by_field else []
    return fields, people


def _codes(row: RowCells, fields: dict[str, Any]) -> None:
    if "uscc" in row.by_field and (code := row.code()):
        fields["uscc" if code.kind == "uscc" else "old_reg_no"] = code.code
    if "listed_code" in row.by_field and (written := row.words("listed_code")):
        try:
            listed = listed_code(written)
        except RuleBroken as broken:
            row.add("left_out", row.first("listed_code"), "listed_code", written, broken.message)
            return
        fields["listed_code"] = listed
        fields.setdefault("kind", CompanyKind.LISTED.value)
        fields.setdefault("short_name", fields["name"][:80])


def _parent(row: RowCells, fields: dict[str, Any]) -> None:
    """The group or parent as written, marked at its cell; which company that is, is found out against the register."""
    if "parent" not in row.by_field or not (written := row.words("parent", 200).replace("\n", " ")):
        return
    if company_identity(written) == company_identity(fields["name"]):
        row.add("left_out", row.first("parent"), "parent", written, "写的就是本企业，不设上级")
        return
    fields["parent"] = written
    row.add("parent_read", row.first("parent"), "parent", written, written)


def _founded(row: RowCells, fields: dict[str, Any]) -> None:
    """The register keeps exact days only; a year alone is left out rather than made up."""
    if "founded_on" not in row.by_field:
        return
    column = row.first("founded_on")
    value = row.value(column)
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            fields["founded_on"] = date.fromisoformat(value).isoformat()
        except ValueError:
            row.add("left_out", column, "founded_on", value, "不是日历上有的日子，未入库")
        return
    written = shown(value)
    if is_unknown(written):
        return
    try:
        read = dates.parse(value if isinstance(value, date | int | float) else written, today=row.today)
    except RuleBroken:
        read = None
    if read is not None and read.precision is dates.Precision.DAY:
        fields["founded_on"] = read.on.isoformat()
    else:
        row.add("left_out", column, "founded_on", written, "没有写到哪一天，未入库")


def _capital(row: RowCells, fields: dict[str, Any]) -> None:
    """Registered capital in 万元; other currencies stay as text, the field never converts."""
    if "registered_capital" not in row.by_field:
        return
    column = row.first("registered_capital")
    value = row.value(column)
    written = shown(value)
    if is_unknown(written):
        return
    fields["registered_capital_text"] = written[:60]
    heading = next(c for c in row.found.columns if c.index == column)
    try:
        amount = _amount(value, heading.unit or row.found.unit or "万元")
    except RuleBroken as broken:
        if written.lstrip().startswith(("-", "负", "－")):
            row.add("amount_bad", column, "registered_capital", written, broken.message)
        else:
            row.add("left_out", column, "registered_capital", written, "只存原文，不换算")
        return
    if amount is not None and amount.currency is money.Currency.CNY:
        fields["registered_capital"] = f"{amount.value:f}"


#: A register of a hundred thousand firms has a few thousand different capitals.
_amount = lru_cache(maxsize=4096, typed=True)(money.parse)


def _kind(written: str) -> CompanyKind | None:
    return next((kind for word, kind in _KINDS if word in written), None)
