"""The form of a trip, a reception or an event, and the table in which its visits are written down at once."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms import Form as PlainForm
from wtforms.validators import NumberRange, Optional

from crm.companies.models import Company
from crm.followups.models import Followup
from crm.visits.forms.visit import hour, new_id, our_people
from crm.visits.models import Occasion
from crm.visits.rules import Draft, NextStep, OccasionDraft, OccasionKind, check_client_id, people_in
from crm.visits.rules.occasions import PLACE_LABELS
from crm.web.choices import options
from crm.web.forms import AmountField, DayField, Form, at_most, fits, required

_COUNT = NumberRange(0, 100_000, "请填 0 到 100000 的整数。")


class CountField(IntegerField):
    """A whole number, or nothing where nobody counted."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        written = str(valuelist[0]).strip() if valuelist else ""
        if not written:
            return
        if not (written.isascii() and written.isdecimal() and len(written) < 10):
            raise ValueError("请填整数，如 12。")
        self.data = int(written)


class OccasionForm(Form):
    """`shaped` names the fields as their kind calls them and drops those it has not."""

    version = HiddenField()
    client_id = HiddenField(default=new_id)
    title = StringField("名称", [required("名称"), fits(Occasion.title)])
    place = StringField("地点", [Optional(), fits(Occasion.place)])
    starts_on = DayField("开始日期", validators=[required("开始日期")])
    ends_on = DayField("结束日期")
    starts_at = StringField("开始时间", [Optional(), at_most(20)])
    organiser = StringField("主办", [Optional(), fits(Occasion.organiser)])
    guests = CountField("来访人数", [Optional(), _COUNT])
    signed_count = CountField("签约数", [Optional(), _COUNT])
    signed_amount = AmountField("签约额", unit="亿元", validators=[Optional()])
    ours = FieldList(StringField("姓名", [at_most(200)]), label="我方", min_entries=1, max_entries=40)
    result = TextAreaField("成果和后续", [Optional(), at_most(20_000)])
    zone = SelectField("板块", coerce=lambda v: int(v) if v else None, validate_choice=False)

    def shaped(self, kind: OccasionKind, zones: Sequence[tuple[int, str]]) -> "OccasionForm":
        self.place.label.text = PLACE_LABELS[kind]
        self.zone.choices = options([("", "市级"), *zones])
        if kind is OccasionKind.EVENT:
            self.guests.label.text = "参会客商数"
        else:
            for name in ("organiser", "signed_count", "signed_amount"):
                del self[name]
        if kind is OccasionKind.TRIP:
            del self.guests
        return self

    def draft(self, kind: OccasionKind) -> OccasionDraft:
        def given(name: str) -> Any:
            return self[name].data if name in self else None

        return OccasionDraft(
            client_id=str(self.client_id.data or ""),
            kind=kind,
            title=self.title.data or "",
            starts_on=self.starts_on.data or date.max,
            ends_on=self.ends_on.data,
            place=self.place.data or "",
            starts_at=hour(self.starts_at.data),
            organiser=given("organiser") or "",
            guests=given("guests"),
            signed_count=given("signed_count"),
            signed_amount=given("signed_amount"),
            result=self.result.data or "",
            zone_id=self.zone.data,
            ours=our_people(self.ours.data),
        )


class ReasonForm(Form):
    reason = StringField("原因", [required("原因"), at_most(200)])


class BatchRow(PlainForm):
    """One visit of the table; a row without a company is no visit. `suspects` are companies its name may mean."""

    suspects: Sequence[str] = ()
    happened_on = DayField("日期")
    company = StringField("企业", [fits(Company.name)])
    new_company = BooleanField("是新企业，照此登记")
    theirs = StringField("对方人员", [at_most(400)])
    summary = StringField("谈了什么", [at_most(2_000)])
    next_what = StringField("下一步", [fits(Followup.what)])
    next_due = DayField("哪天之前")

    @property
    def filled(self) -> bool:
        return any(str(field.raw_data[0] if field.raw_data else field.data or "").strip() for field in self)


class BatchForm(Form):
    """The visits of one occasion in one table; each row's id follows from the sheet's, so that sending twice makes one."""

    client_id = HiddenField(default=new_id)
    rows: Any = FieldList(FormField(BatchRow), label="走访", min_entries=1, max_entries=40)

    def drafts(self, occasion: Occasion, team: str) -> list[tuple[int, Draft]]:
        """(row number, draft) of the rows that were filled in; without a next step the trip itself is the reason."""
        check_client_id(str(self.client_id.data or ""))
        sheet = UUID(self.client_id.data)
        return [
            (at, _draft(entry.form, uuid5(sheet, str(at)), occasion, team))
            for at, entry in enumerate(self.rows)
            if entry.form.filled
        ]


def _draft(row: BatchRow, client_id: UUID, occasion: Occasion, team: str) -> Draft:
    what = (row.next_what.data or "").strip()
    step = NextStep(what, row.next_due.data) if what or row.next_due.data else None
    return Draft(
        client_id=str(client_id),
        happened_on=row.happened_on.data or occasion.starts_on,
        mode=occasion.kind.mode,
        summary=row.summary.data or "",
        company_name=row.company.data or "",
        zone_id=occasion.zone_id,
        ours=our_people([team]),
        theirs=people_in(row.theirs.data or ""),
        place=occasion.place,
        next_step=step,
        no_next_step_reason="" if step else f"{occasion.kind.label}中集中拜访，未定下一步",
        occasion_id=occasion.id,
    )
