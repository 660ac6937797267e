"""What a gate can ask for: fields, facts and files, how each is tested, and where it is put right."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from crm.pipeline.rules.milestones import file_words
from crm.projects.rules import ATTACHMENT_LABELS, AttachmentKind, Capital, ProjectKind, Stage, Tier


@dataclass(frozen=True, slots=True)
class Facts:
    """What the gates know of one project. `values` are its columns by name, amounts in 万元 and 万美元.

    `files` are kinds of the project's files. `evidence` are those of the milestone in question; None where nobody has
    chosen any yet, then the project's files stand in. `disclosed` False: the reader may not know the investor of this
    confidential project, so no link sends him to a page that would tell or refuse.
    """

    stage: Stage = Stage.LEAD
    capital: Capital = Capital.DOMESTIC
    kind: ProjectKind = ProjectKind.NEW
    tier: Tier | None = None
    confidential: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)
    visits: int = 0
    meetings: int = 0
    contacts: int = 0
    leaders: int = 0
    files: frozenset[AttachmentKind] = frozenset()
    evidence: frozenset[AttachmentKind] | None = None
    disclosed: bool = True
    project_path: str = ""
    milestone_path: str = ""
    investor_path: str = ""

    def has(self, *columns: str) -> bool:
        """Whether one of these columns says something; an amount of 0 does."""
        return any(self.values.get(column) not in (None, "") for column in columns)

    @property
    def land(self) -> bool:
        return (self.values.get("land_mu") or 0) > 0

    @property
    def leased(self) -> bool:
        """A plant and no land of its own: such a project fits out and moves in instead of building."""
        return not self.land and (self.values.get("plant_sqm") or 0) > 0


@dataclass(frozen=True, slots=True)
class Need:
    """One thing a gate can ask for.

    `name` is the field the API answers with, `control` the form field it belongs to, `columns` what an edit of it touches.
    `place` makes the link from the facts; `verb` is the right the page behind it wants besides seeing the project.
    """

    code: str
    name: str
    label: str
    message: str
    act: str
    test: Callable[[Facts], bool]
    place: Callable[[Facts], str]
    columns: tuple[str, ...] = ()
    control: str = ""
    verb: str = "project.write"


def _field(name: str, label: str, section: str, *columns: str, control: str = "", verb: str = "填写") -> Need:
    columns = columns or (name,)
    control = control or columns[0]

    def place(facts: Facts) -> str:
        if section == "investor" and not facts.disclosed:
            return ""
        return f"{facts.project_path}/edit?section={section}#{control}"

    return Need(
        f"field:{name}",
        name,
        label,
        f"没有{verb}{label}。请{verb}。",
        f"{verb}{label}",
        lambda facts: facts.has(*columns),
        place,
        columns,
        control,
    )


_FIELDS = (
    _field("company", "投资方", "investor", "company_id", "investor_text", control="company"),
    _field("source", "信息来源", "investor", verb="选择"),
    _field("first_contact_on", "首次对接", "investor", control="first_contact"),
    _field("expected_sign_on", "预计签约", "investor", control="expected_sign"),
    _field("owner", "责任人", "basics", "owner_id", verb="选择"),
    _field("node", "产业链环节", "basics", "node_id", verb="选择"),
    _field("address", "选址", "basics"),
    _field("content", "建设内容", "basics"),
    _field("total_investment", "总投资", "money", "total_investment", "total_investment_usd"),
    _field("total_investment_usd", "总投资（万美元）", "money"),
    _field("fixed_investment", "固定资产投资", "money", "fixed_investment", "fixed_investment_usd"),
    _field("equipment_investment", "设备投资", "money"),
    _field("registered_capital", "注册资本", "money", "registered_capital", "registered_capital_usd"),
    _field("land_mu", "用地", "money"),
    _field("plant_sqm", "厂房", "money"),
    _field("annual_output", "达产年产值", "money"),
    _field("annual_tax", "达产年税收", "money"),
    _field("expected_start_on", "预计开工", "money"),
    _field("statistics_name", "纳统名称", "statistics"),
    _field("statistics_amount", "纳统总投资", "statistics"),
    _field("industry", "行业类别", "statistics"),
)


def _contacts_place(facts: Facts) -> str:
    """Contacts belong to the registered investor; without one it is named first."""
    if not facts.disclosed:
        return ""
    if not facts.investor_path:
        return f"{facts.project_path}/edit?section=investor#company"
    return f"{facts.investor_path}/contacts/new#name"


def _visit_place(facts: Facts) -> str:
    return f"/visits/new?project={facts.project_path.rsplit('/', 1)[-1]}#happened_on"


_FACTS = (
    Need(
        "fact:visit",
        "visits",
        "洽谈或走访记录",
        "没有洽谈或走访记录。请记一次走访。",
        "记走访",
        lambda facts: facts.visits > 0,
        _visit_place,
        verb="visit.log",
    ),
    Need(
        "fact:meeting",
        "visits",
        "见面洽谈记录",
        "没有外出拜访、来访接待、驻点或活动的见面记录。请记一次走访。",
        "记走访",
        lambda facts: facts.meetings > 0,
        _visit_place,
        verb="visit.log",
    ),
    Need(
        "fact:contact",
        "contacts",
        "投资方联系人",
        "投资方还没有联系人。请登记一位。",
        "登记联系人",
        lambda facts: facts.contacts > 0,
        _contacts_place,
    ),
    Need(
        "fact:leader",
        "direct_leader",
        "挂钩领导",
        "还没有挂钩领导。请安排。",
        "安排挂钩领导",
        lambda facts: facts.leaders > 0,
        lambda facts: f"{facts.project_path}/assignments#kind",
        verb="assign",
    ),
    Need(
        "fact:site",
        "land_mu",
        "用地或厂房",
        "没有填写用地或厂房。请填写其中一项。",
        "填写用地或厂房",
        lambda facts: facts.has("land_mu", "plant_sqm"),
        lambda facts: f"{facts.project_path}/edit?section=money#land_mu",
        ("land_mu", "plant_sqm"),
        "land_mu",
    ),
)


def _file(kind: AttachmentKind) -> Need:
    def place(facts: Facts) -> str:
        if facts.milestone_path:
            return f"{facts.milestone_path}#upload_{kind.value}"
        if not facts.disclosed:
            return ""
        return f"{facts.project_path}?tab=files&kind={kind.value}#kind"

    return Need(
        f"file:{kind.value}",
        "evidence",
        file_words(kind),
        f"没有{file_words(kind)}。请上传。",
        f"上传{ATTACHMENT_LABELS[kind]}",
        lambda facts: kind in (facts.files if facts.evidence is None else facts.evidence),
        place,
        verb="visit.log",
    )


#: Everything a rule can ask for, by code.
NEEDS: Mapping[str, Need] = {
    need.code: need
    for need in (*_FIELDS, *_FACTS, *(_file(k) for k in AttachmentKind if k is not AttachmentKind.OTHER))
}

#: The columns of a project that needs and conditions look at.
GATE_COLUMNS = frozenset({column for need in NEEDS.values() for column in need.columns})

#: Whom a rule is for, besides the tier: code → (words, test).
CONDITIONS: Mapping[str, tuple[str, Callable[[Facts], bool]]] = {
    "": ("所有项目", lambda facts: True),
    "foreign": ("外资项目", lambda facts: facts.capital is Capital.FOREIGN),
    "domestic": ("内资项目", lambda facts: facts.capital is Capital.DOMESTIC),
    "land": ("有用地的项目", lambda facts: facts.land),
    "leased": ("租用厂房、不用地的项目", lambda facts: facts.leased),
    "built": ("租用厂房以外的项目", lambda facts: not facts.leased),
    "expansion": ("增资扩产项目", lambda facts: facts.kind is ProjectKind.EXPANSION),
    "not_expansion": ("增资扩产以外的项目", lambda facts: facts.kind is not ProjectKind.EXPANSION),
    "confidential": ("保密项目", lambda facts: facts.confidential),
}


def file_kind(code: str) -> AttachmentKind | None:
    """The kind of file a need asks for, None where it asks for something else."""
    head, _, kind = code.partition(":")
    return AttachmentKind(kind) if head == "file" else None
