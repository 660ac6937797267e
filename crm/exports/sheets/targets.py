"""Target companies, those that wait for their link, and campaigns, as sheets."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from crm.chains.rules import ACTION_LABELS
from crm.companies.rules import PROGRESS_LABELS, LinkProgress
from crm.core.actor import Actor
from crm.exports.sheets import Column, each
from crm.targeting import queries
from crm.targeting.queries import CampaignRow, PendingRow, TargetRow
from crm.targeting.rules import LIVE_PROGRESS
from crm.targeting.rules.targets import Filters

_SIZE = 2_000


def count(actor: Actor, filters: Filters, today: date) -> int:
    return queries.counts(actor, filters, today).of(filters)


def rows(actor: Actor, filters: Filters, asked: Mapping[str, str], today: date) -> Iterator[TargetRow]:
    sort = asked.get("sort") or "next"
    return each(lambda window: queries.page(actor, filters, sort, window, today, 0), _SIZE)


def columns(asked: Mapping[str, str]) -> Sequence[Column]:
    """The columns of §5.4 ③ and what the list knows beside them."""
    return (
        Column("企业名称", lambda r: r.company),
        Column("板块", lambda r: r.zone),
        Column("省份", lambda r: r.region),
        Column("城市", lambda r: r.city),
        Column("行业", lambda r: r.industry),
        Column("产业链", lambda r: r.chain),
        Column("环节", lambda r: r.node),
        Column("方向", lambda r: ACTION_LABELS[r.action] if r.action else None),
        Column("营收/排名", lambda r: r.standing),
        Column("最近动向", lambda r: r.signal_on),
        Column("切入点", lambda r: r.entry_kind.label if r.entry_kind else None),
        Column("切入点说明", lambda r: r.entry_note),
        Column("对接责任人", lambda r: r.owner),
        Column("进度", lambda r: "已转项目" if r.converted else PROGRESS_LABELS[r.progress]),
        Column("放弃原因", lambda r: r.given_up_reason),
        Column("项目编号", lambda r: r.project_code),
        Column("最近联系", lambda r: r.last_contact_on),
        Column("下一步", lambda r: r.next_what),
        Column("下一步日期", lambda r: r.next_due_on),
        Column("最近更新", lambda r: r.updated_at),
    )


def count_pending(actor: Actor, filters: None, today: date) -> int:
    return queries.waiting(actor)


def pending(actor: Actor, filters: None, asked: Mapping[str, str], today: date) -> Iterator[PendingRow]:
    return each(lambda window: queries.pending_page(actor, window, 0), _SIZE)


def pending_columns(asked: Mapping[str, str]) -> Sequence[Column]:
    def proposed(place: int) -> Column:
        def cell(row: PendingRow) -> str | None:
            return row.proposed[place].name if len(row.proposed) > place else None

        return Column(f"建议环节 {place + 1}", cell)

    return (
        Column("企业名称", lambda r: r.company),
        Column("板块", lambda r: r.zone),
        Column("省份", lambda r: r.region),
        Column("城市", lambda r: r.city),
        Column("行业", lambda r: r.industry),
        *(proposed(place) for place in range(3)),
        Column("为什么", lambda r: r.proposed[0].why if r.proposed else None),
    )


def count_campaigns(actor: Actor, filters: None, today: date) -> int:
    return len(queries.campaigns(actor))


def campaigns(actor: Actor, filters: None, asked: Mapping[str, str], today: date) -> Iterator[CampaignRow]:
    yield from queries.campaigns(actor)


def campaign_columns(asked: Mapping[str, str]) -> Sequence[Column]:
    def of(progress: LinkProgress) -> Column:
        return Column(f"{PROGRESS_LABELS[progress]} 个", lambda row: row.targets.by_progress.get(progress, 0))

    return (
        Column("专题", lambda r: r.name),
        Column("单位", lambda r: r.zone),
        Column("开始日期", lambda r: r.starts_on),
        Column("截止日期", lambda r: r.ends_on),
        Column("责任人", lambda r: r.owner),
        Column("企业 个", lambda r: r.targets.all),
        *(of(progress) for progress in LIVE_PROGRESS),
        Column("已转项目 个", lambda r: r.targets.converted),
        of(LinkProgress.GIVEN_UP),
        Column("说明", lambda r: r.note),
    )
