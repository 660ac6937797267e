"""The form of a visit, the quick one of the day's list, and the part of it that can be corrected later."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms import Form as PlainForm
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from crm.companies.models import Company
from crm.core import money, text
from crm.core.errors import RuleBroken
from crm.followups.models import Followup
from crm.visits.forms.demands import DemandField
from crm.visits.models import Visit, VisitTheirs
from crm.visits.rules import (
    MODE_LABELS,
    QUICK_MODES,
    Draft,
    Mode,
    NextStep,
    Ours,
    Theirs,
    our_person,
    people_in,
)
from crm.web.choices import options
from crm.web.forms import DayField, FilesField, Form, at_most, fits, required


def new_id() -> str:
    return str(uuid4())


class PickField(SelectMultipleField):
    """Boxes to tick; `data` is a list of ids. What is not offered is judged by the action, in words."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, coerce=int, choices=[], validate_choice=False, **kwargs)
        self.offered: list[tuple[int, str]] = []

    def offer(self, pairs: Iterable[tuple[int, str]]) -> None:
        self.offered = list(pairs)
        self.choices = options(self.offered)


class PersonForm(PlainForm):
    """One of theirs in a repeated row."""

    name = StringField("姓名", validators=[at_most(120)])
    post = StringField("职务", validators=[fits(VisitTheirs.post)])
    phone = StringField("电话", validators=[at_most(60)], render_kw={"inputmode": "tel"})


class EitherAmountField(StringField):
    """An amount in 亿元 unless it says otherwise, 万美元 too; `data` is money.Amount in its own currency, or None."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.unit = "亿元"

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        if self.data is None:
            return ""
        # To the last digit: the form is saved again with what stands here.
        coin, value = self.data.currency, self.data.value
        large = abs(value) >= money.YI_IN_WAN
        exact = (value.scaleb(-4) if large else value).normalize()
        return f"{exact:f}{coin.yi_unit if large else coin.wan_unit}"

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data: money.Amount | None = None  # type: ignore[assignment]
        if valuelist and str(valuelist[0]).strip():
            try:
                self.data = money.parse(valuelist[0], self.unit)
            except RuleBroken as broken:
                raise ValueError(broken.message) from broken


class FileForm(Form):
    """A file put to a visit that is already written down."""

    file = FilesField("照片或文件", needed=True)


class FactsForm(Form):
    """What can be corrected after saving."""

    version = HiddenField()
    mode = RadioField("方式", choices=options(MODE_LABELS.items()), default=Mode.OUTBOUND.value)
    projects = PickField("项目")
    happened_on = DayField("日期", validators=[required("日期")])
    starts_at = StringField("开始时间", validators=[Optional(), at_most(20)])
    summary = TextAreaField("谈了什么", validators=[required("谈了什么"), at_most(20_000)])
    ours = FieldList(
        StringField("姓名", validators=[at_most(200)]), label="我方", min_entries=1, max_entries=40
    )
    theirs = FieldList(FormField(PersonForm), label="对方", min_entries=1, max_entries=40)
    place = StringField("地点", validators=[Optional(), fits(Visit.place)])
    agreed = TextAreaField("达成共识", validators=[Optional(), fits(Visit.agreed)])
    intent = EitherAmountField("意向投资", validators=[at_most(60)])
    intent_field = StringField("意向领域", validators=[Optional(), fits(Visit.intent_field)])
    occasion = SelectField("属于哪次", coerce=lambda v: int(v) if v else None, validate_choice=False)
    confidential = BooleanField("涉密")

    def offer_occasions(self, pairs: Sequence[tuple[int, str]]) -> None:
        self.occasion.choices = options([("", "单独一次"), *pairs])

    def facts(self) -> Draft:
        intent = self.intent.data
        foreign = intent is not None and intent.currency is money.Currency.USD
        return Draft(
            client_id="",
            happened_on=self.happened_on.data or date.max,
            mode=Mode(self.mode.data),
            summary=self.summary.data or "",
            project_ids=tuple(self.projects.data or ()),
            ours=our_people(self.ours.data),
            theirs=_theirs(self.theirs.data),
            place=self.place.data or "",
            starts_at=hour(self.starts_at.data),
            confidential=bool(self.confidential.data),
            agreed=self.agreed.data or "",
            intent_field=self.intent_field.data or "",
            intent_amount=intent.value if intent and not foreign else None,
            intent_amount_usd=intent.value if intent and foreign else None,
            occasion_id=self.occasion.data,
        )


class VisitForm(FactsForm):
    """A new visit. `seen` is the company whose projects were offered; for another one they are found again."""

    client_id = HiddenField(default=new_id)
    company = StringField("企业", validators=[required("企业"), fits(Company.name)])
    company_id = HiddenField()
    seen = StringField(validators=[at_most(20)])
    zone = SelectField("板块", coerce=lambda v: int(v) if v else None, validate_choice=False)
    demands = FieldList(
        DemandField("诉求", validators=[fits(Followup.what)]), label="对方诉求", min_entries=1, max_entries=30
    )
    next_what = StringField("做什么", validators=[fits(Followup.what)])
    next_due = DayField("哪天之前")
    next_owner = SelectField("责任人", coerce=lambda v: int(v) if v else None, validate_choice=False)
    no_next_step_reason = StringField("没有下一步的原因", validators=[fits(Visit.no_next_step_reason)])
    contacts = PickField("已有联系人")
    theirs_text = TextAreaField("名片或微信消息", validators=[Optional(), at_most(4_000)])
    people_of = StringField("同样的人", validators=[at_most(20)])
    new_company = BooleanField("是新企业，照此登记")
    closes = PickField("同时完成")
    file = FilesField("照片和附件")

    def offer(self, zones: Sequence[tuple[int, str]], owners: Sequence[tuple[int, str]]) -> None:
        self.zone.choices = options([("", "市级"), *zones])
        self.next_owner.choices = options(owners)

    def offer_answers(self, units: Sequence[tuple[int, str]], leaders: Sequence[tuple[int, str]]) -> None:
        """Who may be asked to answer a demand, and who may have promised."""
        for line in self.demands:
            line.offer(units, leaders)

    def chosen_company(self, names: Sequence[str]) -> int | None:
        """The id, unless the text was changed by hand to another company's name."""
        number = str(self.company_id.data or "")
        typed = text.nfkc(self.company.data or "")
        return int(number) if number.isdecimal() and (not names or typed in map(text.nfkc, names)) else None

    def draft(self, company_id: int | None) -> Draft:
        """The whole visit; `company_id` None registers the name that was typed."""
        what = (self.next_what.data or "").strip()
        step = (
            NextStep(what, self.next_due.data, self.next_owner.data) if what or self.next_due.data else None
        )
        offered = company_id is not None and str(self.seen.data or "") == str(company_id)
        known = tuple(Theirs(contact_id=number) for number in self.contacts.data or ()) if offered else ()
        facts = self.facts()
        return replace(
            facts,
            client_id=str(self.client_id.data or ""),
            company_id=company_id,
            company_name="" if company_id is not None else self.company.data or "",
            zone_id=self.zone.data,
            project_ids=facts.project_ids if offered else None,
            theirs=known + facts.theirs + people_in(self.theirs_text.data or ""),
            people_of=_number(self.people_of.data) if offered else None,
            demands=tuple(line.demand() for line in self.demands if (line.data or "").strip()),
            next_step=step,
            no_next_step_reason=self.no_next_step_reason.data or "",
            closes=tuple(self.closes.data or ()),
        )


class QuickForm(Form):
    """A duty completed by the visit that answers it: one sentence, and what comes next if there is something."""

    client_id = HiddenField(default=new_id)
    followup = HiddenField()
    mode = RadioField(
        "方式", choices=options((m, MODE_LABELS[m]) for m in QUICK_MODES), default=Mode.PHONE.value
    )
    summary = TextAreaField("谈了什么", validators=[required("谈了什么"), at_most(20_000)])
    next_what = StringField("下一步", validators=[Optional(), fits(Followup.what)])
    next_due = DayField("哪天之前")

    def draft(
        self, company_id: int, project_id: int | None, zone_id: int | None, followup_id: int, today: date
    ) -> Draft:
        what = (self.next_what.data or "").strip()
        step = NextStep(what, self.next_due.data) if what or self.next_due.data else None
        return Draft(
            client_id=str(self.client_id.data or ""),
            happened_on=today,
            mode=Mode(self.mode.data),
            summary=self.summary.data or "",
            company_id=company_id,
            zone_id=zone_id,
            project_ids=(project_id,) if project_id is not None else (),
            next_step=step,
            no_next_step_reason="" if step else "跟进已办结",
            closes=(followup_id,),
        )


def hour(written: str | None) -> str:
    """9：30 and 9.30 as people type them → 09:30; what is no hour is left for the rule to refuse."""
    plain = text.nfkc(written or "").replace("点", ":").replace(".", ":")
    hours, colon, minutes = plain.partition(":")
    return f"{hours.zfill(2)}:{(minutes or '0').zfill(2)}" if colon or plain.isdecimal() else plain


def our_people(rows: Sequence[str | None]) -> tuple[Ours, ...]:
    """A row may hold several names: 钟明远、顾清和（市分管）."""
    found = (our_person(part) for row in rows for part in _BETWEEN.split(text.nfkc(row or "")))
    return tuple(person for person in found if person.name)


_BETWEEN = re.compile(r"[、,;/\n]+|(?<=[一-鿿]{2}) +(?=[一-鿿]{2,3}(?: |$))")


def _number(written: str | None) -> int | None:
    return int(written) if written and written.isdecimal() and len(written) < 10 else None


def _theirs(rows: Sequence[dict[str, str | None]]) -> tuple[Theirs, ...]:
    """Empty rows are dropped; a name pasted together with post and phone is taken apart."""
    found: list[Theirs] = []
    for row in rows:
        name, post, phone = ((row.get(key) or "").strip() for key in ("name", "post", "phone"))
        if name and not post and not phone:
            found += people_in(name)
        elif name or post or phone:
            found.append(Theirs(name, post, phone))
    return tuple(found)
