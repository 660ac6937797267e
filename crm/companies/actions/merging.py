"""Two entries become one, and apart again. Nothing is deleted: the merged entry stays and points at the kept one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, select, update

from crm.accounts import permissions
from crm.audit import actions as audit
from crm.companies import naming, queries, rules
from crm.companies.actions import entries, moving
from crm.companies.actions.moving import fold_by as fold_by
from crm.companies.models import Company, CompanyAlias, CompanyMerge, Contact, NotSame
from crm.core import text
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict, RuleBroken


@dataclass(slots=True)
class Undone:
    """What an undo brought back, and what it left where it is: word → how many."""

    back: int = 0
    left: dict[str, int] = field(default_factory=dict)

    def tell(self, word: str, back: int, left: int) -> None:
        self.back += back
        if left:
            self.left[word] = self.left.get(word, 0) + left


def merge(actor: Actor, kept: Company, gone: Company, reason: str, now: datetime) -> CompanyMerge:
    """`gone` is taken over by `kept`: all that points at it follows, blank facts are filled, its names stay findable.

    Raises Conflict where one of them is merged already, RuleBroken where they cannot be one company.
    """
    actor.require(permissions.COMPANY_MERGE)
    said = rules.check_merge_reason(reason)
    _lock(kept, gone)
    for kind, words in queries.objections(kept, gone):
        raise Conflict(words) if kind == "conflict" else RuleBroken(words, "other")
    before = entries.facts(kept, [])
    filled = _fill(kept, gone)
    moved = _move(kept, gone)
    moved["aliases"] = _take_names(kept, gone)
    gone.merged_into_id = kept.id
    db.session.flush()
    entries.index(kept)
    made = CompanyMerge(
        kept_id=kept.id,
        merged_id=gone.id,
        reason=said,
        moved=moved,
        filled=filled,
        merged_by=actor.user_id,
        merged_at=now,
    )
    db.session.add(made)
    db.session.flush()
    diff = audit.difference(before, entries.facts(kept, []))
    audit.record(
        actor, "company.merged", entries.subject(actor, kept), diff, note=f"并入“{gone.name}”。{said}"
    )
    audit.record(
        actor, "company.merged_away", entries.subject(actor, gone), note=f"并入“{kept.name}”。{said}"
    )
    db.session.expire_all()
    return made


def _lock(*companies: Company) -> None:
    """Both rows in the order of their ids, read anew: two people merging crosswise wait for each other, never for ever."""
    db.session.flush()
    ids = sorted(company.id for company in companies)
    again = select(Company).where(Company.id.in_(ids)).order_by(Company.id).with_for_update()
    db.session.scalars(again.execution_options(populate_existing=True)).all()


def _values(company: Company) -> dict[str, Any]:
    return {name: getattr(company, name) for group in rules.FACTS for name in group}


def _fill(kept: Company, gone: Company) -> dict[str, Any]:
    """Fills blank facts. A credit code is one company's alone, so it leaves the merged entry."""
    found = rules.taken_over(_values(kept), _values(gone))
    if "uscc" in found:
        gone.uscc = None
        db.session.flush()
    for name, value in found.items():
        setattr(kept, name, value)
    db.session.flush()
    return {name: _plain(value) for name, value in found.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else value


def _move(kept: Company, gone: Company) -> dict[str, Any]:
    """{"rows": column → rows brought over, "links": …, "mains": contacts that stepped back, "folds": table → taken in}."""
    links = moving.fold_links(kept, gone)
    folds = moving.fold_others(kept, gone)
    mains = moving.step_back(kept, gone)
    rows = {
        str(column): found
        for column in queries.columns_to("companies")
        if (found := moving.bring(column, gone.id, kept.id))
    }
    return {"links": links, "mains": mains, "folds": folds, "rows": rows}


def _take_names(kept: Company, gone: Company) -> dict[str, list[int]]:
    """{"made": aliases added, "short": moved short names}: an entry's short name is its own, the other's an alias."""
    db.session.expire_all()
    there = {alias.key: alias for alias in queries.aliases(kept.id)}
    short = [alias.id for alias in there.values() if alias.kind == "short" and alias.alias != kept.short_name]
    if short:
        db.session.execute(update(CompanyAlias).where(CompanyAlias.id.in_(short)).values(kind="alias"))
    made: list[CompanyAlias] = []
    for name in (gone.name, gone.short_name):
        key = naming.alias_key(name) if name else ""
        if key and key not in there and text.nfkc(name) not in (kept.name, kept.short_name):
            there[key] = CompanyAlias(company_id=kept.id, alias=text.nfkc(name), key=key, kind="alias")
            made.append(there[key])
    db.session.add_all(made)
    db.session.flush()
    return {"made": [alias.id for alias in made], "short": short}


# --- taken back -------------------------------------------------------------------------------------


def undo_merge(actor: Actor, merge: CompanyMerge, now: datetime) -> Undone:
    """Both entries stand again. What was saved since stays with the kept one and is named in the answer."""
    actor.require(permissions.COMPANY_MERGE)
    kept, gone = (db.session.get_one(Company, key) for key in (merge.kept_id, merge.merged_id))
    _lock(kept, gone)
    db.session.refresh(merge, with_for_update=True)
    if merge.undone_at is not None:
        raise Conflict("这次合并已经撤销。请刷新页面。")
    if kept.merged_into_id is not None:
        raise Conflict(f"“{kept.name}”后来又并入了别的企业。请先撤销后来的那次合并。")
    if gone.merged_into_id != kept.id:
        raise Conflict(f"“{gone.name}”已不在“{kept.name}”名下，没有撤销。请刷新页面。")
    undone = Undone()
    gone.merged_into_id = None
    db.session.flush()
    _give_names_back(merge.moved["aliases"], kept)
    _bring_back(merge.moved, kept, gone, undone)
    _empty(merge.filled, kept, gone, undone)
    _open_circle(gone, undone)
    merge.undone_by, merge.undone_at = actor.user_id, now
    db.session.flush()
    db.session.expire_all()
    for company in (kept, gone):
        entries.index(company)
    _tell(actor, kept, gone, undone)
    return undone


def _tell(actor: Actor, kept: Company, gone: Company, undone: Undone) -> None:
    left = "、".join(f"{word} {count} 条" for word, count in undone.left.items())
    note = f"留在“{kept.name}”的有：{left}" if left else ""
    for company in (kept, gone):
        audit.record(actor, "company.unmerged", entries.subject(actor, company), note=note)


def _bring_back(moved: Mapping[str, Any], kept: Company, gone: Company, undone: Undone) -> None:
    for column in queries.columns_to("companies"):
        if rows := moved["rows"].get(str(column)):
            undone.tell(rules.moved_label(str(column)), *moving.bring_back(column, kept.id, gone.id, rows))
    for record in moved["links"]:
        back = moving.unfold(record)
        undone.tell("板块联系", int(back), int(not back))
    for table, told in moving.unfold_others(moved.get("folds", {})).items():
        undone.tell(rules.moved_label(table), *told)
    for contact_id, version in moved["mains"]:
        contact = db.session.get(Contact, contact_id, populate_existing=True)
        if contact is not None and contact.version == version and contact.company_id == gone.id:
            contact.main = True
    db.session.flush()


def _give_names_back(names: Mapping[str, list[int]], kept: Company) -> None:
    if names["made"]:
        own = CompanyAlias.id.in_(names["made"]), CompanyAlias.company_id == kept.id
        db.session.execute(delete(CompanyAlias).where(*own))
    if names["short"]:
        short = CompanyAlias.id.in_(names["short"]), CompanyAlias.company_id == kept.id
        db.session.execute(update(CompanyAlias).where(*short).values(kind="short"))


def _empty(filled: Mapping[str, Any], kept: Company, gone: Company, undone: Undone) -> None:
    """Facts that were filled in and still are as they were filled are blank again; the code goes home."""
    for name, value in filled.items():
        same = _plain(getattr(kept, name)) == value
        undone.tell(rules.FACT_LABELS[name], int(same), int(not same))
        if same:
            setattr(kept, name, None if Company.__table__.c[name].nullable else "")
    db.session.flush()
    if "uscc" in filled and kept.uscc is None:
        gone.uscc = filled["uscc"]
        db.session.flush()


def _open_circle(gone: Company, undone: Undone) -> None:
    """While it was merged its old parent may have come to stand below what is its own again: then it stands alone."""
    db.session.refresh(gone, ["parent_id"])
    if queries.closes_circle(gone.id, gone.parent_id, queries.parents_up([gone.id])):
        gone.parent_id = None
        undone.tell(rules.FACT_LABELS["parent_id"], 0, 1)
        db.session.flush()


def not_same(actor: Actor, one: Company, others: Sequence[Company], reason: str, now: datetime) -> int:
    """Says that `one` is none of `others`; how many pairs that is new for."""
    actor.require(permissions.COMPANY_MERGE)
    if len(reason) > 300:
        raise RuleBroken("说明最多 300 个字，请缩短。", "reason")
    known = queries.not_same_as(one.id, [other.id for other in others])
    fresh = [other for other in others if other.id not in known and other.id != one.id]
    for other in fresh:
        low, high = sorted((one.id, other.id))
        db.session.add(
            NotSame(low_id=low, high_id=high, reason=reason.strip(), made_by=actor.user_id, made_at=now)
        )
        audit.record(
            actor, "company.not_same", entries.subject(actor, one), note=f"与“{other.name}”不是同一家"
        )
    db.session.flush()
    return len(fresh)
