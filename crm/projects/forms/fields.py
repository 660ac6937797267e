"""Fields that only projects have, and how codes and ids become choices."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from wtforms import Field, HiddenField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.widgets import TextInput

from crm.core import text
from crm.web.forms import Form


class NumberField(Field):
    """A quantity without a currency (亩, ㎡, %); `data` is Decimal or None."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data.normalize():f}"

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data: Decimal | None = None
        written = text.nfkc(str(valuelist[0])).replace(",", "").rstrip("亩㎡% ") if valuelist else ""
        if text.is_unknown(written):
            return
        try:
            number = Decimal(written)
        except InvalidOperation as error:
            raise ValueError("请填数字。") from error
        if not number.is_finite() or abs(number) >= Decimal(10) ** 12:
            raise ValueError("请填数字。")
        self.data = number


def code(kind: type[StrEnum]) -> Callable[[Any], StrEnum | None]:
    """Coerces a posted code; an unknown one fails as a choice that is not on the list."""
    return lambda value: kind(value) if value else None


def number(value: Any) -> int | None:
    return int(value) if value else None


def options(pairs: Iterable[tuple[Any, str]], blank: str | None = None) -> list[SelectChoice]:
    """(value, label) pairs as choices; `blank` puts an undecided one before them."""
    found = [SelectChoice(str(value), label) for value, label in pairs]
    return found if blank is None else [SelectChoice("", blank), *found]


def pick(
    label: str, kind: type[StrEnum], labels: Mapping[Any, str], blank: str | None = "未定"
) -> SelectField:
    """A choice among codes; `blank` None leaves nothing undecided."""
    return SelectField(
        label, choices=options(((k.value, v) for k, v in labels.items()), blank), coerce=code(kind)
    )


class VersionForm(Form):
    """The version that was on the page: saving over a newer one shows both."""

    version = HiddenField()
    choice = HiddenField()

    def seen(self) -> int | None:
        raw = str(self.version.data or "")
        return int(raw) if raw.isdigit() else None
