"""The bureau writes what live data lacks, decides whom the catalogue names, and releases it."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from crm.accounts.permissions import PLAN_EDIT
from crm.audit import actions as audit
from crm.chains.models import ChainNode
from crm.companies.models import Company
from crm.core.actor import Actor, Role
from crm.core.clock import local
from crm.core.db import db
from crm.core.errors import Conflict, RuleBroken
from crm.targeting.models import CatalogueEntry, CatalogueNaming, CatalogueRelease
from crm.targeting.queries import catalogue as queries
from crm.targeting.queries import releases
from crm.targeting.rules import catalogue as rules
from crm.zones import queries as zones


def write_entry(actor: Actor, node: ChainNode, draft: rules.EntryDraft) -> None:
    """Says what live data does not of a link; blanks take it back."""
    actor.require(PLAN_EDIT)
    unknown = [code for code in draft.zone_codes if zones.by_code(code) is None]
    if unknown:
        raise RuleBroken(f"没有代码为 {'、'.join(unknown)} 的开发区。请重选。", "zone_codes")
    entry = queries.entry(node.id)
    after: dict[str, Any] = asdict(draft) | {"zone_codes": list(draft.zone_codes)}
    before = (
        {key: getattr(entry, key) for key in after}
        if entry
        else asdict(rules.EntryDraft()) | {"zone_codes": []}
    )
    changed = audit.difference(before, after)
    if not changed:
        return
    if entry is None:
        entry = CatalogueEntry(node_id=node.id)
        db.session.add(entry)
    for key in changed:
        setattr(entry, key, after[key])
    entry.updated_by = actor.user_id
    db.session.flush()
    audit.record(actor, "catalogue.entry_edited", _of_node(node), changed)


def name(actor: Actor, node: ChainNode, company: Company, wanted: bool, now: datetime) -> None:
    """Decides whether the city's catalogue names a target at a link. The investor of a confidential project never is."""
    actor.require(PLAN_EDIT)
    found = {one.company_id: one for one in queries.candidates(actor, [node.id])}.get(company.id)
    if found is None:
        raise Conflict("这家企业已不是这个环节的靶向企业。请刷新后查看。")
    if wanted and found.secret:
        raise RuleBroken("这家企业是保密项目的投资方，不能列入目录。")
    if found.named == wanted:
        return
    kept = queries.naming(node.id, company.id)
    if kept is None:
        kept = CatalogueNaming(node_id=node.id, company_id=company.id)
        db.session.add(kept)
    kept.named, kept.decided_by, kept.decided_at = wanted, actor.user_id, now
    db.session.flush()
    words = {True: "列名", False: "不列名"}
    change = {"named": (words[found.named], words[wanted])}
    audit.record(actor, "catalogue.naming_decided", _of_node(node), change, note=company.name)


def release(actor: Actor, note: str, now: datetime, *, seen: int) -> CatalogueRelease:
    """Freezes the catalogue as it stands. `seen` is the number of the newest release on the page: nobody releases over another's.

    A release that changes nothing is refused, so that every number means something.
    """
    actor.require(PLAN_EDIT)
    if actor.role is not Role.BUREAU:
        raise RuleBroken("目录由市商务局发布。")
    said = rules.check_note(note)
    before = releases.newest()
    number = before.number if before else 0
    if number != seen:
        raise Conflict(f"第 {number} 版刚刚由他人发布。请刷新后核对再发布。")
    rows = queries.draft(actor, release=True)
    if not rows:
        raise RuleBroken("目录还没有内容。请先评估环节，或给环节填写招引方向。")
    changes = rules.changes(releases.rows_of(before), rows)
    if not changes:
        raise RuleBroken(f"与第 {number} 版没有差别，不必再发布。")
    made = CatalogueRelease(
        number=number + 1,
        released_on=local(now).date(),
        note=said,
        rows=[rules.frozen(row) for row in rows],
        changes=changes if before else [],
        released_by=actor.user_id,
        by_name=actor.name,
        released_at=now,
    )
    db.session.add(made)
    db.session.flush()
    subject = audit.Subject("catalogue", made.id, f"第 {made.number} 版 {len(rows)} 个环节")
    audit.record(actor, "catalogue.released", subject, note=said)
    return made


def _of_node(node: ChainNode) -> audit.Subject:
    return audit.Subject("chain_node", node.id, f"{node.code} {node.name}")


def exported(actor: Actor, label: str, rows: int, kind: str) -> None:
    """Every file is in the audit before it leaves."""
    audit.record(
        actor, "catalogue.exported", audit.Subject("catalogue", None, label), note=f"{kind}，{rows} 个环节"
    )
