"""Names, codes, phone numbers and readings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as stdnum

from crm.core import text
from crm.core.errors import RuleBroken
from crm.core.text import Person, Uscc


def test_folding_unifies_widths_and_drops_invisible_marks():
    assert text.nfkc("　Ａ１（\u200b集团\ufeff）\u00a0") == "A1(集团)"


@pytest.mark.parametrize("written", ["", " ", "待定", "/", "—", "——", "－", "Ｎ／Ａ", "暂 无"])
def test_the_ways_of_saying_that_nothing_is_known(written):
    assert text.is_unknown(written)


@pytest.mark.parametrize("written", ["0", "无锡", "a", "待定项目"])
def test_what_only_looks_like_nothing_is_something(written):
    assert not text.is_unknown(written)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("连云港恒达贸易有限公司", "恒达贸易"),
        ("江苏省连云港市恒达贸易有限责任公司", "恒达贸易"),
        ("恒达（集团）股份有限公司", "恒达"),
        ("恒达（中国）控股集团有限公司", "恒达"),
        ("恒 达 Ａ1 有限公司", "恒达a1"),
        ("某某产业基金(有限合伙)", "某某产业基金"),
        ("南京港股份有限公司", "南京港"),
        ("江苏银行股份有限公司", "江苏银行"),
        ("有限公司", "有限公司"),
        ("江苏有限公司", "江苏"),
        ("（集团）", "集团"),
        ("广西壮族自治区某某有限公司", "某某"),
    ],
)
def test_a_company_key_leaves_the_brand(name, key):
    assert text.company_key(name) == key


def test_the_identity_of_a_company_keeps_what_tells_legal_persons_apart():
    assert text.company_identity("恒达（江苏）有限公司 ") == text.company_identity("恒达(江苏)有限公司")
    assert text.company_identity("恒达（江苏）有限公司") != text.company_identity("恒达有限公司")


@given(st.text(max_size=30))
def test_a_company_key_is_empty_only_for_an_empty_name(name):
    assert bool(text.company_key(name)) == bool(text.nfkc(name))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("特种尼龙生产基地项目（5期）", "特种尼龙生产基地5期项目"),
        ("储能电芯 二期 项目", "储能电芯2期"),
        ("年产5万吨聚碳酸酯项目", "年产５万吨聚碳酸酯"),
    ],
)
def test_two_ways_of_writing_a_project_share_a_key(one, other):
    assert text.name_key(one) == text.name_key(other)


def test_phases_and_numbers_tell_projects_apart():
    keys = {text.name_key(f"储能电芯项目{phase}") for phase in ("", "一期", "二期", "（3期）")}
    assert len(keys) == 4
    assert text.name_key("项目") == "项目"


@pytest.mark.parametrize(
    ("raw", "code", "kind"),
    [
        ("91320700MA1MAAAAXX", None, None),
        (" 91320600138701234 5", None, None),
        ("913206841387832638", "913206841387832638", "uscc"),
        ("'9132128214109686xp", "9132128214109686XP", "uscc"),
        ("９１３２０６８４１３８７８３２６３８", "913206841387832638", "uscc"),
        ("320700000012345", "320700000012345", "old"),
        (320700000012345.0, "320700000012345", "old"),
    ],
)
def test_a_credit_code_is_verified_by_its_check_digit(raw, code, kind):
    if code is None:
        with pytest.raises(RuleBroken):
            text.uscc(raw)
    else:
        assert text.uscc(raw) == Uscc(code, kind)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ("913206841387832639", "校验位"),
        ("91320684138783263", "17 位"),
        ("9132O6841387832638", "字符"),
        ("9.13207E+17", "科学计数"),
        ("", "0 位"),
        (None, "0 位"),
    ],
)
def test_a_wrong_credit_code_is_refused_saying_what_is_wrong(raw, says):
    with pytest.raises(RuleBroken, match=says):
        text.uscc(raw)


@given(st.integers(0, 16), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_any_single_slip_in_a_credit_code_is_caught(at, character):
    code = "913206841387832638"
    slipped = code[:at] + character + code[at + 1 :]
    if slipped != code:
        with pytest.raises(RuleBroken):
            text.uscc(slipped)


@given(st.from_regex(r"[0-9]{8}[0-9A-HJ-NPQRTUWXY]{9}", fullmatch=True))
def test_the_check_digit_is_the_one_the_library_computes(body):
    right = stdnum.calc_check_digit(body)
    for digit in "0123456789ABCDEFGHJKLMNPQRTUWXY":
        code = body + digit
        # What reads as scientific notation is refused unless it is a right code.
        if digit == right:
            assert text.uscc(code) == Uscc(code, "uscc")
        else:
            with pytest.raises(RuleBroken):
                text.uscc(code)


@pytest.mark.parametrize(
    ("raw", "digits"),
    [
        ("138 0000 1234", "13800001234"),
        ("138-0000-1234", "13800001234"),
        ("+86 13800001234", "13800001234"),
        ("008613800001234", "13800001234"),
        (1.38e10, "13800000000"),
        (13800001234, "13800001234"),
        ("１３８００００１２３４", "13800001234"),
        ("0518-85123456", "0518-85123456"),
        ("051885123456", "0518-85123456"),
        ("（0518）8512 3456", "0518-85123456"),
        ("0518-85123456转801", "0518-85123456-801"),
        ("021-62345678", "021-62345678"),
        ("85123456", "85123456"),
        ("400-123-4567", "4001234567"),
        ("+852 1234 5678", "+85212345678"),
        ("待定", ""),
        (None, ""),
    ],
)
def test_a_phone_number_is_kept_as_its_digits(raw, digits):
    assert text.phone(raw) == digits


@pytest.mark.parametrize("raw", ["abc", "12345", "1.38E+10", "1380000123", "13800001234/13900001234"])
def test_what_is_no_phone_number_is_refused(raw):
    with pytest.raises(RuleBroken):
        text.phone(raw)


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("13800001234", "138****1234"),
        ("0518-85123456", "0518-****3456"),
        ("0518-85123456-801", "0518-****3456"),
        ("85123456", "****3456"),
        ("+85212345678", "+85****5678"),
        ("12", "****"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_masked_number_shows_too_little_to_call(number, masked):
    assert text.mask_phone(number) == masked


MOBILE = "13800001234"


@pytest.mark.parametrize(
    ("cell", "persons"),
    [
        ("张三13800001234", [("张三", "", MOBILE)]),
        ("王工 138 0000 1234", [("王工", "", MOBILE)]),
        ("李经理13800001234", [("李经理", "", MOBILE)]),
        ("欧阳经理", [("欧阳经理", "", "")]),
        ("张三总经理13800001234", [("张三", "总经理", MOBILE)]),
        ("罗知衡 董事副总经理 13800001234", [("罗知衡", "董事副总经理", MOBILE)]),
        ("张三（总经理）13800001234", [("张三", "总经理", MOBILE)]),
        ("张三—13800001234，李四—13900001234", [("张三", "", MOBILE), ("李四", "", "13900001234")]),
        ("张三、李四 13800001234", [("张三", "", ""), ("李四", "", MOBILE)]),
        ("张三 13800001234/13900001234", [("张三", "", MOBILE), ("张三", "", "13900001234")]),
        ("13800001234 张三", [("张三", "", MOBILE)]),
        ("联系人：张三 电话：0518-85123456", [("张三", "", "0518-85123456")]),
        ("张三13800001234（微信同号）", [("张三", "", MOBILE)]),
        ("张 三", [("张三", "", "")]),
        ("13800001234", [("", "", MOBILE)]),
        ("/", []),
        (None, []),
    ],
)
def test_names_titles_and_numbers_in_one_cell_are_told_apart(cell, persons):
    assert text.split_person(cell) == [Person(*person) for person in persons]


@given(st.text(alphabet="张三李四 总经理138000012345、，/—()转", max_size=40))
def test_any_cell_of_persons_is_read_without_failing(cell):
    for person in text.split_person(cell):
        assert person.name or person.phone


@pytest.mark.parametrize(
    ("name", "full", "initials"),
    [
        ("招商局", "zhaoshangju", "zsj"),
        ("连云港银行重庆分行", "lianyungangyinhangchongqingfenhang", "lygyhcqfh"),
        ("TCL科技", "tclkeji", "tclkj"),
        ("盛虹（连云港）", "shenghonglianyungang", "shlyg"),
        ("绿色", "lvse", "ls"),
    ],
)
def test_readings_of_names(name, full, initials):
    assert (text.pinyin_full(name), text.pinyin_initials(name)) == (full, initials)


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("仇和", "qiuhe"),
        ("单田芳", "shantianfang"),
        ("查良镛", "zhaliangyong"),
        ("曾国藩", "zengguofan"),
        ("解晓东", "xiexiaodong"),
        ("区海峰", "ouhaifeng"),
        ("尉迟恭", "yuchigong"),
    ],
)
def test_surnames_have_readings_of_their_own(name, full):
    assert text.pinyin_full(name, person=True) == full


def test_names_are_ordered_by_pinyin_and_equal_readings_stay_apart():
    names = ["张三", "安康", "盎然", "章三", "TCL"]
    assert sorted(names, key=text.sort_key) == ["安康", "盎然", "TCL", "张三", "章三"]
    assert text.sort_key("张三") != text.sort_key("章三")
