"""An act in words."""

import pytest

from crm.audit import rules


def test_a_code_reads_as_a_sentence_and_an_unknown_one_as_itself() -> None:
    assert rules.sentence("project.edited") == "修改项目"
    assert rules.sentence("of.the.future") == "of.the.future"


def test_fields_and_values_are_named() -> None:
    rules.name_values("test.stage", {"lead": "线索", "filed": "在库"})
    found = rules.changes(
        "test", {"stage": ["lead", "filed"], "confidential": [False, True], "owner_id": [None, 7]}
    )
    assert [(c.label, c.before, c.after) for c in found] == [
        ("阶段", "线索", "在库"),
        ("保密", "否", "是"),
        ("责任人", "—", "7"),
    ]


def test_a_subjects_own_label_wins() -> None:
    assert rules.label_of("company", "name") == "企业名称"
    assert rules.label_of("zone", "name") == "名称"
    assert rules.label_of("zone", "something_new") == "something_new"


@pytest.mark.parametrize("diff", [{}, None])
def test_no_difference_is_no_change(diff) -> None:
    assert rules.changes("project", diff) == ()


def test_a_diff_of_another_shape_is_shown_as_its_value() -> None:
    assert rules.changes("project", {"note": "只有新值"})[0].after == "只有新值"
