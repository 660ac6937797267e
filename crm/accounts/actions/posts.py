"""Posts: one administrator proposes, the other confirms; a chief invites into his own zone at once."""

from datetime import date, datetime

from crm.accounts import permissions, queries, rules
from crm.accounts.actions import people
from crm.accounts.models import Post, User
from crm.audit import actions as audit
from crm.core.actor import Actor
from crm.core.db import db
from crm.core.errors import Conflict, Forbidden, RuleBroken
from crm.units import queries as units

DECIDED = "这个岗位已经处理过了。请刷新后再看。"


def _record(actor: Actor, code: str, post: Post, note: str = "") -> None:
    person, unit = queries.user(post.user_id), units.find(post.unit_id)
    name, where = (person.name if person else ""), (unit.short_name if unit else "")
    label = f"{name} {where} {rules.ROLE_LABELS[post.role]}"
    subject = audit.Subject("post", post.id, label, zone_id=unit.zone_id if unit else None)
    audit.record(actor, code, subject, note=note)


def _add(actor: Actor, person: User, draft: rules.PostDraft, today: date) -> Post:
    unit = units.find(draft.unit_id)
    if unit is None or not unit.active:
        raise RuleBroken("没有这个机构，或已停用。请重选机构。", field="unit")
    rules.check_place(draft.role, unit.kind, unit.zone_id)
    rules.check_term(draft.starts_on, draft.ends_on)
    rules.check_together([*queries.roles_held(person.id, today), draft.role])
    if not person.active:
        raise RuleBroken("这个账号已停用。请先启用账号。")
    post = Post(
        user_id=person.id,
        unit_id=unit.id,
        role=draft.role,
        title=draft.title.strip()[:80],
        starts_on=draft.starts_on,
        ends_on=draft.ends_on,
        proposed_by=actor.user_id,
    )
    db.session.add(post)
    return post


def propose(actor: Actor, person: User, draft: rules.PostDraft, now: datetime, today: date) -> Post:
    """Gives no right until the security administrator confirms; on the command line there is nobody else, so at once."""
    actor.require(permissions.ADMIN_ACCOUNTS)
    post = _add(actor, person, draft, today)
    if actor.user_id is None:
        post.confirmed_at = now
    db.session.flush()
    _record(actor, "post.proposed" if actor.user_id else "post.confirmed", post)
    return post


def _not_mine(actor: Actor, post: Post, proposed_by: int | None) -> None:
    if actor.user_id is not None and actor.user_id in (proposed_by, post.user_id):
        raise Forbidden("不能处理自己提出的或给自己的岗位。请由另一位安全管理员处理。")


def _waiting(post: Post) -> None:
    if post.confirmed_at or post.refused_at or post.revoked_at:
        raise Conflict(DECIDED)


def confirm(actor: Actor, post: Post, now: datetime, today: date) -> None:
    """The rights begin (with the term). Never one's own proposal, never for oneself."""
    actor.require(permissions.ADMIN_RIGHTS)
    _not_mine(actor, post, post.proposed_by)
    _waiting(post)
    rules.check_together([*queries.roles_held(post.user_id, today, but=post.id), post.role])
    post.confirmed_by = actor.user_id
    post.confirmed_at = now
    _record(actor, "post.confirmed", post)


def refuse(actor: Actor, post: Post, reason: str, now: datetime) -> None:
    actor.require(permissions.ADMIN_RIGHTS)
    _not_mine(actor, post, post.proposed_by)
    _waiting(post)
    if not reason.strip():
        raise RuleBroken("不同意的理由没有填。请填写。", field="reason")
    post.refused_by, post.refused_at, post.refusal = actor.user_id, now, reason.strip()[:300]
    _record(actor, "post.refused", post, reason)


# --- ends -----------------------------------------------------------------------------------------


def _holds(post: Post) -> None:
    if post.refused_at or post.revoked_at:
        raise Conflict(DECIDED)


def _revoke(actor: Actor, post: Post, now: datetime, today: date) -> None:
    post.revoked_by, post.revoked_at = actor.user_id, now
    last = max(post.starts_on, today)
    if post.ends_on is None or post.ends_on > last:
        post.ends_on = last


def propose_end(actor: Actor, post: Post, reason: str, now: datetime, today: date) -> None:
    """Withdraws a post that is not confirmed yet; the end of a confirmed one waits for the other administrator."""
    actor.require(permissions.ADMIN_ACCOUNTS)
    _holds(post)
    if not reason.strip():
        raise RuleBroken("结束岗位的理由没有填。请填写。", field="reason")
    post.end_reason = reason.strip()[:300]
    if post.confirmed_at is None or actor.user_id is None:
        _revoke(actor, post, now, today)
        _record(actor, "post.ended", post, reason)
        return
    post.end_proposed_by, post.end_proposed_at = actor.user_id, now
    _record(actor, "post.end_proposed", post, reason)


def confirm_end(actor: Actor, post: Post, now: datetime, today: date) -> None:
    actor.require(permissions.ADMIN_RIGHTS)
    _not_mine(actor, post, post.end_proposed_by)
    _holds(post)
    if post.end_proposed_at is None:
        raise Conflict(DECIDED)
    _revoke(actor, post, now, today)
    _record(actor, "post.ended", post, post.end_reason)


def keep(actor: Actor, post: Post) -> None:
    """The proposed end is not agreed to; the post goes on."""
    actor.require(permissions.ADMIN_RIGHTS)
    _not_mine(actor, post, post.end_proposed_by)
    _holds(post)
    if post.end_proposed_at is None:
        raise Conflict(DECIDED)
    post.end_proposed_by, post.end_proposed_at, post.end_reason = None, None, ""
    _record(actor, "post.end_refused", post)


def end(actor: Actor, post: Post, reason: str, now: datetime, today: date) -> None:
    """Ends an invited post at once: the chief in his own zone, or the security administrator who reviews it."""
    unit = units.find(post.unit_id)
    own = actor.zone_id is not None and unit is not None and unit.zone_id == actor.zone_id
    if actor.can(permissions.ZONE_INVITE):
        if not own or post.role not in rules.INVITABLE:
            raise Forbidden("只能结束本板块招商专员、服务专员的岗位。")
    else:
        actor.require(permissions.ADMIN_RIGHTS)
        if not post.invited:
            raise Forbidden("这个岗位要由系统管理员提出结束，再确认。")
    _holds(post)
    if not reason.strip():
        raise RuleBroken("结束岗位的理由没有填。请填写。", field="reason")
    post.end_reason = reason.strip()[:300]
    _revoke(actor, post, now, today)
    _record(actor, "post.ended", post, reason)


# --- invitations ----------------------------------------------------------------------------------


def invite(
    actor: Actor, login: str, name: str, draft: rules.PostDraft, now: datetime, today: date
) -> tuple[User, str]:
    """A new officer or specialist of the chief's own zone, in force at once and listed for review."""
    actor.require(permissions.ZONE_INVITE)
    if draft.role not in rules.INVITABLE:
        raise RuleBroken("只能邀请招商专员、服务专员。其他岗位请系统管理员办理。", field="role")
    unit = units.find(draft.unit_id)
    if unit is None or actor.zone_id is None or unit.zone_id != actor.zone_id:
        raise RuleBroken("只能邀请到本板块的机构。请重选机构。", field="unit")
    person, first = people.add_user(actor, login, name, now)
    post = _add(actor, person, draft, today)
    post.confirmed_at = now
    db.session.flush()
    audit.record(actor, "account.invited", people.subject(person))
    _record(actor, "post.proposed", post, "板块主要负责人邀请，即时生效")
    return person, first


def review(actor: Actor, post: Post, now: datetime) -> None:
    """The security administrator has looked at an invitation and leaves it in force."""
    actor.require(permissions.ADMIN_RIGHTS)
    if not post.invited or post.reviewed_at or post.revoked_at:
        raise Conflict(DECIDED)
    post.reviewed_by, post.reviewed_at = actor.user_id, now
    _record(actor, "post.reviewed", post)
