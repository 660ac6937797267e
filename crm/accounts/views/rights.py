"""The security administrator's pages: posts to confirm, invitations to review, and the table of rights in words."""

from typing import Any

from flask import flash, redirect, render_template, url_for

from crm.accounts import actions, permissions, queries
from crm.accounts.rules import ROLE_LABELS
from crm.accounts.views import asking, bp
from crm.core import clock
from crm.core.actor import Role, Scope
from crm.web import edges, guard

SCOPE_WORDS = {
    Scope.ZONE: "本板块",
    Scope.COUNTY: "本县区",
    Scope.ASSIGNED: "交办或授权",
    Scope.CITY: "全市",
}


@bp.get("/admin/posts")
@guard.requires(permissions.ADMIN_RIGHTS)
def pending_posts() -> Any:
    today = clock.today()
    return render_template(
        "accounts/pending.html",
        pending=queries.pending(today),
        ends=queries.ends_waiting(today),
        invited=queries.invited(today),
        me_id=guard.current().user_id,
    )


@bp.get("/admin/posts/history")
@guard.requires(permissions.ADMIN_RIGHTS)
def posts_history() -> Any:
    return render_template("accounts/history.html", lines=queries.history(clock.today()))


@bp.get("/admin/rights")
@guard.requires(permissions.ADMIN_RIGHTS)
def rights() -> Any:
    """The table that the code itself reads, role by role and verb by verb."""
    roles = [role for role in Role if role not in permissions.ADMINISTRATORS]
    admins = [role for role in Role if role in permissions.ADMINISTRATORS]
    rows = [
        (label, [SCOPE_WORDS.get(s, "") if (s := permissions.scopes_of(r).get(verb)) else "" for r in roles])
        for verb, label in permissions.LABELS.items()
        if any(verb in permissions.scopes_of(r) for r in roles)
    ]
    kept_apart = [
        (ROLE_LABELS[r], "、".join(permissions.LABELS[v] for v in permissions.scopes_of(r))) for r in admins
    ]
    headings = [ROLE_LABELS[role] for role in roles]
    return render_template("accounts/rights.html", headings=headings, rows=rows, admins=kept_apart)


def _done(words: str) -> Any:
    flash(words, "ok")
    return redirect(url_for("accounts.pending_posts"))


@bp.post("/admin/posts/<int:post_id>/confirm")
@guard.requires(permissions.ADMIN_RIGHTS)
def post_confirm(post_id: int) -> Any:
    actions.confirm(guard.current(), asking.post_or_404(post_id), clock.now(), clock.today())
    edges.commit()
    return _done("岗位已确认，从任期开始起有权限。")


def _ask(title: str, words: str, done: str) -> asking.Ask:
    return asking.Ask(title, words, done, url_for("accounts.pending_posts"), "岗位确认")


@bp.route("/admin/posts/<int:post_id>/refuse", methods=["GET", "POST"])
@guard.requires(permissions.ADMIN_RIGHTS)
def post_refuse(post_id: int) -> Any:
    post, actor = asking.post_or_404(post_id), guard.current()
    ask = _ask("不同意岗位", "退回提出人，理由留档。", "岗位未同意，已退回提出人。")
    return asking.reason(ask, post, lambda reason: actions.refuse(actor, post, reason, clock.now()))


@bp.route("/admin/posts/<int:post_id>/end", methods=["GET", "POST"])
@guard.requires(permissions.ADMIN_RIGHTS)
def post_end(post_id: int) -> Any:
    post, actor = asking.post_or_404(post_id), guard.current()
    ask = _ask("结束岗位", "权限立即收回，理由留档。", "岗位已结束，权限立即收回。")
    return asking.reason(
        ask, post, lambda reason: actions.end(actor, post, reason, clock.now(), clock.today())
    )


@bp.post("/admin/posts/<int:post_id>/confirm-end")
@guard.requires(permissions.ADMIN_RIGHTS)
def post_confirm_end(post_id: int) -> Any:
    actions.confirm_end(guard.current(), asking.post_or_404(post_id), clock.now(), clock.today())
    edges.commit()
    return _done("岗位已结束，权限立即收回。")


@bp.post("/admin/posts/<int:post_id>/keep")
@guard.requires(permissions.ADMIN_RIGHTS)
def post_keep(post_id: int) -> Any:
    actions.keep(guard.current(), asking.post_or_404(post_id))
    edges.commit()
    return _done("岗位继续保留。")


@bp.post("/admin/posts/<int:post_id>/review")
@guard.requires(permissions.ADMIN_RIGHTS)
def post_review(post_id: int) -> Any:
    actions.review(guard.current(), asking.post_or_404(post_id), clock.now())
    edges.commit()
    return _done("已复核，岗位继续有效。")
