"""Working without network: who is signed in, what a device may take along, and what it sends when it is back.

The queue itself lives on the device, see docs/adr/0013-offline-queue.md. Here every entry goes through the same form and
the same action as one typed online, so an entry sent twice makes one visit.
"""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from flask import g, jsonify, request, session, url_for
from flask_wtf.csrf import generate_csrf

from crm.accounts.permissions import VISIT_LOG
from crm.audit import actions as audit
from crm.core import clock, crypto, phones
from crm.core.errors import Forbidden, NotFound, RuleBroken
from crm.projects.rules import STATUS_LABELS
from crm.settings import queries as settings
from crm.visits import queries
from crm.visits.forms import VisitForm
from crm.visits.views import bp, entry
from crm.web import edges, guard


@bp.get("/offline/session")
@guard.public
def offline_session() -> Any:
    """Who may send now, with a fresh token: a page that was open without network holds an old one, or none."""
    actor = guard.optional()
    may = actor is not None and actor.can(VISIT_LOG)
    return jsonify(
        user=actor.user_id if actor else None,
        post=actor.post_id if actor else None,
        may=may,
        csrf=generate_csrf(),
        since=session.get("started", 0) if actor else 0,
    )


@bp.post("/offline/key")
@guard.requires(VISIT_LOG)
def offline_key() -> Any:
    """The person's own part of the key that seals his queue; the device adds its part and never shows the result."""
    actor = guard.current()
    subject = audit.Subject("user", actor.user_id, actor.name)
    audit.record(actor, "offline.key_given", subject, note=request.user_agent.string[:200])
    edges.commit()
    return jsonify(user=actor.user_id, key=crypto.keyed_hash(f"offline-key:{actor.user_id}"))


@bp.get("/offline/package")
@guard.requires(VISIT_LOG)
def offline_package() -> Any:
    """What the device keeps sealed for at most `days` after the sign-in. Taking it along is written down."""
    actor = guard.current()
    carried = queries.package(actor, clock.today())
    counts = f"企业 {len(carried.companies)} 家，联系人 {len(carried.contacts)} 位"
    body = asdict(carried) | {
        "today": carried.today.isoformat(),
        "user": actor.user_id,
        "post": actor.post_id,
        "post_name": actor.unit_name,
        "days": settings.value("offline_days"),
    }
    audit.write_now(actor, "offline.taken", audit.Subject("user", actor.user_id, actor.name), note=counts)
    return jsonify(_plain(body))


def _plain(value: Any) -> Any:
    """Days as ISO text: Flask would write them as in a mail's head."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


@bp.post("/offline/visits")
@guard.requires(VISIT_LOG)
def send_offline() -> Any:
    """One entry of the queue: 201 with the visit, 422 with messages beside their fields, 409 when it is not his to send."""
    form = VisitForm()
    if (wrong := _not_his()) is not None:
        return jsonify(message=wrong, errors=[]), 409
    number = request.form.get("company_id", "")
    company_id = int(number) if number.isdecimal() and len(number) < 10 else None
    company = queries.company(company_id) if company_id else None
    if not (form.validate_on_submit() and _attempt(form, company_id)):
        return _refused(form)
    logged, visit_id = entry.saved()
    notes = [*logged.notes]
    if logged.created and company is not None and company.id != company_id:
        notes.append(f"「{form.company.data}」已并入「{company.name}」，走访记在合并后的企业名下。")
    return jsonify(
        visit=visit_id,
        url=url_for("visits.show", visit_id=visit_id),
        created=logged.created,
        same=logged.same,
        notes=notes,
        warnings=phones.warnings(*form.draft(company_id).words),
    ), 201


def _not_his() -> str | None:
    """An entry is sent by the person who wrote it, in the post he wrote it in."""
    actor = guard.current()
    if request.form.get("offline_user", "") != str(actor.user_id):
        return "这条走访是另一位用户填写的，不能由您发送。请由本人登录后发送。"
    post = request.form.get("offline_post", "")
    if post and post != str(actor.post_id):
        return "填写这条走访时用的是另一个岗位。请先切换到当时的岗位，再点发送。"
    return None


def _attempt(form: VisitForm, company_id: int | None) -> bool:
    def act() -> None:
        try:
            _check_projects(form)
            entry.log_looked_up(form, company_id, clock.today())
        except NotFound as gone:
            raise RuleBroken(
                "要同时完成的跟进找不到了，可能已经移交。请去掉它再发送。", field="closes"
            ) from gone
        except Forbidden as denied:
            raise RuleBroken(denied.message) from denied

    return edges.attempt(form, act)


def _check_projects(form: VisitForm) -> None:
    """A project that went out of work meanwhile is asked about once more, unless he has said that it is meant."""
    if not form.projects.data or request.form.get("closed_ok"):
        return
    if closed := queries.closed_projects(guard.current(), form.projects.data):
        said = "、".join(f"「{project.name}」已是{STATUS_LABELS[project.status]}" for project in closed)
        raise RuleBroken(f"{said}。请去掉这个项目，或勾选仍然记在它名下。", field="projects")


def _refused(form: VisitForm) -> Any:
    errors = [
        {"field": field.id, "label": field.label.text, "message": _first(field.errors)}
        for field in form
        if field.errors
    ]
    errors += [{"field": None, "label": "", "message": str(message)} for message in form.form_errors]
    named = "、".join(str(error["field"] or "form") for error in errors)
    subject = audit.Subject("visit", None, "离线走访", zone_id=guard.current().zone_id)
    audit.write_now(guard.current(), "offline.refused", subject, note=named, result="refused")
    alike = [{"id": each.id, "name": each.name} for each in g.get("suspects", ())]
    return jsonify(message="没有通过核对，请修改后再发送。", errors=errors, alike=alike), 422


def _first(errors: Any) -> str:
    return next(_sentences(errors), "")


def _sentences(errors: Any) -> Iterator[str]:
    """The sentences in whatever shape WTForms keeps them: lists of a field, mappings of a row's fields."""
    if isinstance(errors, dict):
        errors = errors.values()
    elif isinstance(errors, str):
        yield errors
        return
    for each in errors:
        yield from _sentences(each)
