"""Looking back: which two times the board is asked for."""

from typing import Any

from wtforms import HiddenField, StringField

from crm.web.forms import Form, at_most


class LookBackForm(Form):
    """A GET form: what it asks stands in the address, so it carries no token."""

    class Meta(Form.Meta):
        csrf = False

    year = HiddenField("年份")
    plan = HiddenField("方案")
    as_of = StringField("截至哪一天", validators=[at_most(40)], description="按统计日期，例如 2026-06-30")
    known_at = StringField(
        "按哪个时刻已登记的内容", validators=[at_most(40)], description="例如 2026-07-03 12:00，可不填"
    )

    def words(self) -> dict[str, Any]:
        return {name: field.data for name, field in self._fields.items() if field.data}
