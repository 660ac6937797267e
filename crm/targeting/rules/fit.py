"""Whether a company does what a link of a chain is about: by its class of GB/T 4754-2017, by how its industry is called, by its products."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from crm.core.folding import nfkc

#: A class is a code of GB/T 4754-2017 of two to four digits, without the letter of its section.
_CODE = re.compile(r"[A-T]?(\d{2,4})")
_SPLIT = re.compile(r"[/、，,；;()（）\s·和与及–-]+")
_DIVISION, _GROUP, _CLASS = 2, 3, 4
#: Latin marks of two letters (PP, AN) stand inside other words far too often.
_SHORTEST_LATIN, _SHORTEST = 3, 2
#: Words of links that say nothing of a product.
_COMMON = re.compile(
    "原料|制造|材料|设备|装备|服务|系统|应用|加工|制品|研发|检测|物流|其他|产业|工业|行业|技术|产品"
)
_MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class Industries:
    """How industries are called, by class, in the order of the setting: the first that a name begins with, or has in it, holds."""

    classes: tuple[tuple[str, tuple[str, ...]], ...]

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, str]]) -> "Industries":
        return cls(tuple((row["code"], tuple(_words(row["words"]))) for row in rows))

    def class_of(self, industry: str, code: str = "") -> str:
        """The class of a company by its own code or by how its industry is called; "" when neither tells."""
        if own := class_code(code):
            return own
        said = nfkc(industry).strip().lower()
        if not said:
            return ""
        exact = next((known for known, words in self.classes if said in words), "")
        if exact:
            return exact
        pairs = ((len(word), known) for known, words in self.classes for word in words if word in said)
        return max(pairs, default=(0, ""), key=lambda pair: pair[0])[1]


def _words(text: str) -> list[str]:
    return [word for part in text.split("、") if (word := nfkc(part).strip().lower())]


def class_code(written: str) -> str:
    """The digits of a class code as people write it; "" for anything else."""
    found = _CODE.fullmatch(nfkc(written).strip().upper())
    return found[1] if found else ""


def nearness(one: str, others: Iterable[str]) -> int:
    """How many leading digits a class shares with the nearest of the others: 4, 3, 2, or 0 where not even the division is the same."""
    best = 0
    for other in others:
        same = 0
        for a, b in zip(one, class_code(other), strict=False):
            if a != b:
                break
            same += 1
        best = max(best, same)
    return best if best >= _DIVISION else 0


def product_words(name: str, products: Sequence[str]) -> tuple[str, ...]:
    """What to look for in names and businesses: the products first, then the parts of the link's own name."""
    found: dict[str, None] = {}
    for text in (*products, name):
        for part in (text, *_SPLIT.split(text)):
            word = nfkc(part).strip().lower()
            if _says_something(word):
                found.setdefault(word)
    return tuple(found)[:_MOST_WORDS]


def _says_something(word: str) -> bool:
    if _COMMON.fullmatch(word) or _SPLIT.search(word):
        return False
    return len(word) >= (_SHORTEST_LATIN if word.isascii() else _SHORTEST)


_LARGE, _MIDDLE = Decimal(10_000), Decimal(1_000)
SIZE_WORDS = {
    "listed": "上市公司",
    "large": "注册资本 1 亿元以上",
    "middle": "注册资本 1000 万元以上",
    "small": "注册资本不足 1000 万元",
    "size0": "规模不清楚",
}


def size_of(listed: bool, capital: Decimal | None) -> str:
    """The row of the setting that a company's size falls into; capital in 万元."""
    if listed:
        return "listed"
    if capital is None:
        return "size0"
    if capital >= _LARGE:
        return "large"
    return "middle" if capital >= _MIDDLE else "small"


@dataclass(frozen=True, slots=True)
class Capable:
    """What the register says a company can do. `word` is a product of the link that its name or business has, `size` a code of SIZE_WORDS."""

    industry: str = ""
    code: str = ""
    word: str = ""
    size: str = "size0"


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a company fits a link: points None where the register does not tell what it does."""

    points: int | None
    words: str


def fit(
    company: Capable, node_classes: Sequence[str], industries: Industries, table: Mapping[str, int]
) -> Fit:
    """The best of class and product, times the size; `table` is the setting target_fit by code."""
    ways = _ways(company, node_classes, industries, table)
    if not ways:
        return Fit(None, f"{_why_unknown(company, node_classes)}，按不清楚计")
    best, words = max(ways)
    return Fit(best * table[company.size] // 100, f"{words}，{SIZE_WORDS[company.size]}")


def _why_unknown(company: Capable, node_classes: Sequence[str]) -> str:
    if not node_classes:
        return "环节没有填行业代码"
    return f"行业“{company.industry}”对不上国标行业" if company.industry else "行业不清楚"


def _ways(
    company: Capable, node_classes: Sequence[str], industries: Industries, table: Mapping[str, int]
) -> list[tuple[int, str]]:
    ways = [(table["word"], f"名称或主营有“{company.word}”")] if company.word else []
    own = industries.class_of(company.industry, company.code)
    if own and node_classes:
        called = company.industry or company.code
        row = {_CLASS: "class4", _GROUP: "class3", _DIVISION: "class2"}.get(
            nearness(own, node_classes), "none"
        )
        ways.append((table[row], f"行业“{called}”{_NEAR[row]}"))
    return ways


_NEAR = {
    "class4": "与环节行业小类相同",
    "class3": "与环节行业中类相同",
    "class2": "与环节行业大类相同",
    "none": "与环节行业不相符",
}
