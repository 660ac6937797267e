"""Who stands under whom in a company list: the companies a book names itself, which may be parents of other rows."""

from collections.abc import Sequence
from dataclasses import dataclass

from crm.core.text import company_identity
from crm.imports.rules.grid import shown
from crm.imports.rules.rows import Choices, Table

#: The mark that reading leaves at the cell of a parent, until it is known what becomes of it.
READ = "parent_read"


@dataclass(frozen=True, slots=True)
class Listed:
    """A company as the book names it, and where."""

    name: str
    row_no: int


def listed(tables: Sequence[Table], choices: Choices) -> dict[str, Listed]:
    """Companies of a book by identity, the first row of each; {} where no column gives a parent."""
    found: dict[str, Listed] = {}
    for table in tables:
        by_field = {column.field: column.index for column in table.found.columns}
        if "parent" not in by_field:
            continue
        at = by_field.get("name", -1)
        for number, row in enumerate(table.sheet.rows):
            name = shown(row[at]) if number > table.found.last and 0 <= at < len(row) else ""
            if name and f"{table.sheet.name}!{number + 1}" not in choices.skipped:
                found.setdefault(company_identity(name), Listed(name, number + 1))
    return found


def gives_parents(sheets: Sequence[dict[str, object]]) -> bool:
    """Whether a batch's sheets, as they are kept (`grid.Found.as_stored`), have a column for parents."""
    columns = (column for sheet in sheets for column in sheet["list"])  # type: ignore[attr-defined]
    return any(column["field"] == "parent" for column in columns)
