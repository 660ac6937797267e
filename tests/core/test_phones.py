"""Telephone numbers among other words: masked where they leave, warned of where they are written down."""

import pytest

from crm.core import phones

#: Words as people write them, and with their numbers masked. The device tells them alike: tests/browser/test_offline.py.
WRITTEN = [
    ("联系 13800001234，2026-11-23 前报 12000000 元", "联系 138****1234，2026-11-23 前报 12000000 元"),
    ("13800001234 13900005678", "138****1234 139****5678"),
    ("138 0000 1234 139-0000-5678", "138****1234 139****5678"),
    ("张总13800001234、李总13900005678转", "张总138****1234、李总139****5678转"),
    ("11-23 13800001234 见面", "11-23 138****1234 见面"),
    ("3 13800001234", "3 138****1234"),
    ("电话：１３８００００１２３４", "电话：138****1234"),
    ("+86 138 0000 1234", "138****1234"),
    ("13800001234 3000万", "138****1234 3000万"),
    ("0518-85123456 13800001234", "0518-****3456 138****1234"),
    ("0518 8512 3456", "0518-****3456"),
    ("（0518）85123456", "（0518）****3456"),
    ("400-800-1234", "400****1234"),
    ("+852 2123 4567", "+85****4567"),
    ("局里 85123456", "局里 ****3456"),
    ("2026-11-23", "2026-11-23"),
    ("2026/11/23 20261123", "2026/11/23 20261123"),
    ("投资 25000000 元，用地 3000000亩", "投资 25000000 元，用地 3000000亩"),
    ("ETDZ-2026-0001", "ETDZ-2026-0001"),
    ("91320700MA1234567X", "91320700MA1234567X"),
    ("发票 25000001号", "发票 25000001号"),
    ("320705199001011234", "320705199001011234"),
    ("1、2、3 和 12345678901", "1、2、3 和 12345678901"),
    ("", ""),
]


@pytest.mark.parametrize(("written", "masked"), WRITTEN)
def test_numbers_among_words_are_masked_and_days_amounts_and_codes_are_not(written: str, masked: str) -> None:
    assert phones.mask_within(written) == masked
    assert phones.warnings(None, written) == ([phones.WARNING] if written != masked else [])
