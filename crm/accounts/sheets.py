"""People from a table: 登录名, 姓名, 机构代码, 角色, 职务."""

from datetime import date

from crm.accounts import rules
from crm.core.actor import Role
from crm.core.errors import RuleBroken
from crm.core.tables import Book
from crm.units import queries as units
from crm.units import sheets

HEADINGS = ("登录名", "姓名", "机构代码", "角色", "职务")
_ROLES = {label: role for role, label in rules.ROLE_LABELS.items()} | {role.value: role for role in Role}


def drafts(book: Book, today: date) -> tuple[list[int], list[tuple[str, str, rules.PostDraft]]]:
    """Row numbers, and for each row login, name and post. Every unreadable row is named in one RuleBroken."""
    numbers, made, refused = [], [], []
    for number, row in sheets.rows(book, HEADINGS, HEADINGS[:4]):
        try:
            draft = _post(row, today)
        except RuleBroken as broken:
            refused.append(f"第 {number} 行：{broken.message}")
            continue
        numbers.append(number)
        made.append((row["登录名"], row["姓名"], draft))
    if refused:
        raise RuleBroken("\n".join(refused))
    return numbers, made


def _post(row: dict[str, str], today: date) -> rules.PostDraft:
    role, unit = _ROLES.get(row["角色"]), units.by_code(row["机构代码"])
    if role is None:
        raise RuleBroken(f"没有“{row['角色']}”这种角色。可填：{'、'.join(rules.ROLE_LABELS.values())}。")
    if unit is None:
        raise RuleBroken(f"没有代码为“{row['机构代码']}”的机构。请核对，或先导入机构。")
    return rules.PostDraft(unit.id, role, today, row.get("职务", ""))
