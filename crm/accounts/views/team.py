"""A chief's own people, and the type-ahead of colleagues."""

from typing import Any

from flask import jsonify, render_template, request, url_for

from crm.accounts import actions, permissions, queries, rules
from crm.accounts.forms import InviteForm
from crm.accounts.views import asking, bp
from crm.core import clock
from crm.core.errors import NotFound
from crm.units import queries as units
from crm.web import edges, guard


@bp.get("/accounts/lookup")
@guard.requires(permissions.PROJECT_SEE)
def lookup() -> Any:
    found = queries.lookup(guard.current(), request.args.get("q", ""), clock.today())
    return jsonify([{"id": f.id, "label": f.name, "note": f"{f.unit_name} {f.role}"} for f in found])


@bp.get("/team")
@guard.requires(permissions.ZONE_INVITE)
def team() -> Any:
    actor = guard.current()
    lines = queries.team(actor.zone_id or 0, clock.today())
    return render_template("accounts/team.html", lines=lines, invitable=rules.INVITABLE, zone=actor.unit_name)


@bp.route("/team/invite", methods=["GET", "POST"])
@guard.requires(permissions.ZONE_INVITE)
def invite() -> Any:
    actor, today = guard.current(), clock.today()
    form = InviteForm(data={"starts_on": today, "unit": actor.zone_id})
    form.offer(
        units.choices(zone_id=actor.zone_id or 0), [r for r in rules.ROLE_LABELS if r in rules.INVITABLE]
    )
    made: list[Any] = []
    if form.validate_on_submit() and edges.attempt(
        form,
        lambda: made.append(
            actions.invite(actor, str(form.login.data), str(form.name.data), form.draft(), clock.now(), today)
        ),
    ):
        person, first = made[0]
        return render_template(
            "accounts/one_time.html",
            person=person,
            first=first,
            next_url=url_for("accounts.team"),
            words="已邀请，岗位即时生效",
        )
    return render_template("accounts/invite.html", form=form), 422 if form.is_submitted() else 200


@bp.route("/team/posts/<int:post_id>/end", methods=["GET", "POST"])
@guard.requires(permissions.ZONE_INVITE)
def team_end(post_id: int) -> Any:
    actor, post = guard.current(), asking.post_or_404(post_id)
    unit = units.find(post.unit_id)
    if unit is None or unit.zone_id != actor.zone_id:
        raise NotFound()
    ask = asking.Ask(
        "结束岗位",
        "权限立即收回。经手的企业和项目请安排交接。",
        "岗位已结束，权限立即收回。经手的企业和项目请安排交接。",
        url_for("accounts.team"),
        "本板块人员",
    )
    return asking.reason(
        ask, post, lambda reason: actions.end(actor, post, reason, clock.now(), clock.today())
    )
