"""A target company (靶向企业): one company at one link of a chain, as one zone goes after it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from crm.chains.rules import ACTION_LABELS
from crm.companies.rules import LinkProgress
from crm.core.errors import Conflict, RuleBroken
from crm.targeting.rules.pipeline import LIVE_PROGRESS


class EntryKind(StrEnum):
    """Through whom or what one gets in (切入点, rules.md §5.4)."""

    TOWNSFOLK = "townsfolk"
    SUPPLIER = "supplier"
    FUND = "fund"
    ASSOCIATION = "association"
    EXISTING_FIRM = "existing_firm"
    OTHER = "other"

    @property
    def label(self) -> str:
        return ENTRY_LABELS[self]


ENTRY_LABELS = {
    EntryKind.TOWNSFOLK: "乡贤",
    EntryKind.SUPPLIER: "供应商",
    EntryKind.FUND: "基金",
    EntryKind.ASSOCIATION: "协会",
    EntryKind.EXISTING_FIRM: "存量企业",
    EntryKind.OTHER: "其他",
}


class TargetSource(StrEnum):
    """How a target came onto the list."""

    MANUAL = "manual"
    IMPORTED = "imported"
    PROPOSED = "proposed"

    @property
    def label(self) -> str:
        return SOURCE_LABELS[self]


SOURCE_LABELS = {
    TargetSource.MANUAL: "手工添加",
    TargetSource.IMPORTED: "清单导入",
    TargetSource.PROPOSED: "系统建议",
}


# --- what a form, a sheet or the API asks for -------------------------------------------------------

REASON_MOST = 500


@dataclass(frozen=True, slots=True)
class TargetDraft:
    """What a zone says of a target. `node_id` None leaves the link to be confirmed (待定环节)."""

    node_id: int | None = None
    entry_kind: EntryKind | None = None
    entry_note: str = ""
    standing: str = ""
    owner_id: int | None = None


@dataclass(frozen=True, slots=True)
class SignalDraft:
    """A sign of expansion: a day, what happened, and where that was read (words, an address or both)."""

    happened_on: date
    what: str
    source: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class CampaignDraft:
    name: str
    starts_on: date
    ends_on: date
    owner_id: int | None = None
    note: str = ""
    node_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ConversionDraft:
    """How a target becomes a project: a new one by this name, or one that is there already (`project_id`)."""

    name: str = ""
    project_id: int | None = None
    zone_id: int | None = None


def check(draft: TargetDraft) -> None:
    for value, label, most, field in (
        (draft.entry_note, "切入点说明", 300, "entry_note"),
        (draft.standing, "企业地位", 120, "standing"),
    ):
        if len(value) > most:
            raise RuleBroken(f"{label}最多 {most} 个字，请缩短。", field)


def check_signal(draft: SignalDraft, today: date) -> None:
    if not draft.what.strip():
        raise RuleBroken("动向没有填。请写一句看到了什么。", "what")
    if draft.happened_on > today:
        raise RuleBroken("动向日期晚于今天。请填今天或更早。", "happened_on")
    for value, label, most, field in (
        (draft.what, "动向", 300, "what"),
        (draft.source, "信息来源", 120, "source"),
        (draft.url, "网址", 300, "url"),
    ):
        if len(value) > most:
            raise RuleBroken(f"{label}最多 {most} 个字，请缩短。", field)
    if draft.url and not draft.url.startswith(("http://", "https://")):
        raise RuleBroken("网址应以 http:// 或 https:// 开头，请核对。", "url")
    if not draft.source.strip() and not draft.url:
        raise RuleBroken("信息来源没有填。请写明从哪里看到的，或贴上网址。", "source")


def check_campaign(draft: CampaignDraft) -> None:
    if not draft.name.strip():
        raise RuleBroken("专题名称没有填。请填写。", "name")
    if len(draft.name) > 200:
        raise RuleBroken("专题名称最多 200 个字，请缩短。", "name")
    if draft.ends_on < draft.starts_on:
        raise RuleBroken("截止日期早于开始日期。请核对。", "ends_on")
    if len(draft.note) > 500:
        raise RuleBroken("说明最多 500 个字，请缩短。", "note")


def check_reason(reason: str) -> str:
    said = reason.strip()
    if not said:
        raise RuleBroken("放弃原因没有填。请写明为什么不再跟这家企业。", "reason")
    if len(said) > REASON_MOST:
        raise RuleBroken(f"放弃原因最多 {REASON_MOST} 个字，请缩短。", "reason")
    return said


def check_live(progress: LinkProgress, converted: bool, company: str) -> None:
    """Only what is neither given up nor a project by now can be worked on."""
    if converted:
        raise Conflict(f"“{company}”已转为项目，请在项目里办理。")
    if progress is LinkProgress.GIVEN_UP:
        raise Conflict(f"“{company}”已放弃。要继续跟的，请先重新启用。")


# --- one company's targets and the zone's link to it -------------------------------------------------

_ORDER = LIVE_PROGRESS


def of_link(targets: Iterable[LinkProgress], now: LinkProgress) -> LinkProgress:
    """What the zone's link to the company shows: the furthest of its live targets, 放弃 once all are given up.

    A link without targets keeps its own.
    """
    each = list(targets)
    live = [progress for progress in each if progress is not LinkProgress.GIVEN_UP]
    if live:
        return max(live, key=_ORDER.index)
    return LinkProgress.GIVEN_UP if each else now


def first_progress(link: LinkProgress, others: Iterable[LinkProgress]) -> LinkProgress:
    """Where a new target begins. Whoever is in touch with the company is so about every link; talks are about one.

    The first target takes over the link's own progress.
    """
    if link is LinkProgress.GIVEN_UP:
        return LinkProgress.UNTOUCHED
    live = [progress for progress in others if progress is not LinkProgress.GIVEN_UP]
    return min(link, LinkProgress.CONTACTED, key=_ORDER.index) if live else link


def followed(targets: Mapping[int, LinkProgress], wanted: LinkProgress) -> dict[int, LinkProgress]:
    """What changes at a company's live targets (by id) once somebody sets the link itself to `wanted`.

    Forward: the furthest go there, the untouched are at least in touch. Back: none stays further than `wanted`.
    """
    live = {key: progress for key, progress in targets.items() if progress is not LinkProgress.GIVEN_UP}
    if not live:
        return {}
    if wanted is LinkProgress.GIVEN_UP:
        return dict.fromkeys(live, wanted)
    furthest = max(map(_ORDER.index, live.values()))
    goal, floor = _ORDER.index(wanted), min(_ORDER.index(wanted), 1)
    found = {}
    for key, progress in live.items():
        at = _ORDER.index(progress)
        new = goal if at == furthest else max(min(at, goal), floor)
        if new != at:
            found[key] = _ORDER[new]
    return found


# --- lists ------------------------------------------------------------------------------------------

#: Sort keys of the list; a leading "-" turns the order round.
SORTS = ("name", "updated", "next", "contact", "signal")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of targets is narrowed to. `zone` is a zone's code or "city"; `chain` and `node` are codes.

    `open` keeps those without a link (待定环节), which are otherwise left out. `live` leaves out the given up and the
    converted; a progress does the latter too. `action` is what the link calls for, "none" where nobody has assessed it.
    `due` is "late" or "none", `since` the day of the oldest signal that counts.
    """

    q: str = ""
    chain: str = ""
    node: str = ""
    zone: str = ""
    progress: LinkProgress | None = None
    entry: EntryKind | None = None
    owner_id: int | None = None
    campaign_id: int | None = None
    action: str = ""
    since: date | None = None
    converted: bool | None = None
    live: bool = False
    open: bool = False
    due: str = ""
    ids: tuple[int, ...] | None = None

    @classmethod
    def of(cls, asked: Mapping[str, Any], me: int | None = None) -> "Filters":
        """From the words of an address; a value that is none of its kind is left out, as a link may be old."""
        words = {name: str(asked.get(name) or "").strip() for name in ("q", "chain", "node", "zone")}
        given: dict[str, Any] = {**words, "ids": _ids(str(asked.get("ids") or ""))}
        for name in ("live", "open"):
            given[name] = asked.get(name) in ("1", "true", True)
        for name, offered in (("action", ACTIONS), ("due", DUE_LABELS)):
            value = str(asked.get(name) or "")
            given[name] = value if value in offered else ""
        owner = str(asked.get("owner") or "")
        return cls(
            **given,
            progress=_one_of(LinkProgress, asked.get("progress")),
            entry=_one_of(EntryKind, asked.get("entry")),
            owner_id=me if owner == "me" else _number(owner),
            campaign_id=_number(str(asked.get("campaign") or "")),
            since=_day(asked.get("since")),
            converted={"1": True, "0": False}.get(str(asked.get("converted") or "")),
        )


#: What a link calls for, as the list is narrowed to it.
ACTIONS = {**{action.value: label for action, label in ACTION_LABELS.items()}, "none": "未评估"}
DUE_LABELS = {"late": "已逾期", "none": "没有下一步"}

_Kind = TypeVar("_Kind", bound=StrEnum)


def _one_of(kind: type[_Kind], value: Any) -> _Kind | None:
    return kind(value) if value in set(kind) else None


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _day(value: Any) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value or ""))
    except ValueError:
        return None


def _ids(text: str) -> tuple[int, ...] | None:
    """Ticked rows, as an export asks for them: 3.17.21."""
    if not text:
        return None
    return tuple(int(part) for part in text.split(".") if part.isdecimal() and len(part) < 10)[:200]
