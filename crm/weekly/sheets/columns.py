"""The columns of the week's sheets, as the zones hand them in (rules.md §8.2)."""

from crm.chains.rules import ACTION_LABELS
from crm.companies.rules import PROGRESS_LABELS, LinkProgress
from crm.core.tables.books import Column

_NUMBER = Column("序号", 6, "number")
OVERVIEW = (
    Column("开发区", 20),
    Column("在库项目（个）", 9, "number", total=True),
    Column("总投资（亿元）", 11, "yi", total=True),
    Column("在谈（个）", 8, "number", total=True),
    Column("在谈总投资（亿元）", 11, "yi", total=True),
    Column("签约未开工（个）", 9, "number", total=True),
    Column("签约未开工总投资（亿元）", 12, "yi", total=True),
    Column("开工及以后（个）", 9, "number", total=True),
    Column("开工及以后总投资（亿元）", 12, "yi", total=True),
    Column("本周新增在谈（个）", 9, "number", total=True),
    Column("本周认定签约（个）", 9, "number", total=True),
    Column("本周认定开工（个）", 9, "number", total=True),
    Column("今年认定签约（个）", 9, "number", total=True),
    Column("今年认定签约总投资（亿元）", 12, "yi", total=True),
    Column("同比", 9, "percent"),
    Column("位次", 6, "number"),
    Column("本周走访（次）", 8, "number", total=True),
    Column("走访企业（家）", 8, "number", total=True),
    Column("逾期跟进（项）", 8, "number", total=True),
    Column("未填本周进展（个）", 9, "number", total=True),
)
CHAINS = (
    _NUMBER,
    Column("产业链", 26),
    Column("靶向企业（家）", 9, "number", total=True),
    *(Column(f"{PROGRESS_LABELS[progress]}（家）", 9, "number", total=True) for progress in LinkProgress),
    Column("项目（个）", 8, "number", total=True),
    Column("总投资（亿元）", 11, "yi", total=True),
    *(
        column
        for label in (*ACTION_LABELS.values(), "未评估")
        for column in (
            Column(f"{label}（个）", 8, "number", total=True),
            Column(f"{label}（亿元）", 11, "yi", total=True),
        )
    ),
)
_HEAD = (
    _NUMBER,
    Column("项目名称", 22, "long"),
    Column("投资方", 22, "long"),
    Column("投资方概况", 26, "long"),
    Column("项目内容及规模", 32, "long"),
    Column("总投资（亿元）", 10, "yi", total=True),
    Column("其中：固投（亿元）", 10, "yi", total=True),
    Column("用地（亩）", 8, "number", total=True),
    Column("产业类别", 12, "long"),
)
_NOTES = (Column("本周进展", 28, "long"), Column("存在问题", 22, "long"), Column("下一步打算", 22, "long"))
_WHO = (
    Column("招引单位", 14, "long"),
    Column("责任领导", 10, "long"),
    Column("责任人", 9),
    Column("备注", 20, "long"),
)
TALKING = (
    *_HEAD,
    Column("首次对接时间", 12, "day"),
    Column("目前进展", 10),
    *_NOTES,
    Column("预计签约时间", 12, "day"),
    *_WHO,
)
SIGNED = (
    *_HEAD,
    Column("签约时间", 12, "day"),
    Column("签约认定", 10),
    Column("签约统计日期", 12, "day"),
    Column("协议类型", 10),
    Column("注册时间", 12, "day"),
    Column("备案时间", 12, "day"),
    Column("目前进展", 10),
    *_NOTES,
    Column("预计开工时间", 12, "day"),
    *_WHO,
)
STARTED = (
    *_HEAD,
    Column("签约时间", 12, "day"),
    Column("开工时间", 12, "day"),
    Column("开工认定", 10),
    Column("竣工时间", 12, "day"),
    Column("投产时间", 12, "day"),
    Column("形象进度", 14, "long"),
    Column("累计完成投资（亿元）", 11, "yi", total=True),
    Column("今年完成投资（亿元）", 11, "yi", total=True),
    Column("本月完成投资（亿元）", 11, "yi", total=True),
    Column("入统", 12),
    *_NOTES,
    *_WHO,
)
VISITS = (
    _NUMBER,
    Column("开发区", 14, "long"),
    Column("日期", 12, "day"),
    Column("方式", 10),
    Column("地点", 14, "long"),
    Column("我方带队领导及陪同", 18, "long"),
    Column("对方企业", 24, "long"),
    Column("对方人员（姓名、职务）", 22, "long"),
    Column("洽谈内容", 40, "long"),
    Column("对方诉求", 22, "long"),
    Column("下一步", 22, "long"),
    Column("责任人", 9),
    Column("关联项目", 22, "long"),
)
DUTIES = (
    _NUMBER,
    Column("开发区", 14, "long"),
    Column("事项", 36, "long"),
    Column("类型", 10),
    Column("企业", 24, "long"),
    Column("项目", 24, "long"),
    Column("责任人", 9),
    Column("到期日", 12, "day"),
    Column("逾期（工作日）", 9, "number"),
    Column("推迟（次）", 8, "number"),
)
