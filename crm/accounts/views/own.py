"""Signing in and out, the password, and the post one acts for."""

from typing import Any

from flask import flash, g, redirect, render_template, request, session, url_for
from flask_login import login_user, logout_user

from crm.accounts import actions, queries
from crm.accounts.forms import LoginForm, PasswordForm
from crm.accounts.session import SessionUser, demo_allowed
from crm.accounts.session import begin as begin_session
from crm.accounts.views import bp
from crm.audit import actions as audit
from crm.core import clock
from crm.core.actor import Actor
from crm.core.errors import NotFound, RuleBroken
from crm.settings import queries as settings
from crm.web import edges, guard


@bp.route("/login", methods=["GET", "POST"])
@guard.public
def login() -> Any:
    form = LoginForm()
    if guard.optional() is not None and request.method == "GET":
        return redirect(url_for("dashboard.home"))
    if not form.validate_on_submit():
        return render_template("accounts/login.html", form=form), 422 if form.is_submitted() else 200
    name, ip = str(form.login.data or "").strip(), request.remote_addr or ""
    try:
        user = actions.sign_in(name, str(form.password.data), ip, clock.now(), demo=demo_allowed())
    except RuleBroken as broken:
        edges.commit()
        audit.write_now(
            Actor(None, name, ip=ip),
            "account.sign_in_failed",
            audit.Subject("user", None, name),
            result="refused",
        )
        edges.put_error(form, broken)
        return render_template("accounts/login.html", form=form), 422
    edges.commit()
    session.clear()
    login_user(SessionUser(user))
    begin_session(clock.now())
    if user.last_post_id:
        session["post_id"] = user.last_post_id
    actor = Actor(user.id, user.name, ip=ip)
    audit.write_now(actor, "account.signed_in", audit.Subject("user", user.id, user.name))
    return redirect(edges.path_inside(request.args.get("next")) or url_for("dashboard.home"))


@bp.post("/logout")
@guard.signed_in
def logout() -> Any:
    actor = guard.current()
    audit.write_now(actor, "account.signed_out", audit.Subject("user", actor.user_id, actor.name))
    logout_user()
    session.clear()
    return redirect(url_for("accounts.login"))


@bp.route("/account/password", methods=["GET", "POST"])
@guard.signed_in
def password() -> Any:
    form, actor = PasswordForm(), guard.current()
    user = queries.user(actor.user_id or 0)
    if user is None:
        raise NotFound()
    if form.validate_on_submit() and edges.attempt(
        form,
        lambda: actions.change_password(
            actor, user, str(form.old.data), str(form.password.data), clock.now()
        ),
    ):
        login_user(SessionUser(user))
        flash("密码已修改，其他设备上的登录已退出。", "ok")
        return redirect(url_for("dashboard.home"))
    limits = settings.values()
    return (
        render_template(
            "accounts/password.html",
            form=form,
            user=user,
            shortest=limits["password_length"],
            days=limits["password_days"],
            history=limits["password_history"],
        ),
        422 if form.is_submitted() else 200,
    )


@bp.post("/account/post")
@guard.signed_in
def act_for() -> Any:
    """Chooses the post one acts for; rights are those of that post from the next page on."""
    wanted = request.form.get("post_id", "")
    post = next((p for p in g.posts if str(p.id) == wanted), None)
    if post is None:
        raise NotFound()
    user = queries.user(guard.current().user_id or 0)
    if user is not None:
        user.last_post_id = post.id
    actor = guard.current()
    audit.record(
        actor, "account.acting_for", audit.Subject("user", actor.user_id, actor.name), note=post.unit_name
    )
    edges.commit()
    session["post_id"] = post.id
    return redirect(url_for("dashboard.home"))
