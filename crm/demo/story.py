"""The year's major projects, told by hand so that the quota board has something true to show for each of its states.

One line: zone, name, investor's short name, product, chain node, stage, amounts, what happened with the signing.
Dates are days before today, or before the same day `years_ago`; `signed` None is still in talks. All of it is invented.
"""

from dataclasses import dataclass

from crm.projects.rules import Capital, Exclusion, Stage, Status


@dataclass(frozen=True, slots=True)
class Headline:
    """`total` in 万元, `usd` in 万美元. `outcome`: recognised, pending, returned, revoked, draft, framework, or "" (in talks)."""

    zone: str
    name: str
    investor: str
    node: str
    stage: Stage
    total: str | None
    outcome: str = ""
    signed: int | None = None
    usd: str | None = None
    status: Status = Status.ACTIVE
    exclusion: Exclusion | None = None
    confidential: bool = False
    quiet: int = 5
    due: int = 3
    years_ago: int = 0

    @property
    def capital(self) -> Capital:
        return Capital.FOREIGN if self.usd else Capital.DOMESTIC


def _h(*args: object, **more: object) -> Headline:
    return Headline(*args, **more)  # type: ignore[arg-type]


S = Stage
HEADLINES = (
    _h("LYG-ETDZ", "砚洲半导体材料项目", "砚洲半导体", "SILICON", S.REGISTERED, "1200000", "recognised", 250, due=-5),
    _h("LYG-ETDZ", "启澜储能电芯及系统集成基地", "启澜储能", "NEWENERGY", S.INTENT, "1020000", quiet=4, due=0),
    _h("LYG-ETDZ", "翎川航空复合材料", "翎川航材", "FIBER", S.IN_DEPTH, "1100000", quiet=4, due=-6),
    _h("LYG-ETDZ", "澔曜创新药产业化基地", "澔曜制药", "PHARMA", S.SIGNED, "999900", "recognised", 96, due=-1),
    _h("LYG-ETDZ", "岱沄高端医疗器械项目", "岱沄医疗", "TCMDEV", S.INTENT, "1050000", "framework", 40, due=0),
    _h("LYG-XUWEI", "锦汀化学新材料项目", "锦汀化学", "CHEMMAT", S.STARTED, "1680000", "recognised", 230),
    _h("LYG-XUWEI", "溯岩绿色化工一体化项目", "溯岩化工", "PETRO", S.REGISTERED, None, "recognised", 130, usd="100000"),
    _h("LYG-XUWEI", "霁岚特种聚烯烃项目", "霁岚化工", "PETRO", S.SIGNED, None, "recognised", 70, usd="99999"),
    _h("LYG-LIANYUN", "泊岚粮油精深加工项目", "泊岚粮油", "FOODSEA", S.SIGNED, "1000000", "pending", 5),
    _h("LYG-GYMARINE", "乾屹特种钢项目", "乾屹特钢", "STEEL", S.STARTED, "1452000", "recognised", 180),
    _h("LYG-GANYU", "榕屿光伏组件项目", "榕屿光伏", "NEWENERGY", S.INTENT, "580000", "returned", 20),
    _h("LYG-HTZ", "衡汐数控装备项目", "衡汐装备", "EQUIP", S.SIGNED, "620000", "recognised", 200),
    _h("LYG-HAIZHOU", "穆桉医疗耗材产业园", "穆桉医疗", "TCMDEV", S.APPROVED, "535000", "recognised", 160),
    _h("LYG-DONGHAI", "衡岩石英制品项目", "衡岩石英", "SILICON", S.REGISTERED, "1200000", "recognised", 110),
    _h("LYG-DHHT", "岚峪光电材料项目", "岚峪光电", "SILICON", S.IN_DEPTH, "510000", quiet=12),
    _h("LYG-GUANYUN", "曜屿风电装备项目", "曜屿风电", "NEWENERGY", S.STARTED, "568000", "recognised", 210),
    _h("LYG-GYLG", "钧磐精细化工项目", "钧磐化工", "CHEMMAT", S.SIGNED, "505000", "recognised", 60),
    _h("LYG-GUANNAN", "芃远食品产业园", "芃远食品", "FOODSEA", S.PRELIMINARY, "520000", quiet=34, due=-3),
    _h("LYG-GUANNAN", "瀚渚不锈钢制品项目", "瀚渚不锈钢", "STEEL", S.SIGNED, "560000", "recognised", 150, status=Status.TERMINATED),
    _h("LYG-CHEM", "沄汶医药中间体项目", "沄汶医药", "PHARMA", S.COMPLETED, "540000", "recognised", 300),
    _h("LYG-CBZ", "昱汀保税研发中心", "昱汀供应链", "EQUIP", S.SIGNED, "120000", "recognised", 45),
    _h("LYG-SCO", "淮川国际冷链物流项目", "淮川物流", "FOODSEA", S.STARTED, "86000", "recognised", 190),
    _h("LYG-ETDZ", "某新材料保密项目", "珺湾材料", "FIBER", S.REVIEW, "680000", confidential=True, quiet=8, due=-1),
    _h("LYG-ETDZ", "漪堃滨海新城综合开发", "漪堃置业", "EQUIP", S.SIGNED, "1300000", "recognised", 80, exclusion=Exclusion.REAL_ESTATE),
    _h("LYG-GANYU", "淮珩海洋食品项目", "淮珩食品", "FOODSEA", S.SIGNED, "499999", "recognised", 33),
    _h("LYG-HAIZHOU", "朔桉康养器械项目", "朔桉康养", "TCMDEV", S.INTENT, "526000", "revoked", 90),
    _h("LYG-GYLG", "沐舸锂电辅材项目", "沐舸新能源", "NEWENERGY", S.IN_DEPTH, "700000", status=Status.ON_HOLD, quiet=70),
    _h("LYG-DONGHAI", "珩枢高纯石英砂项目", "珩枢石英", "SILICON", S.INTENT, "880000", status=Status.LOST, quiet=95),
    _h("LYG-DHHT", "岫岩晶体元件项目", "岫岩晶体", "SILICON", S.REGISTERED, "262000", "recognised", 120),
    _h("LYG-GUANNAN", "芷远预制菜项目", "芷远食品", "FOODSEA", S.STARTED, "231000", "recognised", 140),
    _h("LYG-LIANYUN", "沄岚冷链加工项目", "沄岚冷链", "FOODSEA", S.REGISTERED, "78000", "recognised", 100),
    _h("LYG-XUWEI", "凌擎POE光伏料项目", "凌擎化工", "PETRO", S.INTENT, "1150000", "draft", 3),
)  # fmt: skip

#: Last year's, so that this year's growth is of a real city's size. All signed and recognised by the same day of that year.
BEFORE = (
    _h("LYG-ETDZ", "澧川功率器件封装基地", "澧川微电", "SILICON", S.PRODUCING, "1480000", "recognised", 260, years_ago=1),
    _h("LYG-ETDZ", "岱泽碳纤维预浸料项目", "岱泽复材", "FIBER", S.COMPLETED, "1130000", "recognised", 205, years_ago=1),
    _h("LYG-ETDZ", "霖屿生物药基地", "霖屿生物", "PHARMA", S.STARTED, "1020000", "recognised", 130, years_ago=1),
    _h("LYG-XUWEI", "砺泓聚碳酸酯项目", "砺泓化工", "PETRO", S.PRODUCING, "1620000", "recognised", 240, years_ago=1),
    _h("LYG-XUWEI", "澄峦电子化学品项目", "澄峦化学", "CHEMMAT", S.STARTED, "1050000", "recognised", 150, years_ago=1),
    _h("LYG-HTZ", "棣汐机器人减速器项目", "棣汐装备", "EQUIP", S.STARTED, "552000", "recognised", 190, years_ago=1),
    _h("LYG-LIANYUN", "沅岚海产品加工项目", "沅岚食品", "FOODSEA", S.PRODUCING, "84000", "recognised", 170, years_ago=1),
    _h("LYG-HAIZHOU", "岑桉中药饮片项目", "岑桉中药", "TCMDEV", S.STARTED, "508000", "recognised", 215, years_ago=1),
    _h("LYG-GANYU", "潞屿光伏边框项目", "潞屿新能", "NEWENERGY", S.PRODUCING, "456000", "recognised", 200, years_ago=1),
    _h("LYG-GYMARINE", "峤屹海工钢结构项目", "峤屹钢构", "STEEL", S.COMPLETED, "1210000", "recognised", 225, years_ago=1),
    _h("LYG-DONGHAI", "珣岩石英坩埚项目", "珣岩石英", "SILICON", S.PRODUCING, "1015000", "recognised", 180, years_ago=1),
    _h("LYG-DHHT", "峒谷光学玻璃项目", "峒谷光学", "SILICON", S.STARTED, "238000", "recognised", 160, years_ago=1),
    _h("LYG-GUANYUN", "昶屿储能柜项目", "昶屿储能", "NEWENERGY", S.STARTED, "505000", "recognised", 230, years_ago=1),
    _h("LYG-GYLG", "淇磐表面活性剂项目", "淇磐化工", "CHEMMAT", S.STARTED, "462000", "recognised", 175, years_ago=1),
    _h("LYG-GUANNAN", "沐远肉制品项目", "沐远食品", "FOODSEA", S.PRODUCING, "246000", "recognised", 195, years_ago=1),
    _h("LYG-CHEM", "沣汶原料药项目", "沣汶医药", "PHARMA", S.STARTED, "476000", "recognised", 210, years_ago=1),
    _h("LYG-CBZ", "昊汀保税维修中心", "昊汀供应链", "EQUIP", S.PRODUCING, "104000", "recognised", 140, years_ago=1),
    _h("LYG-SCO", "涟川中欧班列集配项目", "涟川物流", "FOODSEA", S.PRODUCING, "112000", "recognised", 185, years_ago=1),
)  # fmt: skip
