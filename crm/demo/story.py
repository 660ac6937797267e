"""The year's major projects, told by hand so that the quota board has something true to show for each of its states.

One line: zone, name, investor's short name, product, chain node, stage, amounts, what happened with the signing.
Dates are days before today; `signed` None is still in talks. All of it is invented.
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
    _h("LYG-XUWEI", "凌擎POE光伏料项目", "凌擎化工", "PETRO", S.INTENT, "1150000", "draft", 3),
)  # fmt: skip
