"""Provinces and cities as they stand at the head of company names."""

_PROVINCES = (
    "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 "
    "山东 河南 湖北 湖南 广东 海南 四川 贵州 云南 陕西 甘肃 青海 台湾 内蒙古 "
    "广西 西藏 宁夏 新疆 香港 澳门"
)
_REGIONS = (
    "内蒙古自治区 广西壮族自治区 西藏自治区 宁夏回族自治区 新疆维吾尔自治区 香港特别行政区 澳门特别行政区"
)
_JIANGSU = (
    "南京 无锡 徐州 常州 苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁 江阴 "
    "宜兴 昆山 常熟 张家港 太仓 溧阳 海门 如皋 启东 海安 东台 仪征 高邮 丹阳 "
    "扬中 句容 兴化 靖江 泰兴 邳州 新沂"
)
_LIANYUNGANG = "东海县 灌云县 灌南县 赣榆区 赣榆县 海州区 连云区"
_LARGE = (
    "石家庄 唐山 太原 沈阳 大连 长春 哈尔滨 杭州 宁波 温州 嘉兴 湖州 绍兴 金华 "
    "台州 合肥 芜湖 福州 厦门 泉州 南昌 济南 青岛 烟台 潍坊 临沂 日照 郑州 洛阳 "
    "武汉 长沙 广州 深圳 珠海 佛山 东莞 惠州 中山 南宁 海口 成都 绵阳 贵阳 昆明 "
    "西安 兰州 西宁 银川 乌鲁木齐 呼和浩特 拉萨"
)


def _with_suffix(names: str, suffix: str) -> set[str]:
    plain = names.split()
    return {*plain, *(name + suffix for name in plain)}


PLACES = frozenset(
    _with_suffix(_PROVINCES, "省")
    | _with_suffix("北京 天津 上海 重庆", "市")
    | set(_REGIONS.split())
    | _with_suffix(_JIANGSU, "市")
    | _with_suffix(_LARGE, "市")
    | set(_LIANYUNGANG.split())
    | {"中国"}
)
