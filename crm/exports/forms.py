"""Confirming an export, and why a large one is refused."""

from wtforms import RadioField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Optional

from crm.exports.models import ExportRequest
from crm.exports.rules import FORMAT_LABELS, Format
from crm.web.forms import Form, fits


class ExportForm(Form):
    format = RadioField(
        "格式",
        choices=[SelectChoice(form.value, label) for form, label in FORMAT_LABELS.items()],
        default=Format.XLSX.value,
    )
    reason = StringField("用途", [Optional(), fits(ExportRequest.reason)])


class RefusalForm(Form):
    reason = StringField("不同意的理由", [fits(ExportRequest.decision_note)])
