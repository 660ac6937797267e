"""Signing in on station, and a check that found somebody away."""

from collections.abc import Sequence

from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import NumberRange, Optional

from crm.visits.forms.occasions import CountField
from crm.visits.models import Absence, StationDay
from crm.visits.rules.occasions import StationDraft
from crm.web.choices import options
from crm.web.forms import DayField, Form, fits, required

_FEW = NumberRange(0, 999, "请填 0 到 999 的整数。")


class StationForm(Form):
    """The station is chosen, or written where it is none of the units."""

    day = DayField("日期", validators=[required("日期")])
    station_id = SelectField("驻点", coerce=lambda v: int(v) if v else None, validate_choice=False)
    station = StringField("驻点城市", [Optional(), fits(StationDay.station)])
    leads = CountField("有效信息 条", [Optional(), _FEW])
    referrals = CountField("推荐来访 批次", [Optional(), _FEW])
    work = TextAreaField("当天工作", [Optional(), fits(StationDay.work)])

    def offer(self, stations: Sequence[tuple[int, str]]) -> None:
        self.station_id.choices = options([("", "其他，写城市"), *stations])

    def draft(self, names: Sequence[tuple[int, str]]) -> StationDraft:
        """The day; a chosen station gives its own name."""
        chosen = dict(names).get(self.station_id.data or 0, "")
        return StationDraft(
            day=self.day.data,  # type: ignore[arg-type]
            station=chosen or (self.station.data or ""),
            station_id=self.station_id.data,
            leads=self.leads.data or 0,
            referrals=self.referrals.data or 0,
            work=self.work.data or "",
        )


class AbsenceForm(Form):
    day = DayField("查岗日期", validators=[required("查岗日期")])
    note = StringField("说明", [Optional(), fits(Absence.note)])
