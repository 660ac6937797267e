"""Writing down trips, receptions and events, with their visits in one go. Nothing here commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from crm.accounts.permissions import VISIT_LOG
from crm.audit import actions as audit
from crm.core import clock
from crm.core.actor import Actor, Scope
from crm.core.db import db
from crm.core.errors import Forbidden, NotFound, RuleBroken
from crm.projects.queries import choices
from crm.visits import queries, rules
from crm.visits.actions import people
from crm.visits.actions.rights import check_sender, may_edit
from crm.visits.models import Occasion, OccasionOurs, Visit
from crm.visits.rules import OccasionDraft, occasions


@dataclass(frozen=True, slots=True)
class Recorded:
    """The occasion, and whether this call made it."""

    occasion: Occasion
    created: bool


def record(actor: Actor, draft: OccasionDraft, today: date) -> Recorded:
    """The same client id again answers the same occasion."""
    actor.require(VISIT_LOG)
    occasions.check_occasion(draft, today)
    if (known := queries.occasion_by_client_id(draft.client_id.lower())) is not None:
        return _again(actor, known)
    try:
        with db.session.begin_nested():
            return Recorded(_record(actor, draft), True)
    except IntegrityError:
        known = queries.occasion_by_client_id(draft.client_id.lower())
        if known is None:
            raise
        return _again(actor, known)


def _again(actor: Actor, occasion: Occasion) -> Recorded:
    check_sender(actor, occasion)
    return Recorded(occasion, False)


def _record(actor: Actor, draft: OccasionDraft) -> Occasion:
    occasion = Occasion(
        client_id=draft.client_id.lower(),
        kind=draft.kind,
        zone_id=_zone(actor, draft.zone_id),
        created_by=actor.user_id,
        **_facts(draft),
    )
    db.session.add(occasion)
    db.session.flush()
    _put_ours(actor, occasion, draft)
    audit.record(
        actor,
        "occasion.recorded",
        about(occasion),
        {"starts_on": (None, occasion.starts_on), "ends_on": (None, occasion.ends_on)},
    )
    return occasion


def _facts(draft: OccasionDraft) -> dict[str, object]:
    event = draft.kind is rules.OccasionKind.EVENT
    return {
        "title": draft.title.strip(),
        "place": draft.place.strip(),
        "starts_on": draft.starts_on,
        "ends_on": draft.last_day,
        "starts_at": draft.starts_at,
        "organiser": draft.organiser.strip() if event else "",
        "guests": None if draft.kind is rules.OccasionKind.TRIP else draft.guests,
        "signed_count": draft.signed_count if event else None,
        "signed_amount": draft.signed_amount if event else None,
        "result": draft.result.strip(),
    }


def _zone(actor: Actor, zone_id: int | None) -> int | None:
    """The actor's own zone, else one within his reach, else the city's own."""
    if actor.zone_id is not None:
        return actor.zone_id
    if zone_id is None:
        if actor.scope(VISIT_LOG) is not Scope.CITY:
            raise RuleBroken("没有选板块。请选择属于哪个板块。", field="zone")
        return None
    if zone_id not in {zone.id for zone in choices.zones(actor)}:
        raise RuleBroken("没有找到这个板块，或不在您的范围内。请重新选择。", field="zone")
    return zone_id


def _put_ours(actor: Actor, occasion: Occasion, draft: OccasionDraft) -> None:
    team = people.who(actor, occasion.starts_on, draft.ours)
    first = rules.leading([person.level for person in team])
    db.session.add_all(
        [
            OccasionOurs(
                occasion_id=occasion.id,
                user_id=person.user_id,
                leader_id=person.leader_id,
                name=person.name[:40],
                title=person.title[:120],
                level=person.level,
                leads=place == first,
            )
            for place, person in enumerate(team)
        ]
    )
    db.session.flush()


def edit(actor: Actor, occasion: Occasion, draft: OccasionDraft, today: date) -> None:
    """Corrects it; visits that would fall outside the new days are named and stop it."""
    if not may_edit(actor, occasion):
        raise Forbidden("这条记录由记录人修改。请联系记录人或板块负责人。")
    occasions.check_occasion(draft, today)
    first, last = queries.span_of_visits(occasion.id)
    if first is not None and last is not None and not draft.starts_on <= first <= last <= draft.last_day:
        raise RuleBroken(
            f"已有走访在 {first:%Y-%m-%d} 至 {last:%Y-%m-%d} 之间。日期要包含它们，或先改那些走访。",
            field="starts_on",
        )
    before = {name: getattr(occasion, name) for name in _AUDITED}
    for name, value in _facts(draft).items():
        setattr(occasion, name, value)
    # A change of the team alone is a new version, too.
    occasion.updated_at = clock.now()
    db.session.execute(delete(OccasionOurs).where(OccasionOurs.occasion_id == occasion.id))
    _put_ours(actor, occasion, draft)
    changed = audit.difference(before, {name: getattr(occasion, name) for name in _AUDITED})
    audit.record(actor, "occasion.edited", about(occasion), changed)


_AUDITED = ("starts_on", "ends_on", "place", "guests", "signed_count", "signed_amount")


def remove(actor: Actor, occasion: Occasion, reason: str) -> None:
    """Takes back an occasion written down by mistake; its visits stay and stand alone again."""
    if not may_edit(actor, occasion):
        raise Forbidden("这条记录由记录人删除。请联系记录人或板块负责人。")
    if not reason.strip():
        raise RuleBroken("没有写删除的原因。请写一句。", field="reason")
    audit.record(actor, "occasion.removed", about(occasion), note=reason.strip()[:300])
    db.session.execute(update(Visit).where(Visit.occasion_id == occasion.id).values(occasion_id=None))
    db.session.execute(delete(OccasionOurs).where(OccasionOurs.occasion_id == occasion.id))
    db.session.delete(occasion)
    db.session.flush()


def of_visit(
    actor: Actor,
    occasion_id: int | None,
    happened_on: date,
    zone_id: int | None,
    before: int | None = None,
) -> int | None:
    """The occasion a visit may belong to: within reach, of the same zone, on one of its days."""
    if occasion_id is None:
        return None
    try:
        found = queries.find_occasion(actor, occasion_id, VISIT_LOG)
    except NotFound:
        if occasion_id == before:
            return before
        raise RuleBroken(
            "没有找到这次外出、接待或活动，可能已删除。请重新选，或留空。", field="occasion"
        ) from None
    if found.zone_id != zone_id:
        raise RuleBroken("这次外出、接待或活动属于另一个板块。请重新选，或留空。", field="occasion")
    occasions.check_inside(happened_on, found.starts_on, found.ends_on, found.kind)
    return found.id


def gather(actor: Actor, occasion: Occasion, visit_ids: Sequence[int]) -> int:
    """Puts visits that stand alone into an occasion; answers how many. Those outside its days are refused."""
    if not may_edit(actor, occasion):
        raise Forbidden("这条记录由记录人修改。请联系记录人或板块负责人。")
    for visit_id in visit_ids:
        visit = queries.find(actor, visit_id, VISIT_LOG)
        visit.occasion_id = of_visit(actor, occasion.id, visit.happened_on, visit.zone_id)
    db.session.flush()
    if visit_ids:
        audit.record(actor, "occasion.gathered", about(occasion), note=f"{len(visit_ids)} 次走访")
    return len(visit_ids)


def about(occasion: Occasion) -> audit.Subject:
    return audit.Subject(
        "occasion", occasion.id, f"{occasion.kind.label} #{occasion.id}", zone_id=occasion.zone_id
    )
