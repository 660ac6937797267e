"""Forms of a setting, of a table setting, and of the calendar."""

from typing import Any

from wtforms import FieldList, FormField, HiddenField, StringField, TextAreaField
from wtforms import Form as PlainForm
from wtforms.validators import Length

from crm.settings.rules import Setting
from crm.web.forms import Form, required


class _SourceForm(Form):
    version = HiddenField()
    choice = HiddenField()

    def seen(self) -> int:
        """The version on the page; 0 for the default or an unreadable one."""
        text = str(self.version.data or "")
        return int(text) if text.isdigit() else 0


class ValueForm(_SourceForm):
    value = StringField("新的值", [required("新的值")])
    source = TextAreaField(
        "依据", [required("依据"), Length(max=1000)], description="文件号、会议纪要或理由，会留在历史里"
    )


def table_form(setting: Setting) -> type[_SourceForm]:
    """A form with one row of fields for every row of the table; codes are fixed and not shown as fields."""
    fields: dict[str, Any] = {
        key: StringField(heading) for key, heading, kind in setting.columns if kind != "code"
    }
    row = type("RowForm", (PlainForm,), fields)

    class TableForm(_SourceForm):
        value: Any = FieldList(
            FormField(row), min_entries=len(setting.default), max_entries=len(setting.default)
        )
        source = TextAreaField(
            "依据", [required("依据"), Length(max=1000)], description="文件号、会议纪要或理由，会留在历史里"
        )

    return TableForm


class DaysForm(Form):
    lines = TextAreaField(
        "日期",
        [required("日期"), Length(max=20_000)],
        description="每行一天或一段，如 2027-02-05至2027-02-11 休 春节；2027-02-14 班 春节调休",
    )
    source = StringField("依据", [required("依据"), Length(max=200)], description="如 国办发明电〔2026〕7号")
