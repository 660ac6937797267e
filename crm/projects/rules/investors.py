"""A change of ownership (更换业主): another investor takes the project over, and the history keeps the one before."""

from dataclasses import dataclass
from datetime import date

from crm.core.errors import RuleBroken
from crm.projects.rules import Stage
from crm.projects.rules.drafts import Investor


@dataclass(frozen=True, slots=True)
class InvestorDraft:
    """`on` is the day from which the new investor answers for the project."""

    investor: Investor
    on: date
    reason: str
    attachment_id: int | None = None


def check(draft: InvestorDraft, today: date, last: date | None) -> None:
    """`last` is the day of the change before this one."""
    if draft.investor.id is None and not draft.investor.name.strip():
        raise RuleBroken("新的投资方没有填。请选择已登记的企业，或写上企业名称。", field="company")
    if draft.on > today:
        raise RuleBroken("更换日期晚于今天。还没有更换的，请等更换以后再登记。", field="on")
    if last is not None and draft.on < last:
        raise RuleBroken(f"更换日期早于上一次更换的日期 {last.isoformat()}。请核对先后。", field="on")
    if not draft.reason.strip():
        raise RuleBroken("更换原因没有填。请写明，如股权转让、项目公司变更。", field="reason")
    if len(draft.reason) > 500:
        raise RuleBroken("更换原因太长，最多 500 字。请缩短。", field="reason")


def check_edit(stage: Stage, before: int | None, after: int | None) -> None:
    """After the signing an investor is not corrected but changed, so that nobody vanishes from an agreement unseen."""
    if stage.order >= Stage.SIGNED.order and before is not None and after != before:
        raise RuleBroken(
            "已签约的项目不直接改投资方。请用“更换业主”，原来的投资方会留在记录里。", field="company"
        )
