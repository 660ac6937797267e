"""Units from a table: 机构代码, 名称, 简称, 类型, 上级代码."""

from crm.core.errors import RuleBroken
from crm.core.tables import Book, Cell
from crm.units import rules

HEADINGS = ("机构代码", "名称", "简称", "类型", "上级代码")
_KINDS = {label: kind for kind, label in rules.UNIT_LABELS.items()} | {k.value: k for k in rules.UnitKind}


def words(value: Cell) -> str:
    return "" if value is None else str(value).strip()


def rows(book: Book, headings: tuple[str, ...], needed: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """The filled rows of the first sheet as (row number, {heading: text}); the heading row is found by its words."""
    columns: dict[str, int] | None = None
    found: list[tuple[int, dict[str, str]]] = []
    for number, cells in enumerate(book.sheets[0].rows, 1):
        texts = [words(cell) for cell in cells]
        if columns is None:
            here = {heading: texts.index(heading) for heading in headings if heading in texts}
            if all(heading in here for heading in needed):
                columns = here
            continue
        if any(texts):
            row = {h: texts[at] if at < len(texts) else "" for h, at in columns.items()}
            found.append((number, row))
    if columns is None:
        raise RuleBroken(f"没有找到表头。第一张表要有这些列：{'、'.join(needed)}。")
    if not found:
        raise RuleBroken("表头下面没有内容。请填写后再导入。")
    return found


def drafts(book: Book) -> tuple[list[int], list[tuple[str, rules.UnitDraft]]]:
    """Row numbers, and for each row the parent's code and the draft."""
    numbers, made = [], []
    for number, row in rows(book, HEADINGS, ("机构代码", "名称", "类型", "上级代码")):
        kind = _KINDS.get(row["类型"])
        if kind is None:
            raise RuleBroken(
                f"第 {number} 行：没有“{row['类型']}”这种机构类型。可填：{'、'.join(rules.UNIT_LABELS.values())}。"
            )
        draft = rules.UnitDraft(row["机构代码"], row["名称"], row.get("简称", ""), kind, "文件导入")
        numbers.append(number)
        made.append((row["上级代码"], draft))
    return numbers, made
