"""Forms of a setting, of a table setting, and of the calendar."""

from typing import Any

from wtforms import FieldList, FormField, HiddenField, StringField, TextAreaField
from wtforms import Form as PlainForm

from crm.settings.models import CalendarDay
from crm.settings.rules import Setting
from crm.web.forms import Form, at_most, fits, required

#: Kinds of columns that nobody types.
FIXED = ("code", "fixed")


class _SourceForm(Form):
    version = HiddenField()
    choice = HiddenField()

    def seen(self) -> int:
        """The version on the page; 0 for the default or an unreadable one."""
        text = str(self.version.data or "")
        return int(text) if text.isdigit() else 0


class ValueForm(_SourceForm):
    value = StringField("新的值", [required("新的值"), at_most(1000)])
    source = TextAreaField(
        "依据", [required("依据"), at_most(1000)], description="文件号、会议纪要或理由，会留在历史里"
    )


def table_form(setting: Setting) -> type[_SourceForm]:
    """A form with one row of fields for every row of the table; codes and fixed columns are no fields."""
    fields: dict[str, Any] = {
        key: StringField(heading, [at_most(200)])
        for key, heading, kind in setting.columns
        if kind not in FIXED
    }
    row = type("RowForm", (PlainForm,), fields)

    class TableForm(_SourceForm):
        value: Any = FieldList(
            FormField(row), min_entries=len(setting.default), max_entries=len(setting.default)
        )
        source = TextAreaField(
            "依据", [required("依据"), at_most(1000)], description="文件号、会议纪要或理由，会留在历史里"
        )

    return TableForm


class DaysForm(Form):
    lines = TextAreaField(
        "日期",
        [required("日期"), at_most(20_000)],
        description="每行一天或一段，如 2027-02-05至2027-02-11 休 春节；2027-02-14 班 春节调休",
    )
    source = StringField(
        "依据", [required("依据"), fits(CalendarDay.source)], description="如 国办发明电〔2026〕7号"
    )
