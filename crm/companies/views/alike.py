"""疑似重复: what the register may have twice, merged or told apart here."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts import permissions
from crm.companies import actions, queries
from crm.companies.views import bp
from crm.core import clock
from crm.core.errors import NotFound
from crm.core.paging import Window
from crm.web import edges, guard

_PER_PAGE = 20


@bp.get("/companies/duplicates")
@guard.requires(permissions.COMPANY_MERGE)
def duplicates() -> Any:
    by = request.args.get("by", "name")
    by = by if by in queries.BY else "name"
    number = max(request.args.get("page", 1, type=int), 1)
    page = queries.look_alikes(by, Window(_PER_PAGE, request.args.get("after") or None, number))
    following = (
        url_for("companies.duplicates", by=by, after=page.next_token, page=number + 1)
        if page.next_token
        else None
    )
    return render_template(
        "companies/duplicates.html",
        page=page,
        by=by,
        tabs=[
            {
                "label": word,
                "url": url_for("companies.duplicates", by=key),
                "count": None,
                "current": key == by,
            }
            for key, word in queries.BY.items()
        ],
        counted=queries.COUNTED,
        next_url=following,
        first_url=url_for("companies.duplicates", by=by) if number > 1 else None,
    )


@bp.post("/companies/<int:company_id>/not-same")
@guard.requires(permissions.COMPANY_MERGE)
def not_same(company_id: int) -> Any:
    """`other` may stand there several times: one member of a group is none of the others."""
    actor = guard.current()
    one = queries.entry(actor, company_id)
    others = [queries.entry(actor, key) for key in request.form.getlist("other", type=int)[:50]]
    if not others:
        raise NotFound()
    actions.not_same(actor, one, others, request.form.get("reason", ""), clock.now())
    edges.commit()
    flash(f"已记下：“{one.name}”与这里的其他企业不是同一家，以后不再提示。", "ok")
    return redirect(url_for("companies.duplicates", by=request.form.get("by", "name")), 303)
