"""What an import is made of: kinds, states, and what can be the matter with a row.

Reading is pure: `headings` names columns, `grid` finds sheets, `cells` reads one cell, `projects` and `companies`
turn a row into a draft, `rows` does it for a whole book, `deciding` compares drafts with what is there.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class BatchKind(StrEnum):
    COMPANIES = "companies"
    PROJECTS = "projects"
    INVESTMENT = "investment"
    TARGETS = "targets"


KIND_LABELS = {
    BatchKind.COMPANIES: "企业",
    BatchKind.PROJECTS: "项目",
    BatchKind.INVESTMENT: "月度投资",
    BatchKind.TARGETS: "靶向企业",
}
#: Lists of companies, which go into the register; a list of targets says more of them.
OF_COMPANIES = frozenset({BatchKind.COMPANIES, BatchKind.TARGETS})


class BatchState(StrEnum):
    UPLOADED = "uploaded"
    READING = "reading"
    READ = "read"
    COMMITTING = "committing"
    COMMITTED = "committed"
    FAILED = "failed"
    UNDONE = "undone"


STATE_LABELS = {
    BatchState.UPLOADED: "待读取",
    BatchState.READING: "正在读取",
    BatchState.READ: "待核对",
    BatchState.COMMITTING: "正在入库",
    BatchState.COMMITTED: "已入库",
    BatchState.FAILED: "读取失败",
    BatchState.UNDONE: "已撤销",
}


class RowAction(StrEnum):
    NEW = "new"
    UPDATE = "update"
    DUPLICATE = "duplicate"
    SKIP = "skip"
    ERROR = "error"


ACTION_LABELS = {
    RowAction.NEW: "新增",
    RowAction.UPDATE: "更新",
    RowAction.DUPLICATE: "重复",
    RowAction.SKIP: "跳过",
    RowAction.ERROR: "处理后才入库",
}


class Level(StrEnum):
    """ERROR keeps the row out, CONFIRM asks a person, READ tells what was understood."""

    ERROR = "error"
    CONFIRM = "confirm"
    READ = "read"


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One line of the list beside the sheet."""

    code: str
    level: Level
    label: str


_KINDS = (
    ProblemKind("no_name", Level.ERROR, "没有名称"),
    ProblemKind("date_unclear", Level.ERROR, "日期读不准"),
    ProblemKind("zone_unknown", Level.ERROR, "板块不认识"),
    ProblemKind("zone_several", Level.ERROR, "板块有几个同名"),
    ProblemKind("zone_foreign", Level.ERROR, "不在您的板块"),
    ProblemKind("amount_bad", Level.ERROR, "金额读不出"),
    ProblemKind("date_bad", Level.ERROR, "日期读不出"),
    ProblemKind("number_bad", Level.ERROR, "数字读不出"),
    ProblemKind("code_bad", Level.ERROR, "信用代码有误"),
    ProblemKind("phone_bad", Level.ERROR, "电话有误"),
    ProblemKind("project_unknown", Level.ERROR, "查不到这个项目"),
    ProblemKind("too_long", Level.ERROR, "文字太长"),
    ProblemKind("month_bad", Level.ERROR, "月份读不出"),
    ProblemKind("phase_unknown", Level.ERROR, "没有这个分期"),
    ProblemKind("investment_bad", Level.ERROR, "投资数对不上"),
    ProblemKind("differs", Level.CONFIRM, "金额或日期有变化"),
    ProblemKind("target_differs", Level.CONFIRM, "靶向企业与清单里的不同"),
    ProblemKind("month_closed", Level.CONFIRM, "月份已结账"),
    ProblemKind("look_alike", Level.CONFIRM, "像已有项目"),
    ProblemKind("company_alike", Level.CONFIRM, "像名录里的企业"),
    ProblemKind("parent_open", Level.CONFIRM, "上级企业不在名录里"),
    ProblemKind("parent_circle", Level.CONFIRM, "上级企业绕成一圈"),
    ProblemKind("parent_differs", Level.CONFIRM, "上级企业与名录不同"),
    ProblemKind("amount_range", Level.CONFIRM, "金额是区间"),
    ProblemKind("agreement_unknown", Level.CONFIRM, "协议类型不认识"),
    ProblemKind("termination", Level.CONFIRM, "解除协议不按签约导入"),
    ProblemKind("node_open", Level.READ, "环节待确认"),
    ProblemKind("owner_open", Level.READ, "责任人不认识，未入库"),
    ProblemKind("signed_draft", Level.READ, "签约存为未报，待补证据"),
    ProblemKind("framework", Level.READ, "框架协议不计签约"),
    ProblemKind("parent_read", Level.READ, "归到上级企业"),
    ProblemKind("kin_read", Level.READ, "像是同一集团"),
    ProblemKind("amount_read", Level.READ, "金额换算单位"),
    ProblemKind("date_read", Level.READ, "日期统一写法"),
    ProblemKind("zone_read", Level.READ, "板块统一名称"),
    ProblemKind("phone_split", Level.READ, "拆出电话"),
    ProblemKind("investors_split", Level.READ, "几家投资方，首家为主"),
    ProblemKind("code_read", Level.READ, "代码统一写法"),
    ProblemKind("left_out", Level.READ, "读不懂的内容未入库"),
    ProblemKind("repeated", Level.READ, "与表内前面的行重复"),
)
PROBLEM_KINDS: Mapping[str, ProblemKind] = {kind.code: kind for kind in _KINDS}


@dataclass(frozen=True, slots=True)
class Problem:
    """`column` counts from 0, -1 where the whole row is meant; `options` are readings to choose from."""

    kind: str
    column: int
    field: str
    value: str
    message: str
    options: tuple[str, ...] = ()

    @property
    def level(self) -> Level:
        return PROBLEM_KINDS[self.kind].level

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"level": self.level.value, "options": list(self.options)}


def letter(column: int) -> str:
    """0 → A, 26 → AA: columns as the spreadsheet names them."""
    name = ""
    column += 1
    while column > 0:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name
