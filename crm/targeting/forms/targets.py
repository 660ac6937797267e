"""A target, its signals, its next step, its conversion; a campaign."""

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import (
    FieldList,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Optional

from crm.companies.rules import PROGRESS_LABELS, LinkProgress
from crm.followups.rules import WHAT_MOST
from crm.projects.models import Project
from crm.targeting.models import Campaign, Target, TargetSignal, TargetStep
from crm.targeting.queries import Place
from crm.targeting.rules import LIVE_PROGRESS
from crm.targeting.rules.targets import (
    ENTRY_LABELS,
    CampaignDraft,
    ConversionDraft,
    EntryKind,
    SignalDraft,
    TargetDraft,
)
from crm.web.choices import options
from crm.web.conflicts import VersionedForm
from crm.web.forms import DayField, Form, at_most, fits, required


def number(raw: Any) -> int | None:
    text = str(raw or "")
    return int(text) if text.isdecimal() and len(text) < 10 else None


def node_options(places: Sequence[Place], blank: str) -> list[SelectChoice]:
    """Links by chain, so that the browser groups them."""
    return [
        SelectChoice("", blank),
        *(SelectChoice(str(place.id), place.name, optgroup=place.chain) for place in places),
    ]


def people_options(people: Sequence[tuple[int, str]], blank: str = "未定") -> list[SelectChoice]:
    return [SelectChoice("", blank), *options((str(key), name) for key, name in people)]


class TargetForm(VersionedForm):
    """What is known of a target; choices are set by the view."""

    entry_kind = SelectField(
        "切入点", [Optional()], choices=[SelectChoice("", "未定"), *options(ENTRY_LABELS.items())]
    )
    entry_note = StringField("切入点说明", [Optional(), fits(Target.entry_note)])
    standing = StringField("企业地位", [Optional(), fits(Target.standing)])
    owner_id = SelectField("责任人", [Optional()])

    @classmethod
    def of(cls, target: Target, people: Sequence[tuple[int, str]], **kwargs: Any) -> "TargetForm":
        data = {
            "entry_kind": target.entry_kind.value if target.entry_kind else "",
            "entry_note": target.entry_note,
            "standing": target.standing,
            "owner_id": str(target.owner_id or ""),
            "version": str(target.version),
        }
        form = cls(data=data, **kwargs)
        form.owner_id.choices = people_options(people)
        return form

    def draft(self) -> TargetDraft:
        return TargetDraft(
            entry_kind=EntryKind(self.entry_kind.data) if self.entry_kind.data else None,
            entry_note=str(self.entry_note.data or "").strip(),
            standing=str(self.standing.data or "").strip(),
            owner_id=number(self.owner_id.data),
        )


class NewTargetForm(TargetForm):
    """A company (chosen, or by its whole name) at one link or several, for the own zone; the bureau names the zone."""

    company = StringField("企业", [required("企业"), at_most(200)])
    company_id = HiddenField()
    node_ids = FieldList(SelectField("环节", [Optional()]), "产业链环节", min_entries=1, max_entries=10)
    zone = SelectField("板块", [Optional()])
    what = StringField("下一步", [Optional(), at_most(WHAT_MOST)])
    due_on = DayField("日期")

    def offer(
        self, places: Sequence[Place], people: Sequence[tuple[int, str]], zones: Sequence[tuple[str, str]]
    ) -> None:
        self.owner_id.choices = people_options(people, "本人")
        self.zone.choices = [SelectChoice("", "市级清单"), *options(zones)]
        for entry in self.node_ids.entries:
            entry.choices = node_options(places, "待定环节")

    @property
    def nodes(self) -> list[int]:
        chosen = (number(entry.data) for entry in self.node_ids.entries)
        return list(dict.fromkeys(node for node in chosen if node is not None))


class NodeForm(VersionedForm):
    """At which link the company really belongs."""

    node_id = SelectField("产业链环节", [required("产业链环节")])

    def offer(self, places: Sequence[Place]) -> None:
        self.node_id.choices = node_options(places, "选环节")


class SignalForm(Form):
    happened_on = DayField("日期", validators=[required("日期")])
    what = StringField("动向", [required("动向"), fits(TargetSignal.what)])
    source = StringField("信息来源", [Optional(), fits(TargetSignal.source)])
    url = StringField("网址", [Optional(), fits(TargetSignal.url)])

    def draft(self) -> SignalDraft:
        """Of a form that was validated: the day is there."""
        assert self.happened_on.data is not None
        return SignalDraft(
            self.happened_on.data,
            str(self.what.data or "").strip(),
            str(self.source.data or "").strip(),
            str(self.url.data or "").strip(),
        )


class StepForm(VersionedForm):
    """Where one stands with the company, with a word on why."""

    progress = SelectField("进度", choices=options((p, PROGRESS_LABELS[p]) for p in LIVE_PROGRESS))
    note = StringField("说明", [Optional(), fits(TargetStep.note)])

    @property
    def chosen(self) -> LinkProgress:
        return LinkProgress(self.progress.data)


class NextForm(Form):
    what = StringField("要办的事", [required("要办的事"), at_most(WHAT_MOST)])
    due_on = DayField("日期", validators=[required("日期")])


class GiveUpForm(VersionedForm):
    reason = TextAreaField("放弃原因", [required("放弃原因"), fits(Target.given_up_reason)])


class ConvertForm(Form):
    """A new project by its name, or one of the company's that is there already; the bureau may name the landing zone."""

    project_id = SelectField("并入已有项目", [Optional()])
    name = StringField("项目名称", [Optional(), fits(Project.name)])
    zone = SelectField("落地板块", [Optional()])

    def offer(self, projects: Sequence[tuple[int, str]], zones: Sequence[tuple[str, str]]) -> None:
        self.project_id.choices = [SelectChoice("", "新建项目"), *options((str(k), v) for k, v in projects)]
        self.zone.choices = [SelectChoice("", "待市商务局指定"), *options(zones)]

    def draft(self, zone_ids: Mapping[str, int]) -> ConversionDraft:
        return ConversionDraft(
            str(self.name.data or "").strip(),
            number(self.project_id.data),
            zone_ids.get(str(self.zone.data or "")),
        )


class CampaignForm(VersionedForm):
    name = StringField("专题名称", [required("专题名称"), fits(Campaign.name)])
    starts_on = DayField("开始日期", validators=[required("开始日期")])
    ends_on = DayField("截止日期", validators=[required("截止日期")])
    owner_id = SelectField("责任人", [Optional()])
    node_ids = SelectMultipleField("产业链环节", [Optional()])
    note = TextAreaField("说明", [Optional(), fits(Campaign.note)])

    @classmethod
    def of(
        cls,
        campaign: Campaign | None,
        node_ids: Sequence[int],
        people: Sequence[tuple[int, str]],
        places: Sequence[Place],
        **kwargs: Any,
    ) -> "CampaignForm":
        data: dict[str, Any] = {"node_ids": [str(node) for node in node_ids]}
        if campaign is not None:
            names = ("name", "starts_on", "ends_on", "note")
            data |= {name: getattr(campaign, name) for name in names}
            data |= {"owner_id": str(campaign.owner_id or ""), "version": str(campaign.version)}
        form = cls(data=data, **kwargs)
        form.owner_id.choices = people_options(people)
        form.node_ids.choices = node_options(places, "")[1:]
        return form

    def draft(self) -> CampaignDraft:
        """Of a form that was validated: both days are there."""
        assert self.starts_on.data is not None and self.ends_on.data is not None
        return CampaignDraft(
            str(self.name.data or "").strip(),
            self.starts_on.data,
            self.ends_on.data,
            number(self.owner_id.data),
            str(self.note.data or "").strip(),
            tuple(node for raw in self.node_ids.data or [] if (node := number(raw)) is not None),
        )
