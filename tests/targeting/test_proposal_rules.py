import pytest

from crm.targeting.rules.fit import Industries
from crm.targeting.rules.proposals import CompanyFacts, NodeFacts, Proposer

pytestmark = pytest.mark.once

NODES = (
    NodeFacts(1, "P-01", "乙烯", "石化", ("乙烯",), ("2614",), ("LYG-XUWEI",)),
    NodeFacts(2, "P-02", "丙烯腈", "石化", ("AN",), ("2614",), ("LYG-XUWEI",)),
    NodeFacts(3, "M-01", "碳纤维", "新材料", ("碳纤维", "原丝"), ("2829",), ("LYG-ETDZ",)),
    NodeFacts(4, "D-01", "创新药制剂", "医药", ("片剂",), ("2720",), ()),
    NodeFacts(5, "S-01", "检测服务", "医药", (), (), ()),
)
POINTS = {"class4": 100, "class3": 85, "class2": 60, "word": 90, "none": 0}
INDUSTRIES = Industries.of(
    [{"code": "2614", "words": "化工原料"}, {"code": "26", "words": "化工"}, {"code": "27", "words": "医药"}]
)


def best(zone: str = "", **facts: str) -> list[str]:
    proposer = Proposer(NODES, INDUSTRIES, POINTS, "连云港")
    return [p.code for p in proposer.best(CompanyFacts(**{"name": "甲公司", **facts}), zone)]


def test_a_class_alone_proposes_the_links_of_that_class() -> None:
    assert best(industry="化工原料") == ["P-01", "P-02"]
    assert best(industry_code="C2614") == ["P-01", "P-02"]


def test_a_product_in_the_name_or_business_says_more_than_the_division() -> None:
    assert best(industry="化工", business="年产乙烯 30 万吨")[0] == "P-01"
    assert best(name="某某碳纤维有限公司") == ["M-01"]


def test_what_nobody_knows_anything_of_proposes_nothing() -> None:
    assert best(industry="银行") == []
    assert best() == []


def test_the_own_chain_comes_first_where_all_else_is_alike() -> None:
    proposer = Proposer(NODES, INDUSTRIES, POINTS, "连云港")
    mine = proposer.best(CompanyFacts("甲公司", industry="化工原料"), "LYG-XUWEI")[0]
    other = proposer.best(CompanyFacts("甲公司", industry="化工原料"))[0]
    assert mine.points > other.points
    assert "本板块的链" in mine.why


def test_only_a_proposal_that_nothing_comes_near_is_sure() -> None:
    proposer = Proposer(NODES, INDUSTRIES, POINTS, "连云港")
    assert not proposer.best(CompanyFacts("甲公司", industry="化工原料"))[0].sure
    both = proposer.best(CompanyFacts("甲乙烯公司", industry="化工原料"))
    assert both[0].sure
    assert not both[1].sure


def test_reasons_are_words_and_name_the_region() -> None:
    proposer = Proposer(NODES, INDUSTRIES, POINTS, "连云港")
    found = proposer.best(CompanyFacts("甲公司", industry="医药", region="浙江"))[0]
    assert found.why == "行业大类相同（医药），浙江"
    home = proposer.best(CompanyFacts("甲公司", industry="医药", region="江苏", city="连云港市"))[0]
    assert "本市企业" in home.why
