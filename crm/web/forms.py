"""Form fields that read what people here type: amounts, dates, codes."""

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage
from wtforms import Field, MultipleFileField, StringField
from wtforms.validators import StopValidation, ValidationError
from wtforms.widgets import TextInput

from crm.core import clock, dates, days, lengths, money
from crm.core.errors import RuleBroken

__all__ = ["AmountField", "DayField", "FilesField", "Form", "FuzzyDateField", "at_most", "fits", "required"]


class Form(FlaskForm):
    """Base of every form: Chinese messages, and `form_errors` for refusals that belong to no field."""

    class Meta:
        locales = ("zh_CN", "zh")


class required:
    """Must be filled in; `what` is the field's name in the message."""

    field_flags: ClassVar[dict[str, bool]] = {"required": True}

    def __init__(self, what: str) -> None:
        self.what = what

    def __call__(self, form: Any, field: Field) -> None:
        empty = field.data is None or (isinstance(field.data, str) and not field.data.strip())
        if empty and not field.errors:
            raise StopValidation(f"{self.what}没有填。请填写。")


class at_most:
    """No longer than `most` characters. The browser is not told: it would cut a pasted text off without a word."""

    def __init__(self, most: int) -> None:
        self.most = most

    def __call__(self, form: Any, field: Field) -> None:
        have = len(field.data) if isinstance(field.data, str) else 0
        if have > self.most:
            raise ValidationError(lengths.said(self.most, have))


def fits(column: Any) -> at_most:
    """No longer than the column it is stored in: `fits(Company.name)`."""
    return at_most(lengths.length_of(column))


def _in_unit(value: Decimal, unit: str) -> str:
    """万元 (万美元) back in the field's unit, exact and without separators."""
    shown = value / 10_000 if unit.startswith("亿") else value
    return f"{shown.normalize():f}"


class AmountField(StringField):
    """An amount typed as 12亿, 5000万 or a bare number in `unit`; `data` is Decimal 万元 (万美元) or None."""

    def __init__(self, label: str, *, unit: str = "亿元", **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.unit = unit

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else _in_unit(self.data, self.unit)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data: Decimal | None = None  # type: ignore[assignment]
        if not valuelist or not str(valuelist[0]).strip():
            return
        try:
            amount = money.parse(valuelist[0], self.unit)
        except RuleBroken as broken:
            raise ValueError(broken.message) from broken
        if amount is None:
            return
        if ("美元" in self.unit) != (amount.currency is money.Currency.USD):
            raise ValueError(f"这里填{self.unit}。币种不同的金额请填在另一栏。")
        self.data = amount.value


class FuzzyDateField(Field):
    """A date as people write it; `data` is dates.FuzzyDate or None."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else dates.show(self.data)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data: dates.FuzzyDate | None = None
        if not valuelist or not str(valuelist[0]).strip():
            return
        try:
            self.data = dates.parse(str(valuelist[0]), today=clock.today())
        except RuleBroken as broken:
            raise ValueError(broken.message) from broken


class DayField(Field):
    """One exact day; `data` is a date or None."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.data.isoformat()

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data: date | None = None
        if not valuelist or not str(valuelist[0]).strip():
            return
        try:
            self.data = days.parse(str(valuelist[0]), today=clock.today())
        except RuleBroken as broken:
            raise ValueError(broken.message) from broken


class FilesField(MultipleFileField):
    """Files chosen, dropped or photographed; `data` holds those that really came. Drawn by `ui.field` with all three ways.

    `tokens` are the words of files that came with the form when it was refused before, `held` what is to be shown of them
    (`crm.projects.views.holding`).
    """

    def __init__(self, label: str, *, needed: bool = False, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.needed = needed
        self.tokens: list[str] = []
        self.held: list[Any] = []

    @property
    def token_name(self) -> str:
        return f"{self.name}-token"

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        super().process(formdata, *args, **kwargs)
        self.tokens = formdata.getlist(self.token_name) if formdata else []

    def process_formdata(self, valuelist: list[Any]) -> None:
        # A browser sends an empty part for an input without a file.
        self.data: list[FileStorage] = [f for f in valuelist if isinstance(f, FileStorage) and f.filename]

    def pre_validate(self, form: Any) -> None:
        if self.needed and not self.data and not self.tokens:
            raise StopValidation("没有选择文件。请选择。")
