"""What the score of a target company is made of (targeting): weights, points of each part, bands of distance, words of industries."""

from decimal import Decimal

from crm.settings.rules.tables import OWN, Setting

GROUP = "靶向评分"


def _points(key: str, label: str, rows: tuple[tuple[str, str, int], ...], source: str = OWN) -> Setting:
    """A table of names and points, 0 to 100."""
    return Setting(
        key,
        label,
        "table",
        [{"code": code, "name": name, "points": str(points)} for code, name, points in rows],
        GROUP,
        source,
        columns=(("code", "代码", "code"), ("name", "情形", "fixed"), ("points", "分值", "points")),
    )


_WEIGHTS = (
    ("gap", "缺口：环节缺不缺、急不急", 60, 50),
    ("fit", "适配：企业做不做这一环节", 90, 50),
    ("reach", "可达：我们说不说得上话", 50, 50),
    ("signals", "动向：近期有没有扩张动向", 40, 50),
    ("distance", "距离：离本市远近", 30, 60),
)
WEIGHTS = Setting(
    "target_weights",
    "靶向评分：各项权重",
    "table",
    [
        {"code": code, "name": name, "weight": str(weight), "unknown": str(unknown)}
        for code, name, weight, unknown in _WEIGHTS
    ],
    GROUP,
    f"{OWN}。总分是各项系数相乘，权重是这一项得 0 分时最多扣去的百分数，权重 0 就是不计这一项",
    columns=(
        ("code", "代码", "code"),
        ("name", "项目", "fixed"),
        ("weight", "权重 %", "points"),
        ("unknown", "不清楚时按 分", "points"),
    ),
)
GAP = _points(
    "target_gap",
    "靶向评分：缺口分",
    (
        ("missing", "空白", 100),
        ("weak", "薄弱", 80),
        ("fair", "一般", 50),
        ("strong", "优势", 30),
        ("p1", "优先级 1 级，按几成计", 100),
        ("p2", "优先级 2 级，按几成计", 90),
        ("p3", "优先级 3 级，按几成计", 80),
        ("p4", "优先级 4 级，按几成计", 70),
        ("p5", "优先级 5 级，按几成计", 60),
        ("p0", "没有定优先级，按几成计", 80),
    ),
)
FIT = _points(
    "target_fit",
    "靶向评分：适配分",
    (
        ("class4", "行业小类相同", 100),
        ("word", "名称或主营写着这个环节的产品", 90),
        ("class3", "行业中类相同", 85),
        ("class2", "行业大类相同", 60),
        ("none", "行业不相符", 0),
        ("listed", "上市公司，按几成计", 100),
        ("large", "注册资本 1 亿元以上，按几成计", 95),
        ("middle", "注册资本 1000 万元以上，按几成计", 85),
        ("small", "注册资本不足 1000 万元，按几成计", 70),
        ("size0", "规模不清楚，按几成计", 90),
    ),
)
REACH = _points(
    "target_reach",
    "靶向评分：可达分",
    (
        ("talking", "正在洽谈", 95),
        ("filed", "已报备，在保护期内", 90),
        ("visited", "近期走访过", 80),
        ("existing_firm", "切入点：存量企业", 80),
        ("townsfolk", "切入点：乡贤", 75),
        ("supplier", "切入点：供应商", 75),
        ("family", "同一集团有企业在本市", 75),
        ("contacted", "已接触", 70),
        ("fund", "切入点：基金", 70),
        ("contact", "有联系人", 65),
        ("association", "切入点：协会", 60),
        ("met", "走访过，已隔较久", 60),
        ("other", "切入点：其他", 55),
        ("given_up", "已放弃", 10),
    ),
)
_BANDS = (
    ("home", "本市", "连云港", 100),
    ("province", "省内", "江苏、南京、无锡、徐州、常州、苏州、南通、淮安、盐城、扬州、镇江、泰州、宿迁", 90),
    ("delta", "长三角", "上海、浙江、杭州、宁波、安徽、合肥", 85),
    ("near", "周边与陇海线", "山东、青岛、济南、临沂、日照、河南、郑州、陕西、西安", 75),
    ("capital", "京津冀", "北京、天津、河北", 70),
    ("south", "珠三角与福建", "广东、深圳、广州、福建、厦门", 65),
    ("middle", "中部与川渝", "湖北、武汉、湖南、长沙、江西、四川、成都、重庆、山西", 60),
    ("abroad", "境外", "香港、澳门、台湾、境外、日本、韩国、新加坡、德国、美国", 45),
    ("other", "其余省份", "其余省份", 50),
)
DISTANCE = Setting(
    "target_distance",
    "靶向评分：距离分",
    "table",
    [
        {"code": code, "name": name, "places": places, "points": str(points)}
        for code, name, places, points in _BANDS
    ],
    GROUP,
    f"{OWN}。从上到下，先写到的先算；省份、城市用顿号隔开，写开头几个字即可",
    columns=(
        ("code", "代码", "code"),
        ("name", "档", "text"),
        ("places", "省份或城市", "text"),
        ("points", "分值", "points"),
    ),
)
SIGNAL_POINTS = Setting(
    "signal_points",
    "靶向评分：一条当天的动向加几分",
    "int",
    30,
    GROUP,
    unit="分",
    least=Decimal(0),
    most=Decimal(100),
)
SIGNAL_DAYS = Setting(
    "signal_days",
    "靶向评分：动向过多少天不再加分",
    "int",
    365,
    GROUP,
    f"{OWN}。加的分随天数均匀减少",
    unit="天",
    least=Decimal(1),
    most=Decimal(3650),
)
VISIT_DAYS = Setting(
    "reach_visit_days",
    "靶向评分：走访过多少天以内算近期",
    "int",
    180,
    GROUP,
    unit="天",
    least=Decimal(1),
    most=Decimal(3650),
)
TARGETING = (WEIGHTS, GAP, FIT, REACH, SIGNAL_POINTS, SIGNAL_DAYS, VISIT_DAYS, DISTANCE)
