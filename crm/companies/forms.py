"""Forms of the register, the link and a contact; `draft()` gives what actions take."""

from collections.abc import Iterable, Sequence
from typing import Any

from wtforms import (
    BooleanField,
    FieldList,
    HiddenField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Optional, ValidationError

from crm.companies.models import Company, CompanyLink, CompanyMerge, Contact
from crm.companies.queries import Node
from crm.companies.rules import (
    KIND_LABELS,
    PROGRESS_LABELS,
    CompanyDraft,
    CompanyKind,
    ContactDraft,
    LinkDraft,
    LinkProgress,
)
from crm.web.conflicts import VersionedForm
from crm.web.forms import AmountField, DayField, Form, at_most, fits, required


def _options(pairs: Iterable[tuple[object, str]], blank: str | None = None) -> list[SelectChoice]:
    found = [SelectChoice(str(value), label) for value, label in pairs]
    return found if blank is None else [SelectChoice("", blank), *found]


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None


class CompanyForm(VersionedForm):
    """Public facts. `parent` is the name shown, `parent_id` the company chosen for it."""

    name = StringField("企业名称", [required("企业名称"), fits(Company.name)])
    uscc = StringField("统一社会信用代码", [Optional(), at_most(40)])
    short_name = StringField("简称", [Optional(), fits(Company.short_name)])
    aliases = TextAreaField("别名、曾用名", [Optional(), at_most(4000)])
    kind = SelectField("企业类型", [Optional()], choices=_options(KIND_LABELS.items(), "未填"))
    listed_code = StringField("股票代码", [Optional(), at_most(40)])
    region = StringField("省份", [Optional(), fits(Company.region)])
    city = StringField("城市", [Optional(), fits(Company.city)])
    address = StringField("地址", [Optional(), fits(Company.address)])
    industry = StringField("行业", [Optional(), fits(Company.industry)])
    founded_on = DayField("成立日期", validators=[Optional()])
    registered_capital = AmountField("注册资本", unit="万元", validators=[Optional()])
    parent = StringField("上级企业", [Optional(), fits(Company.name)])
    parent_id = HiddenField()
    website = StringField("网址", [Optional(), fits(Company.website)])
    business = TextAreaField("主营业务", [Optional(), at_most(20_000)])

    @classmethod
    def of(cls, company: Company, aliases: Sequence[str], parent: str, **kwargs: Any) -> "CompanyForm":
        """Filled from the record."""
        fields = ("name", "short_name", "region", "city", "address", "industry", "website", "business")
        data = {name: getattr(company, name) for name in (*fields, "founded_on", "registered_capital")}
        data |= {
            "uscc": company.uscc or company.old_reg_no or "",
            "kind": company.kind.value if company.kind else "",
            "listed_code": company.listed_code or "",
            "aliases": "\n".join(aliases),
            "parent": parent,
            "parent_id": str(company.parent_id or ""),
            "version": str(company.version),
        }
        return cls(data=data, **kwargs)

    def validate_parent(self, field: StringField) -> None:
        if str(field.data or "").strip() and _number(self.parent_id.data) is None:
            raise ValidationError("请从列表里选上级企业；没有的先登记那家企业。")

    def draft(self, kept: CompanyDraft | None = None) -> CompanyDraft:
        """`kept` carries the facts that this form does not show."""
        texts = (
            "name",
            "short_name",
            "listed_code",
            "region",
            "city",
            "address",
            "industry",
            "website",
            "business",
        )
        capital = self.registered_capital.data
        same = kept is not None and kept.registered_capital == capital
        return CompanyDraft(
            **{name: str(self[name].data or "").strip() for name in texts},
            code=str(self.uscc.data or "").strip(),
            kind=CompanyKind(self.kind.data) if self.kind.data else None,
            founded_on=self.founded_on.data,
            registered_capital=capital,
            registered_capital_text=kept.registered_capital_text if kept and same else "",
            industry_code=kept.industry_code if kept else "",
            parent_id=_number(self.parent_id.data) if (self.parent.data or "").strip() else None,
            aliases=lines(self.aliases.data),
        )


class NewCompanyForm(CompanyForm):
    """With the person one talks to there: a known number is the surest sign of a known company."""

    contact = StringField("姓名", [fits(Contact.name)])
    contact_post = StringField("职务", [Optional(), fits(Contact.post)])
    contact_phone = TelField("电话", [Optional(), at_most(60)])

    def validate_contact(self, field: StringField) -> None:
        if not str(field.data or "").strip() and (self.contact_post.data or self.contact_phone.data):
            raise ValidationError("写了职务或电话的，请填联系人的姓名。")

    def person(self) -> ContactDraft | None:
        name, post, phone = (
            str(field.data or "").strip() for field in (self.contact, self.contact_post, self.contact_phone)
        )
        return ContactDraft(name, post, phone) if name else None


def lines(text: str | None) -> tuple[str, ...]:
    parts = (part.strip() for line in (text or "").splitlines() for part in line.split("、"))
    return tuple(dict.fromkeys(part for part in parts if part))


class Nodes(FieldList):  # type: ignore[type-arg]
    """Rows of one select each; reads as the chosen labels."""

    def _value(self) -> str:
        labels = {str(value): label for entry in self.entries for value, label, *_ in entry.iter_choices()}
        return "、".join(labels.get(str(entry.data), "") for entry in self.entries if entry.data)


class LinkForm(VersionedForm):
    """A zone's own dealings with the company; choices are set by the view."""

    progress = SelectField("接洽进度", choices=_options(PROGRESS_LABELS.items()))
    owner_id = SelectField("责任人", [Optional()])
    source = StringField("线索来源", [Optional(), fits(CompanyLink.source)])
    nodes = Nodes(SelectField("环节", [Optional()]), "产业链环节", min_entries=1)
    notes = TextAreaField("备注", [Optional(), at_most(20_000)])

    @classmethod
    def of(
        cls,
        link: CompanyLink,
        node_ids: Sequence[int],
        people: Sequence[tuple[int, str]],
        nodes: Sequence[Node],
        **kwargs: Any,
    ) -> "LinkForm":
        """Filled from the record; an owner who has left stays choosable as he is."""
        data = {
            "progress": link.progress.value,
            "owner_id": str(link.owner_id or ""),
            "source": link.source,
            "notes": link.notes,
            "nodes": [*(str(node) for node in node_ids), ""],
            "version": str(link.version),
        }
        form = cls(data=data, **kwargs)
        form.owner_id.choices = _options(people, "未定")
        for entry in form.nodes.entries:
            entry.choices = [
                SelectChoice("", "未选"),
                *(SelectChoice(str(node.id), node.name, optgroup=node.chain) for node in nodes),
            ]
        return form

    def draft(self) -> LinkDraft:
        chosen = (_number(entry.data) for entry in self.nodes.entries)
        return LinkDraft(
            progress=LinkProgress(self.progress.data),
            owner_id=_number(self.owner_id.data),
            notes=str(self.notes.data or "").strip(),
            node_ids=tuple(dict.fromkeys(node for node in chosen if node is not None)),
            source=str(self.source.data or "").strip(),
        )


class ContactForm(VersionedForm):
    """A person. The stored number is never filled in: an empty field keeps it, `no_phone` clears it."""

    name = StringField("姓名", [required("姓名"), fits(Contact.name)])
    post = StringField("职务", [Optional(), fits(Contact.post)])
    phone = TelField("电话", [Optional(), at_most(60)])
    no_phone = BooleanField("删除登记的电话")
    note = StringField("备注", [Optional(), fits(Contact.note)])
    main = BooleanField("主要联系人")

    @classmethod
    def of(cls, contact: Contact, **kwargs: Any) -> "ContactForm":
        fields = ("name", "post", "note", "main")
        data = {name: getattr(contact, name) for name in fields} | {"version": str(contact.version)}
        return cls(data=data, **kwargs)

    def draft(self, *, new: bool) -> ContactDraft:
        phone: str | None = str(self.phone.data or "").strip()
        if not phone and not new and not self.no_phone.data:
            phone = None
        return ContactDraft(
            name=str(self.name.data or "").strip(),
            post=str(self.post.data or "").strip(),
            phone=phone,
            note=str(self.note.data or "").strip(),
            main=bool(self.main.data),
        )


class OtherForm(Form):
    """The second of two entries, as the type-ahead gives it or by its whole name."""

    other = StringField("另一家企业", [Optional(), at_most(200)])
    other_id = HiddenField()


class MergeForm(Form):
    """`seen` is what both entries were when the preview was made: it is merged as it was looked at, or looked at again."""

    reason = TextAreaField("合并原因", [required("合并原因"), fits(CompanyMerge.reason)])
    seen = HiddenField()
