"""The columns that a list of visits can show. The company always stands first and is not among them."""

from collections.abc import Iterable, Mapping

from crm.projects.rules.columns import Column

_ALL = (
    Column("date", "日期", "走访", 112),
    Column("time", "时间", "走访", 64),
    Column("mode", "方式", "走访", 96),
    Column("place", "地点", "走访", 136),
    Column("zone", "板块", "走访", 112),
    Column("occasion", "属于", "走访", 160),
    Column("author", "记录人", "走访", 96),
    Column("confidential", "涉密", "走访", 56),
    Column("created", "登记时间", "走访", 144),
    Column("ours", "我方人员", "参加的人", 160),
    Column("theirs", "对方人员", "参加的人", 160),
    Column("projects", "项目", "谈了什么", 200),
    Column("summary", "洽谈内容", "谈了什么", 280),
    Column("agreed", "达成共识", "谈了什么", 200),
    Column("intent_field", "意向领域", "谈了什么", 120),
    Column("intent", "意向投资", "谈了什么", 120),
    Column("demands", "对方诉求", "谈了什么", 200),
    Column("next", "下一步", "下一步", 200),
    Column("owner", "责任人", "下一步", 80),
)
COLUMNS: Mapping[str, Column] = {column.key: column for column in _ALL}
DEFAULT = ("date", "mode", "projects", "author", "zone")
GROUPS = tuple(dict.fromkeys(column.group for column in _ALL))
_NAME = 240


def chosen(keys: Iterable[str]) -> tuple[str, ...]:
    """The known ones of these keys, each once, in their order; the product's own where nothing is left."""
    return tuple(dict.fromkeys(key for key in keys if key in COLUMNS)) or DEFAULT


def width(keys: Iterable[str]) -> int:
    """How wide the list is with these columns, in pixels."""
    return _NAME + sum(COLUMNS[key].width for key in keys)
