"""Messages as people paste them, taken apart into persons."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.units.rules import LeaderLevel
from crm.visits.rules import Ours, our_person, people_in

ZHANG = ("张三", "总经理", "13800000000")


@pytest.mark.parametrize(
    ("message", "people"),
    [
        ("张三，XX公司总经理，13800000000", [("张三", "XX公司总经理", "13800000000")]),
        (
            "李四 董事长 138-0000-0000 / 王五 副总",
            [("李四", "董事长", "13800000000"), ("王五", "副总", "")],
        ),
        ("张 三 13800000000", [("张三", "", "13800000000")]),
        ("13800000000 张三", [("张三", "", "13800000000")]),
        ("张三\n总经理\n13800000000", [ZHANG]),
        ("张三\t总经理\t13800000000\n李四\t副总\t", [ZHANG, ("李四", "副总", "")]),
        ("张三（总经理）：13800000000", [ZHANG]),
        ("总经理张三 13800000000", [ZHANG]),
        ("张三总经理，李四副总经理", [("张三", "总经理", ""), ("李四", "副总经理", "")]),
        ("对方：张三（董事长）、李四（投资总监）", [("张三", "董事长", ""), ("李四", "投资总监", "")]),
        ("姓名：张三\n职务：总经理\n电话：138 0000 0000", [ZHANG]),
        (
            "联系人：王小明 手机：13900001111\n联系人：赵六，电话 13700001111",
            [("王小明", "", "13900001111"), ("赵六", "", "13700001111")],
        ),
        (
            "1. 罗知衡 董事副总经理 13800000001\n2. 沈默言 投资部 13800000002",
            [("罗知衡", "董事副总经理", "13800000001"), ("沈默言", "投资部", "13800000002")],
        ),
        (
            "深圳启澜储能有限公司 董事长助理 欧阳明月 +86 138-0000-0000",
            [("欧阳明月", "深圳启澜储能有限公司 董事长助理", "13800000000")],
        ),
        (
            "华为技术有限公司　任小明　区域总经理　0755-28780808转8001",
            [("任小明", "华为技术有限公司 区域总经理", "0755-28780808-8001")],
        ),
        (
            "张三13800000000、李经理—0518-85123456",
            [("张三", "", "13800000000"), ("李经理", "", "0518-85123456")],
        ),
        ("王总 13800000000", [("王总", "", "13800000000")]),
        ("您好，这是我们李总的电话13800000000", [("李总", "", "13800000000")]),
        ("张三 微信同号13800000000", [("张三", "", "13800000000")]),
        ("张三，zhang@example.com，13800000000", [("张三", "", "13800000000")]),
        ("谭维维 博世中国 采购总监", [("谭维维", "博世中国 采购总监", "")]),
        ("艾力·买买提 主任 13800000000", [("艾力·买买提", "主任", "13800000000")]),
        (
            "Michael Chen, Vice President, 13800000000",
            [("Michael Chen", "Vice President", "13800000000")],
        ),
        (
            "BEGIN:VCARD\r\nVERSION:3.0\r\nN:张;三\r\nFN:张三\r\nORG:启澜储能\r\nTITLE:总监\r\n"
            "TEL;TYPE=CELL:+86 138 0000 0000\r\nEND:VCARD",
            [("张三", "启澜储能总监", "13800000000")],
        ),
        ("总经理 13800000000", [("", "总经理", "13800000000")]),
        # As they come out of WeChat and off cards: the sender's line, several numbers, the country's code, full width.
        (
            "微信名片：\n孙悦 2026/11/20 10:32\n孙悦，盛虹石化 规划部 副部长，电话13512345678，办公室0512-63551234",
            [("孙悦", "盛虹石化 规划部 副部长", "13512345678")],
        ),
        (
            "【名片】周文涛\n华东区总裁 | 某某集团\nMobile: +86-139 1234 5678\nEmail: zwt@abc.com",
            [("周文涛", "华东区总裁 某某集团", "13912345678")],
        ),
        (
            "参会：1.徐强 总经理 +8613612345678；2.何静 财务总监 １３７－１２３４－５６７８；3.马超",
            [("徐强", "总经理", "13612345678"), ("何静", "财务总监", "13712345678"), ("马超", "", "")],
        ),
        (
            "您好，我是远景能源的高飞，负责华东区战略投资，手机18612345678，微信同号",
            [("高飞", "远景能源 负责华东区战略投资", "18612345678")],
        ),
        ("李四 总经理 +86 518 8580 1234", [("李四", "总经理", "0518-85801234")]),
        ("王五，副总，(0518)85801234", [("王五", "副总", "0518-85801234")]),
        ("", []),
        ("  \n，、\n", []),
    ],
)
def test_a_message_falls_into_name_post_and_phone(message: str, people: list[tuple[str, str, str]]) -> None:
    assert [(p.name, p.post, p.phone) for p in people_in(message)] == people


@given(st.text(alphabet="张三李四总经理公司 ，,/\n\t13800000000-:：（）\x00\x01aZ.@", max_size=120))
def test_no_message_breaks_it_and_nothing_is_too_long(message: str) -> None:
    for person in people_in(message):
        assert len(person.name) <= 40 and len(person.post) <= 80
        assert person.name or person.post or person.phone


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["张三", "李小四", "欧阳明月", "王五"]),
            st.sampled_from(["总经理", "副总裁", "投资总监", ""]),
            st.integers(min_value=13_000_000_000, max_value=19_999_999_999).map(str),
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from([" ", "，", ", ", "、", "\t"]),
)
def test_what_is_written_one_person_a_line_comes_back_as_written(
    people: list[tuple[str, str, str]], between: str
) -> None:
    message = "\n".join(between.join(part for part in person if part) for person in people)
    assert [(p.name, p.post, p.phone) for p in people_in(message)] == people


@pytest.mark.parametrize(
    ("written", "person"),
    [
        ("陈思远", Ours("陈思远")),
        ("王明（市分管）", Ours("王明", level=LeaderLevel.CITY_CHARGE)),
        ("李强 区主要领导", Ours("李强", level=LeaderLevel.COUNTY_MAIN)),
        ("赵清 部门负责人", Ours("赵清", level=LeaderLevel.DEPARTMENT)),
        ("王明（区（板块）主要领导）", Ours("王明", level=LeaderLevel.COUNTY_MAIN)),
        ("市主要", Ours("市主要")),
    ],
)
def test_a_rank_behind_a_name_is_read(written: str, person: Ours) -> None:
    assert our_person(written) == person
