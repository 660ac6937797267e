"""What the bureau writes of a link for the catalogue, and the words of a release."""

from collections.abc import Sequence
from typing import Any

from wtforms import HiddenField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from crm.targeting.models import CatalogueEntry, CatalogueRelease
from crm.targeting.rules.catalogue import EntryDraft
from crm.web.choices import options
from crm.web.conflicts import VersionedForm
from crm.web.forms import Form, fits, required

_TEXTS = ("direction", "land", "energy", "environment", "lead_department")


class EntryForm(VersionedForm):
    direction = TextAreaField("招引方向", [Optional(), fits(CatalogueEntry.direction)])
    land = StringField("用地要求", [Optional(), fits(CatalogueEntry.land)])
    energy = StringField("能耗要求", [Optional(), fits(CatalogueEntry.energy)])
    environment = StringField("环境要求", [Optional(), fits(CatalogueEntry.environment)])
    zone_codes = SelectMultipleField(
        "适宜承载园区",
        [Optional()],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    lead_department = StringField("牵头部门", [Optional(), fits(CatalogueEntry.lead_department)])

    @classmethod
    def of(cls, entry: CatalogueEntry | None, zones: Sequence[tuple[str, str]], **kwargs: Any) -> "EntryForm":
        data: dict[str, Any] = {"version": "0", "zone_codes": []}
        if entry is not None:
            data = {name: getattr(entry, name) for name in _TEXTS}
            data |= {"zone_codes": list(entry.zone_codes), "version": str(entry.version)}
        form = cls(data=data, **kwargs)
        form.zone_codes.choices = options(zones)
        return form

    def draft(self) -> EntryDraft:
        said = {name: str(getattr(self, name).data or "").strip() for name in _TEXTS}
        return EntryDraft(**said, zone_codes=tuple(self.zone_codes.data or ()))


class ReleaseForm(Form):
    note = TextAreaField("发布说明", [required("发布说明"), fits(CatalogueRelease.note)])
    seen = HiddenField()

    @property
    def number(self) -> int:
        text = str(self.seen.data or "")
        return int(text) if text.isdecimal() and len(text) < 10 else -1
