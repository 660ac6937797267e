"""One row, cell by cell: each reading leaves a problem behind where it could not be sure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from crm.core import dates, money, text
from crm.core.errors import RuleBroken
from crm.core.folding import is_unknown, nfkc
from crm.core.tables import Cell
from crm.imports.rules import Problem
from crm.imports.rules.grid import Found, shown

_AREA = re.compile(r"(?:约|近)?(\d[\d,]*(?:\.\d+)?)(?:左右)?(亩|公顷|平方米|平米|m2|㎡)?(?:左右)?")
#: One 亩 is 2000/3 square metres.
_IN_MU = {
    "亩": Decimal(1),
    "公顷": Decimal(15),
    "平方米": Decimal(3) / 2000,
    "平米": Decimal(3) / 2000,
    "m2": Decimal(3) / 2000,
}
_LONGEST_UNKNOWN = 12
_DIGITS = re.compile(r"\d(?=(?:[\s-]?\d){4})")


def hidden_digits(written: str) -> str:
    """Long runs of digits with all but their last four covered: what may be shown of a cell with a phone number."""
    return _DIGITS.sub("*", written)


@dataclass(slots=True)
class Person:
    name: str
    post: str
    phone: str


@dataclass(slots=True)
class RowCells:
    """The cells of one row by field. `today` gives the year to dates that have none."""

    cells: Sequence[Cell]
    found: Found
    today: date
    by_field: dict[str, list[int]]
    problems: list[Problem] = field(default_factory=list)

    # --- plain values ---

    def first(self, name: str) -> int:
        """The first column of a field that has something in this row, else its first column, else -1."""
        columns = self.by_field.get(name, [])
        return next((at for at in columns if self.value(at) is not None), columns[0] if columns else -1)

    def value(self, column: int) -> Cell:
        return self.cells[column] if 0 <= column < len(self.cells) else None

    def words(self, name: str, most: int = 0) -> str:
        """ "" for blanks and for 待定, 无, —. Several columns of one field are read one below the other."""
        parts: list[str] = []
        for column in self.by_field.get(name, ()):
            written = shown(self.value(column))
            # No way of saying “not known” is this long, and asking costs more than the rest of the cell.
            if (
                written
                and (len(written) > _LONGEST_UNKNOWN or not is_unknown(written))
                and written not in parts
            ):
                parts.append(written)
        joined = "\n".join(parts)
        if most and len(joined) > most:
            self.add("left_out", self.first(name), name, joined, f"文字超过 {most} 个字，只取前 {most} 个字")
            joined = joined[:most]
        return joined

    def add(
        self, kind: str, column: int, name: str, value: str, message: str, options: tuple[str, ...] = ()
    ) -> None:
        self.problems.append(Problem(kind, column, name, value[:120], message, options))

    # --- amounts ---

    def amounts(self, name: str) -> list[money.Amount]:
        """Every amount of a field's columns; a total may stand in a CNY and in a USD column."""
        amounts = [self._amount(name, column) for column in self.by_field.get(name, [])]
        return [amount for amount in amounts if amount is not None]

    def _amount(self, name: str, column: int) -> money.Amount | None:
        value = self.value(column)
        if value is None:
            return None
        heading = next(c for c in self.found.columns if c.index == column)
        unit = heading.unit or self.found.unit
        written = shown(value)
        try:
            amount = money.parse(value if isinstance(value, int | float) else written, unit)
        except RuleBroken as broken:
            self.add("amount_bad", column, name, written, broken.message)
            return None
        if amount is None:
            return None
        reading = money.words(amount.value, amount.currency)
        if amount.high != amount.low:
            self.add("amount_range", column, name, written, f"取{reading}")
        elif not isinstance(value, int | float) and not re.fullmatch(r"[\d,.]+", written):
            self.add("amount_read", column, name, written, reading)
        return amount

    def area(self, name: str) -> Decimal | None:
        """An area in 亩, two decimals."""
        column = self.first(name)
        written = shown(self.value(column))
        compact = "".join(nfkc(written).lower().split())
        if is_unknown(compact):
            return None
        found = _AREA.fullmatch(compact)
        if found is None:
            negative = compact.startswith(("-", "负"))
            message = "面积不能为负，请核对。" if negative else "读不出面积，请写成数字，如 120 或 120亩。"
            self.add("number_bad", column, name, written, message)
            return None
        unit = (found[2] or self.found_unit(column) or "亩").replace("㎡", "m2")
        return (Decimal(found[1].replace(",", "")) * _IN_MU[unit]).quantize(Decimal("0.01")).normalize() + 0

    def found_unit(self, column: int) -> str | None:
        heading = next((c for c in self.found.columns if c.index == column), None)
        return (heading.unit if heading else None) or self.found.land_unit

    # --- dates ---

    def day(self, name: str) -> dates.FuzzyDate | None:
        column = self.first(name)
        value = self.value(column)
        if value is None:
            return None
        written = shown(value)
        try:
            read = dates.parse(value if isinstance(value, date | int | float) else written, today=self.today)
        except RuleBroken as broken:
            self.add("date_bad", column, name, written, broken.message)
            return None
        if read is None:
            return None
        if read.ambiguous and read.alternative is not None:
            options = (dates.show(read), dates.show(read.alternative))
            message = f"写的是“{written}”。表格常把 {read.on.year}.10 存成 {read.on.year}.1，请选一个。"
            self.add("date_unclear", column, name, written, message, options)
            return None
        if dates.show(read) != written:
            self.add("date_read", column, name, written, dates.show(read))
        return read

    # --- people and codes ---

    def people(self) -> list[Person]:
        """Contacts from the columns of names, of posts and of numbers, which may all be one column."""
        column = self.first("contact")
        written = shown(self.value(column))
        people = [Person(p.name[:40], p.title[:80], p.phone) for p in text.split_person(written)]
        if any(person.phone for person in people):
            self.add("phone_split", column, "contact", "", "拆出电话")
        numbers = self._numbers()
        for person in people:
            if not person.phone and numbers:
                person.phone = numbers.pop(0)
        if numbers and not people:
            people = [Person("联系人", "", numbers[0])]
        if people and (post := self.words("contact_title", 80)):
            people[0].post = post
        return [person for person in people if person.name]

    def _numbers(self) -> list[str]:
        column = self.first("contact_phone")
        value = self.value(column)
        written = shown(value)
        if is_unknown(written):
            return []
        several = [person.phone for person in text.split_person(written) if person.phone]
        if several:
            return several
        try:
            return [text.phone(value)]
        except RuleBroken as broken:
            self.add(
                "phone_bad", column, "contact_phone", hidden_digits(written), hidden_digits(broken.message)
            )
            return []

    def code(self, name: str = "uscc") -> text.Uscc | None:
        column = self.first(name)
        written = shown(self.value(column))
        if is_unknown(written):
            return None
        try:
            return text.uscc(self.value(column))
        except RuleBroken as broken:
            self.add("code_bad", column, name, written, broken.message)
            return None
