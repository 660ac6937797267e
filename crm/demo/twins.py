"""Entries of one company: a pair merged, pairs still to be looked at, a group with subsidiaries."""

from datetime import date

from crm.accounts import queries as accounts
from crm.companies import actions, rules
from crm.companies.models import Company
from crm.companies.rules import CompanyDraft, ContactDraft
from crm.core.actor import Actor
from crm.demo.ledger import moment

_MERGED = ("云屿储能技术（演示）有限公司", "江苏云屿储能技术有限公司（演示）")
_ALIKE = ("海岳复合材料（演示）有限公司", "连云港海岳复合材料有限公司（演示）")
#: From the range that the demo keeps to, where nobody answers.
_PHONE = "19900000086"
_ONE_NUMBER = ("沧澜化工（演示）有限公司", "润沧新材（演示）有限公司")
_GROUP = ("星槎集团（演示）有限公司", ("星槎硅材（演示）有限公司", "星槎光伏科技（演示）有限公司"))


def write(today: date) -> None:
    officer, bureau = (accounts.actor_by_login(login, today) for login in ("officer", "bureau"))
    if officer is None or bureau is None:
        return
    at = moment(today, -60)
    kept, gone = (_entry(officer, name, city="连云港") for name in _MERGED)
    actions.add_contact(
        officer, gone, ContactDraft("孟清越", post="投资总监", phone="19900000085", main=True)
    )
    actions.merge(bureau, kept, gone, "同一地址、同一法定代表人，企业来函确认（演示）", at)
    for name in _ALIKE:
        _entry(officer, name, city="连云港", industry="新材料")
    for name in _ONE_NUMBER:
        actions.add_contact(
            officer, _entry(officer, name), ContactDraft("钱望舒", post="副总经理", phone=_PHONE)
        )
    top = _entry(officer, _GROUP[0], kind=rules.CompanyKind.PRIVATE)
    for name in _GROUP[1]:
        _entry(officer, name, parent_id=top.id)


def _entry(actor: Actor, name: str, **facts: object) -> Company:
    company, _ = actions.register(actor, CompanyDraft(name, region="江苏", **facts))  # type: ignore[arg-type]
    company.is_demo = True
    return company
