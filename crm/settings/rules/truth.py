"""What the truth checks (真实性核对) ask about. None of it is from the plan."""

from decimal import Decimal

from crm.settings.rules.tables import Setting

_GROUP = "真实性核对"
_NONE = Decimal(0)


def _share(key: str, label: str, default: str) -> Setting:
    return Setting(key, label, "ratio", default, _GROUP, least=_NONE, most=Decimal(1))


def _whole(key: str, label: str, default: int, unit: str, most: int = 3650) -> Setting:
    return Setting(key, label, "int", default, _GROUP, unit=unit, least=_NONE, most=Decimal(most))


TRUTH = (
    _share("truth_over_share", "总投资超出门槛不到几成时核对（填 0 不核对）", "0.02"),
    _whole("truth_over_least", "只核对不低于此数的门槛", 500_000, "万元", 100_000_000),
    _whole("truth_period_days", "季末、年末最后多少天内升级的核对（填 0 不核对）", 10, "天", 90),
    _whole("truth_raise_days", "申报前多少天内调高金额的核对（填 0 不核对）", 15, "天"),
    _share("truth_raise_share", "申报前调高几成以上才核对", "0.1"),
    _whole("truth_jump_stages", "一次跨过几个阶段以上的核对（填 0 不核对）", 2, "个", 12),
    _whole("truth_visit_days", "跨阶段前多少天内没有走访的核对", 90, "天"),
    _share("truth_capital_share", "注册资本不足协议总投资几成的核对（填 0 不核对）", "0.1"),
    _whole("truth_paid_months", "签约多少个月后核对到位资金（填 0 不核对）", 12, "个月", 120),
    _share("truth_paid_share", "到位资金不足协议总投资几成的核对", "0.1"),
    _whole(
        "truth_file_projects",
        "同一份证据出现在几个项目以内的核对，再多视为通用样表（填 0 不核对）",
        5,
        "个",
        100,
    ),
)
