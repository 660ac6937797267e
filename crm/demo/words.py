"""Invented names. Brands are made of characters that no known firm puts together; every row is also marked as demo."""

from random import Random

_FIRST = "启华东澄岚凌铭硕珩沐朔昕溯禾鹭翎砚泊锦乾榕衡芃霁澔曜穆钧屹岱沄珺昱淮漪瀚"
_SECOND = "澜岳麓崖峪汐屿岑郅峤汀陌岩岚川洲屹屿远桉垣舸沣枢漠湾擎翊榄堃磐珩汶渚"
_TRADES = (
    "储能科技", "新材料", "碳纤维", "光电", "航空复材", "海工装备", "风电叶片", "硅材料", "精密机械", "氢能源",
    "汽车部件", "制药", "生物科技", "医疗器械", "绿色化工", "特种纤维", "食品", "海洋生物", "半导体材料", "电子材料",
    "特钢", "工程塑料", "催化材料", "智能装备", "环保科技", "石英制品", "膜材料", "粮油", "冷链物流", "工业气体",
)  # fmt: skip
_FORMS = ("有限公司", "股份有限公司", "科技有限公司", "集团有限公司", "（江苏）有限公司")
_CITIES = (
    ("上海", "上海市"), ("江苏", "苏州市"), ("江苏", "南京市"), ("江苏", "无锡市"), ("江苏", "连云港市"), ("浙江", "杭州市"),
    ("浙江", "宁波市"), ("广东", "深圳市"), ("广东", "广州市"), ("山东", "青岛市"), ("山东", "济南市"), ("北京", "北京市"),
    ("安徽", "合肥市"), ("湖北", "武汉市"), ("福建", "厦门市"), ("四川", "成都市"), ("天津", "天津市"), ("河南", "郑州市"),
)  # fmt: skip
_SURNAMES = "罗沈顾许陆程韩宋魏蒋潘袁梁钟邵万钱严温樊施贺"
_GIVEN = (
    "知衡",
    "默言",
    "清和",
    "若岚",
    "思远",
    "书砚",
    "予安",
    "靖川",
    "文澜",
    "明远",
    "沐航",
    "知夏",
    "云舟",
    "景行",
    "嘉树",
    "令仪",
)
_POSTS = (
    "董事长",
    "总经理",
    "副总经理",
    "投资部总监",
    "战略发展部部长",
    "董事会秘书",
    "项目负责人",
    "华东区总经理",
)
_KINDS = (
    "生产基地项目",
    "一期项目",
    "产业园项目",
    "研发及制造项目",
    "扩建项目",
    "华东总部及制造项目",
    "智能工厂项目",
)

SUMMARIES = (
    "介绍了园区用地、蒸汽和污水处理条件，对方认可区位，关心用电价格和环评时限。",
    "双方就用地规模和投资强度交换意见，对方希望分两期供地，一期先行。",
    "对方介绍产能布局和上市计划，计划年内完成选址，正在比较三个城市。",
    "陪同察看地块和码头，对方技术负责人核对了地质和蒸汽参数，要求补充管网图。",
    "就协议文本逐条沟通，争议集中在开工时限和亩均税收，约定下周给出书面意见。",
    "对方反馈内部评审已过，等待董事会批准，请我方提供公用工程报价。",
    "回访生产情况，企业有扩产意向，需要新增标准厂房和冷链配套。",
    "对方更换了项目负责人，重新介绍项目背景，确认投资计划没有变化。",
)
NEXT_STEPS = (
    "回复用地红线和场地标高", "请公用集团出蒸汽报价", "送环评时限说明", "定实地考察时间", "发送协议第三稿", "约对方法务视频会",
    "补传来访签到和照片", "请供电公司出电价测算", "核对产品目录和两高清单", "汇总部门意见后答复",
)  # fmt: skip
DEMANDS = (
    ("用能", "首年电价测算由供电公司出函"), ("用地", "希望明确二期用地预留"), ("环评", "希望写明环评批复时限"),
    ("政策兑现", "设备补助申报口径"), ("用工", "协助对接职业院校"), ("基础设施", "厂区北侧道路通车时间"),
)  # fmt: skip
PROBLEMS = (
    "",
    "",
    "",
    "用地指标尚未落实",
    "环境容量需要市级统筹",
    "对方融资进度放缓",
    "蒸汽管网接入时间待定",
    "协议文本法务未回",
)
DONE = (
    "与投资方视频会商，明确一期建设内容。", "完成地块踏勘，形成会议纪要。", "部门意见已收齐，正在汇总。", "协议文本第三稿已发送对方。",
    "投资方补充了可研报告和财务资料。", "陪同投资方技术团队复勘。",
)  # fmt: skip


class Words:
    """Names for one deterministic run; no company name comes twice."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.used: set[str] = set()

    def brand(self, syllables: int = 2) -> str:
        pick = self.random.choice
        return pick(_FIRST) + "".join(pick(_SECOND) for _ in range(syllables - 1))

    def company(self) -> tuple[str, str]:
        """(registered name, short name)."""
        for attempt in range(50):
            brand, trade = self.brand(2 if attempt < 8 else 3), self.random.choice(_TRADES)
            name = brand + trade + self.random.choice(_FORMS)
            if name not in self.used:
                self.used.add(name)
                return name, brand + trade.removesuffix("科技")
        raise RuntimeError("the demo has run out of names")

    def city(self) -> tuple[str, str]:
        return self.random.choice(_CITIES)

    def person(self) -> str:
        return self.random.choice(_SURNAMES) + self.random.choice(_GIVEN)

    def post(self) -> str:
        return self.random.choice(_POSTS)

    def phone(self) -> str:
        """199 0000 xxxx: a range that reaches nobody in the demo."""
        return f"1990000{self.random.randrange(10_000):04d}"

    def project(self, short: str, product: str) -> str:
        return f"{short[:2]}{product}{self.random.choice(_KINDS)}"
