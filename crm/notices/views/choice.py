"""提醒设置: what one is told of, how long before, and by which ways."""

from typing import Any

from flask import current_app, flash, redirect, render_template, url_for

from crm.core import clock
from crm.core.actor import Actor
from crm.core.config import Config
from crm.core.paging import Window
from crm.notices import actions, queries, rules
from crm.notices.forms import ChoiceForm
from crm.notices.rules import IN_APP, MAIL
from crm.notices.views import bp
from crm.projects import queries as projects
from crm.settings import queries as settings
from crm.web import edges, guard

#: Of one's own messages that left the house, the last are shown.
_LAST = 10


def offered(actor: Actor) -> list[str]:
    """The ways open to this post: mail where a server is set, robots for everybody or for the post's own zone."""
    config: Config = current_app.config["CRM"]
    zone = next((z.code for z in projects.all_zones() if z.id == actor.zone_id), "")
    robots = [rules.robot_channel(r.name) for r in config.robots if r.zone in ("", zone)]
    return [IN_APP, *([MAIL] if config.smtp else []), *robots]


@bp.route("/account/notify", methods=["GET", "POST"])
@guard.signed_in
def choice() -> Any:
    actor = guard.current()
    ways = offered(actor)
    form = ChoiceForm().offer(ways)
    domains = rules.domains_of(settings.value("mail_domains"))

    def act() -> None:
        actions.choose(actor, form.choice(), domains)

    if form.validate_on_submit() and edges.attempt(form, act):
        flash("提醒设置已保存，下一次提醒就按它办。", "ok")
        return redirect(url_for("notices.choice"), 303)
    chosen = queries.choice(actor)
    if not form.is_submitted():
        form.show(chosen)
    page = render_template(
        "notices/choice.html",
        form=form,
        topics=[form[topic.value] for topic in rules.Topic],
        ways=ways,
        mail=MAIL in ways,
        domains=domains,
        outgoing=[way for way in ways if way != IN_APP],
        last=queries.outbox(None, Window(per_page=_LAST), actor.user_id).items,
        label=rules.channel_label,
    )
    return page, 422 if form.is_submitted() else 200


@bp.post("/account/notify/try")
@guard.signed_in
def try_out() -> Any:
    """A message to oneself by every way one has chosen."""
    actor = guard.current()
    chosen = queries.choice(actor)
    used = set().union(*(chosen.of(topic) for topic in rules.Topic)) - {IN_APP}
    count = actions.try_out(actor, sorted(used & set(offered(actor))), clock.now())
    edges.commit()
    if count:
        flash("测试消息已经交给后台发送，结果看本页下面。", "ok")
    else:
        flash("还没有选站内以外的渠道，没有可测试的。请先勾选并保存。", "warn")
    return redirect(url_for("notices.choice"), 303)
