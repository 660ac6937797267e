"""The columns that a list of duties can show. What is to be done always stands first and is not among them."""

from collections.abc import Iterable, Mapping

from crm.projects.rules.columns import Column

_ALL = (
    Column("due", "到期", "期限", 120),
    Column("time", "时间", "期限", 64),
    Column("first_due", "原定期限", "期限", 112),
    Column("late", "逾期 工作日", "期限", 104, number=True),
    Column("postponed", "推迟次数", "期限", 80, number=True),
    Column("why", "推迟原因", "期限", 200),
    Column("kind", "类别", "事项", 80),
    Column("state", "状态", "事项", 80),
    Column("project", "项目", "事项", 200),
    Column("amount", "总投资 亿元", "事项", 104, number=True),
    Column("zone", "板块", "事项", 104),
    Column("owner", "责任人", "事项", 80),
    Column("answer", "办理情况", "办结", 200),
    Column("closed", "办结时间", "办结", 144),
    Column("given_up", "取消原因", "办结", 200),
)
COLUMNS: Mapping[str, Column] = {column.key: column for column in _ALL}
DEFAULT = ("due", "kind", "project", "owner")
GROUPS = tuple(dict.fromkeys(column.group for column in _ALL))
#: What is to be done and the buttons beside it.
_NAME, _ACTS = 280, 240


def chosen(keys: Iterable[str]) -> tuple[str, ...]:
    """The known ones of these keys, each once, in their order; the product's own where nothing is left."""
    return tuple(dict.fromkeys(key for key in keys if key in COLUMNS)) or DEFAULT


def width(keys: Iterable[str]) -> int:
    """How wide the list is with these columns, in pixels."""
    return _NAME + _ACTS + sum(COLUMNS[key].width for key in keys)
