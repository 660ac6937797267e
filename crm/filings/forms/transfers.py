"""What people type about a transfer ↔ drafts of `rules.transfers`."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from wtforms import Form as WtForm
from wtforms import FormField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Optional, ValidationError

from crm.filings.forms import AnswerForm, Reasoned
from crm.filings.models import Transfer
from crm.filings.rules import REASON_MOST
from crm.filings.rules.transfers import (
    OWN_SHARES,
    PRESETS,
    TRIGGER_LABELS,
    Landing,
    Pair,
    TransferDraft,
    Trigger,
)
from crm.projects.forms.fields import NumberField, number, options
from crm.projects.queries import Choice
from crm.projects.rules import CREDIT_LABELS, CreditIndicator
from crm.projects.rules.credits import sum_words
from crm.web.forms import FilesField, Form, at_most, fits, required

CITY, NOBODY, SAME = "city", "nobody", "same"
_HUNDRED = Decimal(100)


class PairForm(WtForm):
    """One indicator in percent; without CSRF of its own, the outer form has it."""

    first = NumberField("首谈地 %")
    landing = NumberField("落户地 %")


class Shared:
    """Presets, or a pair by indicator."""

    def pairs(self) -> tuple[Pair, ...]:
        preset = str(self.preset.data)  # type: ignore[attr-defined]
        if preset in PRESETS:
            return (Pair(PRESETS[preset], 1 - PRESETS[preset]),)
        if preset == SAME:
            return ()
        return tuple(
            Pair((one.first.data or Decimal(0)) / 100, (one.landing.data or Decimal(0)) / 100, indicator)
            for indicator, one in self.lines()
        )

    def lines(self) -> Iterator[tuple[CreditIndicator, PairForm]]:
        for indicator in CreditIndicator:
            yield indicator, getattr(self, f"share_{indicator.value}").form

    def check_shares(self) -> bool:
        """Each pair that does not make 100 % is told beside its own field, all of them at once."""
        if self.preset.data != OWN_SHARES:  # type: ignore[attr-defined]
            return True
        whole = True
        for indicator, one in self.lines():
            total = (one.first.data or Decimal(0)) + (one.landing.data or Decimal(0))
            if total != _HUNDRED:
                words = sum_words(CREDIT_LABELS[indicator], total / 100)
                one.landing.errors, whole = [*one.landing.errors, words], False
        return whole


def _presets(*more: tuple[str, str]) -> list[SelectChoice]:
    return options([*more, *((name, name) for name in PRESETS), (OWN_SHARES, "按指标分别填")])


class TransferForm(Shared, Form):
    to = SelectField("接收板块", validators=[required("接收板块")])
    trigger = RadioField(
        "流转原因",
        choices=options((t.value, TRIGGER_LABELS[t]) for t in Trigger),
        default=Trigger.FACTORS.value,
    )
    reason = TextAreaField("具体说明", validators=[required("具体说明"), at_most(REASON_MOST)])
    contact = StringField("首谈地联系人", validators=[Optional(), fits(Transfer.first_contact)])
    contact_way = StringField("首谈地联系方式", validators=[Optional(), fits(Transfer.first_contact_way)])
    preset = RadioField("利益分享 首谈地 : 落户地", choices=_presets())
    share_count = FormField(PairForm, CREDIT_LABELS[CreditIndicator.COUNT])
    share_signed = FormField(PairForm, CREDIT_LABELS[CreditIndicator.SIGNED])
    share_fdi = FormField(PairForm, CREDIT_LABELS[CreditIndicator.FDI])
    share_fixed = FormField(PairForm, CREDIT_LABELS[CreditIndicator.FIXED])
    share_tax = FormField(PairForm, CREDIT_LABELS[CreditIndicator.TAX])

    def offer(self, zones: Sequence[Choice], but: int | None) -> None:
        known = [(zone.id, zone.label) for zone in zones if zone.id != but]
        self.to.choices = options([*known, (CITY, "由市里指派")], "请选择")

    def validate(self, extra_validators: object = None) -> bool:
        shaped = super().validate(extra_validators)
        return self.check_shares() and shaped

    def draft(self) -> TransferDraft:
        return TransferDraft(
            trigger=Trigger(self.trigger.data),
            reason=self.reason.data or "",
            pairs=self.pairs(),
            to_zone_id=None if self.to.data == CITY else number(self.to.data),
            contact=self.contact.data or "",
            contact_way=self.contact_way.data or "",
        )


def first_values(share: Decimal, contact: str) -> dict[str, object]:
    """A fresh form: the setting's shares, by indicator as well."""
    preset = next((name for name, part in PRESETS.items() if part == share), OWN_SHARES)
    pair = {"first": share * 100, "landing": (1 - share) * 100}
    return {
        "preset": preset,
        "contact": contact,
        **{f"share_{indicator.value}": pair for indicator in CreditIndicator},
    }


class TransferAnswerForm(AnswerForm):
    owner = SelectField("责任人", validators=[Optional()])
    contact = StringField("落户地联系人", validators=[Optional(), fits(Transfer.landing_contact)])
    contact_way = StringField("落户地联系方式", validators=[Optional(), fits(Transfer.landing_contact_way)])

    def offer_people(self, people: Sequence[Choice]) -> None:
        self.owner.choices = options(((person.id, person.label) for person in people), "稍后确定")

    def landing(self) -> Landing:
        return Landing(self.contact.data or "", self.contact_way.data or "", number(self.owner.data))


class TransferOfferForm(Reasoned):
    to = SelectField("接收板块", validators=[required("接收板块")])

    def offer(self, zones: Sequence[Choice], barred: Sequence[int]) -> None:
        known = [(zone.id, zone.label) for zone in zones if zone.id not in barred]
        self.to.choices = options([*known, (CITY, "由市里指派")], "请选择")

    @property
    def zone_id(self) -> int | None:
        return None if self.to.data == CITY else number(self.to.data)


class TransferAssignForm(Reasoned):
    to = SelectField("接收板块", validators=[required("接收板块")])
    preset = RadioField("利益分享 首谈地 : 落户地", default=SAME)

    def offer(self, zones: Sequence[Choice], but: int) -> None:
        known = [(zone.id, zone.label) for zone in zones if zone.id != but]
        self.to.choices = options([*known, (NOBODY, "没有板块可以承接")], "请选择")
        self.preset.choices = options([(SAME, "照提出的比例"), *((name, name) for name in PRESETS)])

    def validate_preset(self, field: RadioField) -> None:
        if field.data not in (SAME, *PRESETS):
            raise ValidationError("没有这个比例。请从列表里选择。")

    @property
    def zone_id(self) -> int | None:
        return None if self.to.data == NOBODY else number(self.to.data)

    def pairs(self) -> tuple[Pair, ...]:
        first = PRESETS.get(str(self.preset.data))
        return () if first is None else (Pair(first, 1 - first),)


class SheetForm(Form):
    file = FilesField("盖章的流转确认单", needed=True)
