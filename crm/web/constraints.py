"""A named constraint maps to a message and a field; features declare theirs here so that no database text reaches a page."""

from sqlalchemy.exc import IntegrityError

from crm.core.errors import RuleBroken

#: constraint name → (message, field). SQLite names unique columns instead of the constraint, so both forms are looked up.
_MESSAGES: dict[str, tuple[str, str | None]] = {}


def declare(messages: dict[str, tuple[str, str | None]]) -> None:
    _MESSAGES.update(messages)


declare(
    {
        "uq_companies_uscc": ("这个统一社会信用代码已经登记在另一家企业名下，请打开那家企业。", "uscc"),
        "companies.uscc": ("这个统一社会信用代码已经登记在另一家企业名下，请打开那家企业。", "uscc"),
        "uq_users_login": ("这个登录名已有人使用，请换一个。", "login"),
        "users.login": ("这个登录名已有人使用，请换一个。", "login"),
        "uq_units_code": ("这个机构代码已有，请换一个。", "code"),
        "units.code": ("这个机构代码已有，请换一个。", "code"),
        "uq_plans_code": ("这个方案代码已有，请换一个。", "code"),
        "plans.code": ("这个方案代码已有，请换一个。", "code"),
        "ck_projects_amounts_not_negative": ("金额不能为负，请核对。", "total_investment"),
        "ck_projects_usd_not_negative": ("金额不能为负，请核对。", "total_investment_usd"),
        "ck_projects_land_not_negative": ("用地面积不能为负，请核对。", "land_mu"),
    }
)


def explain(error: IntegrityError) -> RuleBroken:
    text = str(error.orig)
    for name, (message, field) in _MESSAGES.items():
        if name in text:
            return RuleBroken(message, field)
    return RuleBroken("这次保存与已有的数据冲突，没有写入。请刷新后再试。")
