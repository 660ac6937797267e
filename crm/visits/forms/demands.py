"""A line of what the company asks for: the words, and beneath them what it is about, who answers and who promised it."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from wtforms import Form as PlainForm
from wtforms import SelectField, StringField

from crm.followups.rules.demands import CATEGORIES
from crm.visits.rules import Demand
from crm.web.choices import options


def _number(value: Any) -> int | None:
    return int(value) if value and str(value).isdecimal() else None


class DetailForm(PlainForm):
    """What may be said of one demand besides its words. What is not offered is judged by the action, in words."""

    category = SelectField(
        "问题类别", validate_choice=False, choices=options([("", "未分类"), *((c, c) for c in CATEGORIES)])
    )
    unit = SelectField("责任单位", coerce=_number, validate_choice=False, choices=options([("", "还没有定")]))
    leader = SelectField(
        "哪位领导承诺", coerce=_number, validate_choice=False, choices=options([("", "不是领导承诺")])
    )


class DemandField(StringField):
    """`data` are the words; `details` stand in the same row under names that begin with this field's own.

    They are drawn where units or leaders were offered: without network only the words are written down.
    """

    offered = False

    def process(self, formdata: Any, data: Any = None, extra_filters: Sequence[Any] | None = None) -> None:
        given: dict[str, Any] = {} if data is None else {"data": data}
        super().process(formdata, extra_filters=extra_filters, **given)
        self._sent = formdata

    @cached_property
    def details(self) -> DetailForm:
        """Made when first asked for: most visits bring no demand."""
        return DetailForm(self._sent, prefix=f"{self.name}-")

    def offer(self, units: Sequence[tuple[int, str]], leaders: Sequence[tuple[int, str]]) -> None:
        self.offered = True
        self.details.unit.choices = options([("", "还没有定"), *units])
        self.details.leader.choices = options([("", "不是领导承诺"), *leaders])

    def demand(self) -> Demand:
        given = self.details
        return Demand(
            (self.data or "").strip(), given.category.data or "", given.unit.data, given.leader.data
        )
