"""The system administrator's pages: accounts, their one-time passwords, posts proposed."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts import actions, permissions, queries
from crm.accounts.forms import NewUserForm, PostForm, UserForm
from crm.accounts.models import User
from crm.accounts.rules import ROLE_LABELS
from crm.accounts.views import asking, bp
from crm.core import clock
from crm.core.actor import Role
from crm.core.errors import NotFound
from crm.core.paging import Window
from crm.units import queries as units
from crm.web import conflicts, edges, guard

STATES = (("", "全部"), ("active", "在用"), ("idle", "无在任岗位"), ("off", "已停用"))


@bp.get("/admin/users")
@guard.requires(permissions.ADMIN_ACCOUNTS)
def users() -> Any:
    q, state = request.args.get("q", ""), request.args.get("state", "")
    page = queries.users(q, state, clock.today(), Window(after=request.args.get("after")))
    return render_template("accounts/users.html", page=page, q=q, state=state, states=STATES, now=clock.now())


@bp.route("/admin/users/new", methods=["GET", "POST"])
@guard.requires(permissions.ADMIN_ACCOUNTS)
def user_new() -> Any:
    form, actor, made = NewUserForm(), guard.current(), []
    if form.validate_on_submit() and edges.attempt(
        form,
        lambda: made.append(
            actions.create_user(actor, str(form.login.data), str(form.name.data), clock.now())
        ),
    ):
        person, first = made[0]
        return _once(person, first, url_for("accounts.user", user_id=person.id), "账号已建好，下一步提出岗位")
    return render_template("accounts/user_new.html", form=form), 422 if form.is_submitted() else 200


def _once(person: User, first: str, next_url: str, words: str) -> str:
    """The one time a first password is shown: in the answer to the POST itself, never at an address of its own."""
    return render_template(
        "accounts/one_time.html", person=person, first=first, next_url=next_url, words=words
    )


def _user(user_id: int) -> User:
    person = queries.user(user_id)
    if person is None:
        raise NotFound()
    return person


def _post_form(**kwargs: Any) -> PostForm:
    form = PostForm(data={"starts_on": clock.today()}, **kwargs)
    return form.offer(units.choices(), list(Role))


def _page(person: User, *, form: UserForm | None = None, post: PostForm | None = None) -> Any:
    return (
        render_template(
            "accounts/user.html",
            person=person,
            form=form or UserForm(obj=person, formdata=None),
            post=post or _post_form(formdata=None),
            lines=queries.lines_of(person.id, clock.today()),
            now=clock.now(),
            myself=person.id == guard.current().user_id,
        ),
        422 if form or post else 200,
    )


@bp.get("/admin/users/<int:user_id>")
@guard.requires(permissions.ADMIN_ACCOUNTS)
def user(user_id: int) -> Any:
    return _page(_user(user_id))


@bp.post("/admin/users/<int:user_id>/edit")
@guard.requires(permissions.ADMIN_ACCOUNTS)
def user_edit(user_id: int) -> Any:
    person, form, actor = _user(user_id), UserForm(), guard.current()
    here = url_for("accounts.user", user_id=user_id)
    if conflicts.stale(form, person.version):
        theirs = UserForm(obj=person, formdata=None)
        return conflicts.page(form, theirs, record=person.login, version=person.version, record_url=here)
    if form.validate_on_submit() and edges.attempt(
        form, lambda: actions.edit_user(actor, person, str(form.name.data))
    ):
        flash("姓名已保存。", "ok")
        return redirect(here)
    return _page(_user(user_id), form=form)


@bp.post("/admin/users/<int:user_id>/active")
@guard.requires(permissions.ADMIN_ACCOUNTS)
def user_active(user_id: int) -> Any:
    person, on = _user(user_id), request.form.get("on") == "1"
    actions.set_active(guard.current(), person, on)
    edges.commit()
    flash("账号已启用。" if on else "账号已停用，已登录的设备立即退出。", "ok")
    return redirect(url_for("accounts.user", user_id=user_id))


@bp.post("/admin/users/<int:user_id>/unlock")
@guard.requires(permissions.ADMIN_ACCOUNTS)
def user_unlock(user_id: int) -> Any:
    actions.unlock(guard.current(), _user(user_id))
    edges.commit()
    flash("账号已解除锁定。", "ok")
    return redirect(url_for("accounts.user", user_id=user_id))


@bp.post("/admin/users/<int:user_id>/reset")
@guard.requires(permissions.ADMIN_ACCOUNTS)
def user_reset(user_id: int) -> Any:
    person = _user(user_id)
    first = actions.reset_password(guard.current(), person, clock.now(), clock.today())
    edges.commit()
    return _once(person, first, url_for("accounts.user", user_id=user_id), "密码已重置，已登录的设备立即退出")


@bp.post("/admin/users/<int:user_id>/posts")
@guard.requires(permissions.ADMIN_ACCOUNTS)
def post_propose(user_id: int) -> Any:
    person, form, actor = _user(user_id), _post_form(), guard.current()
    if form.validate_on_submit() and edges.attempt(
        form, lambda: actions.propose(actor, person, form.draft(), clock.now(), clock.today())
    ):
        flash(f"已提出{ROLE_LABELS[Role(form.role.data)]}岗位，等安全管理员确认后生效。", "ok")
        return redirect(url_for("accounts.user", user_id=user_id))
    return _page(_user(user_id), post=form)


@bp.route("/admin/posts/<int:post_id>/propose-end", methods=["GET", "POST"])
@guard.requires(permissions.ADMIN_ACCOUNTS)
def post_propose_end(post_id: int) -> Any:
    post, actor = asking.post_or_404(post_id), guard.current()
    back = url_for("accounts.user", user_id=post.user_id)
    if post.confirmed_at:
        words, done = "等安全管理员确认后结束，此前权限不变。", "已提出结束岗位，等安全管理员确认。"
        ask = asking.Ask("提出结束岗位", words, done, back, "账号")
    else:
        ask = asking.Ask("撤回岗位", "还没有确认的岗位直接撤回。", "岗位已撤回。", back, "账号")
    return asking.reason(
        ask, post, lambda reason: actions.propose_end(actor, post, reason, clock.now(), clock.today())
    )
