"""When a list leaves at once, in the background, or only with somebody's approval."""

from collections.abc import Mapping
from enum import StrEnum

from crm.core.errors import RuleBroken


class Format(StrEnum):
    XLSX = "xlsx"
    CSV = "csv"


FORMAT_LABELS = {Format.XLSX: "Excel 工作簿", Format.CSV: "CSV 文本"}
MEDIA_TYPES = {
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.CSV: "text/csv; charset=utf-8",
}


#: Up to here the file is the answer of the request itself; more is made in the background.
AT_ONCE = 2_000


class Way(StrEnum):
    AT_ONCE = "at_once"
    BACKGROUND = "background"
    APPROVAL = "approval"


class RequestState(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        return {"pending": "待批准", "approved": "已批准", "refused": "未批准"}[self.value]


#: What the words of a list's address are called; a word without a name is shown as it is.
_ASKED = {
    "q": "搜索",
    "zone": "板块",
    "status": "状态",
    "stage": "阶段",
    "group": "阶段",
    "tier": "级别",
    "light": "灯",
    "capital": "内外资",
    "chain": "产业链",
    "node": "环节",
    "owner": "责任人",
    "maker": "登记人",
    "leader": "挂钩领导",
    "stuck": "停留超过常规",
    "slip": "推迟次数不少于",
    "ids": "勾选的编号",
    "officer": "记录人",
    "company": "企业",
    "project": "项目",
    "source": "来源",
    "confidential": "仅保密项目",
    "least": "总投资不低于",
    "most": "总投资不高于",
    "region": "省份",
    "city": "城市",
    "industry": "行业",
    "kind": "类型",
    "linked": "已建联系",
    "progress": "进度",
    "mode": "方式",
    "since": "从",
    "until": "到",
    "who": "范围",
    "part": "分段",
    "state": "状态",
    "waited": "已等天数",
    "check": "事项",
    "month": "月份",
    "year": "年份",
    "phase": "分期",
    "missing": "还没有挂钩领导",
    "code": "编号",
    "action": "方向",
    "entry": "切入点",
    "campaign": "招商专题编号",
    "converted": "已转项目",
    "live": "在跟",
    "due": "下一步",
    "person": "参加的人",
    "modes": "方式",
    "level": "领导级别",
    "led": "有领导参加",
    "by": "按什么看",
    "occasion": "属于",
    "lone": "单独一次",
    "each": "每家一次",
    "moved": "推迟过",
    "timely": "按期办结",
    "late": "逾期",
    "mine": "与本人有关",
    "unit": "责任单位",
    "category": "问题类别",
    "reached": "走到",
}
#: Not filters, but they decide what the file looks like.
_SHAPE = ("sort", "cols", "view")
_NOT_FILTERS = frozenset(
    {"list", "after", "page", "format", "open", "do", "csrf_token", "next", "saved", "order", "at", *_SHAPE}
)


def way_of(rows: int, large: int) -> Way:
    """`large` is the setting export_large_rows; more rows than that need a second person."""
    if rows > large:
        return Way.APPROVAL
    return Way.AT_ONCE if rows <= AT_ONCE else Way.BACKGROUND


def kept(asked: Mapping[str, str]) -> dict[str, str]:
    """The part of a list's address that decides which rows it shows and in which order."""
    return {
        name: value for name, value in asked.items() if value and (name in _SHAPE or name not in _NOT_FILTERS)
    }


def words(asked: Mapping[str, str]) -> str:
    """Filters in words, whose values are words already; a value of "" is one that its name says."""
    said = [
        f"{_ASKED.get(name, name)} {value}".strip() for name, value in asked.items() if name not in _SHAPE
    ]
    return "，".join(said) or "没有筛选"


def check_reason(reason: str) -> str:
    text = reason.strip()
    if len(text) < 2:
        raise RuleBroken("用途没有填。请写明导出后作什么用，批准人会看到。", field="reason")
    return text


def check_refusal(note: str) -> str:
    text = note.strip()
    if len(text) < 2:
        raise RuleBroken("理由没有填。请写明为什么不同意，申请人会看到。", field="reason")
    return text
