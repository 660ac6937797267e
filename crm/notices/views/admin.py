"""消息渠道: for the system administrator, who sees what leaves and whether it arrived, never its words."""

from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for

from crm.accounts.permissions import ADMIN_SYSTEM
from crm.core import clock
from crm.core.config import Config
from crm.core.paging import Window
from crm.notices import actions, queries, rules
from crm.notices.forms import TryForm
from crm.notices.rules import MAIL, OutgoingState
from crm.notices.views import bp
from crm.projects import queries as projects
from crm.web import edges, guard


def _form() -> TryForm:
    config: Config = current_app.config["CRM"]
    robots = [rules.robot_channel(r.name) for r in config.robots]
    return TryForm().offer([*([MAIL] if config.smtp else []), *robots])


@bp.route("/admin/notify", methods=["GET", "POST"])
@guard.requires(ADMIN_SYSTEM)
def channels() -> Any:
    """The ways out, a message to oneself by one of them, and the outbox."""
    actor, config = guard.current(), current_app.config["CRM"]
    form = _form()
    if form.validate_on_submit() and edges.attempt(
        form, lambda: actions.try_out(actor, [form.channel.data], clock.now())
    ):
        flash("测试消息已经交给后台发送，结果看下面的清单。", "ok")
        return redirect(url_for("notices.channels"), 303)
    wanted = request.args.get("state", "")
    state = OutgoingState(wanted) if wanted in set(OutgoingState) else None
    window = Window(after=request.args.get("after"), page=request.args.get("page", 1, type=int))
    page = queries.outbox(state, window)
    following = url_for("notices.channels", state=wanted or None, after=page.next_token, page=window.page + 1)
    shown = render_template(
        "notices/channels.html",
        form=form,
        config=config,
        own_email=queries.choice(actor).email,
        zones={zone.code: zone.label for zone in projects.all_zones()},
        page=page,
        next_url=following if page.next_token else None,
        parts=_parts(state),
        label=rules.channel_label,
        most=rules.MOST_ATTEMPTS,
    )
    return shown, 422 if form.is_submitted() else 200


def _parts(state: OutgoingState | None) -> list[dict[str, Any]]:
    counts = queries.by_state()
    every = {
        "label": "全部",
        "url": url_for("notices.channels"),
        "count": sum(counts.values()),
        "current": state is None,
    }
    return [
        every,
        *(
            {
                "label": each.label,
                "url": url_for("notices.channels", state=each.value),
                "count": counts.get(each, 0),
                "current": each is state,
            }
            for each in OutgoingState
        ),
    ]


@bp.post("/admin/notify/<int:message_id>/again")
@guard.requires(ADMIN_SYSTEM)
def again(message_id: int) -> Any:
    actions.again(guard.current(), queries.find_out(message_id), clock.now())
    edges.commit()
    flash("已重新交给后台发送。", "ok")
    return redirect(url_for("notices.channels"), 303)
