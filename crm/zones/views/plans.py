"""Plans and the quotas of their years."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from crm.accounts import permissions
from crm.core import clock
from crm.core.errors import NotFound
from crm.web import conflicts, edges, guard
from crm.zones import actions, queries, rules
from crm.zones.forms import CopyForm, PlanForm, QuotaForm
from crm.zones.models import Plan, Quota, Zone
from crm.zones.views import bp


def _plan(code: str) -> Plan:
    plan = queries.plan_by_code(code)
    if plan is None:
        raise NotFound()
    return plan


@bp.get("/admin/plans")
@guard.requires(permissions.PLAN_EDIT)
def plans() -> Any:
    return render_template(
        "zones/plans.html",
        rows=queries.plans(),
        this_year=clock.today().year,
        counting=rules.COUNTING_LABELS,
        basis=rules.BASIS_LABELS,
    )


@bp.route("/admin/plans/new", methods=["GET", "POST"])
@guard.requires(permissions.PLAN_EDIT)
def plan_new() -> Any:
    form, actor = PlanForm(), guard.current()
    if form.validate_on_submit() and edges.attempt(form, lambda: actions.create_plan(actor, form.draft())):
        flash("方案已新建。请逐年填写配额。", "ok")
        return redirect(url_for("zones.plan", code=str(form.code.data).strip()))
    return render_template("zones/plan_form.html", form=form, plan=None), 422 if form.is_submitted() else 200


@bp.get("/admin/plans/<code>")
@guard.requires(permissions.PLAN_EDIT)
def plan(code: str) -> Any:
    found = _plan(code)
    years = list(range(found.first_year, found.last_year + 1))
    today = clock.today().year
    asked = request.args.get("year", type=int)
    year = asked if asked in years else (today if today in years else years[-1])
    rows = queries.quotas(found.id, year)
    return render_template(
        "zones/plan.html",
        plan=found,
        rows=rows,
        year=year,
        years=years,
        target=sum(r.target or 0 for r in rows),
        counting=rules.COUNTING_LABELS,
        basis=rules.BASIS_LABELS,
        not_assessed=rules.NOT_ASSESSED,
    )


@bp.route("/admin/plans/<code>/edit", methods=["GET", "POST"])
@guard.requires(permissions.PLAN_EDIT)
def plan_edit(code: str) -> Any:
    found = _plan(code)
    form, actor = PlanForm.of(found), guard.current()
    form.code.data = found.code
    back = url_for("zones.plan", code=code)
    if conflicts.stale(form, found.version):
        theirs = PlanForm.of(found, formdata=None)
        return conflicts.page(form, theirs, record=found.title, version=found.version, record_url=back)
    if form.validate_on_submit() and edges.attempt(
        form, lambda: actions.edit_plan(actor, found, form.draft())
    ):
        flash("方案已保存。", "ok")
        return redirect(back)
    return render_template("zones/plan_form.html", form=form, plan=found), 422 if form.is_submitted() else 200


@bp.route("/admin/plans/<code>/copy", methods=["GET", "POST"])
@guard.requires(permissions.PLAN_EDIT)
def plan_copy(code: str) -> Any:
    found, actor = _plan(code), guard.current()
    length = found.last_year - found.first_year
    first = found.last_year + 1
    form = CopyForm(
        data={
            "first_year": first,
            "last_year": first + max(length, 4),
            "code": f"LYG-{first}-{first + max(length, 4)}",
        }
    )
    if form.validate_on_submit() and edges.attempt(
        form,
        lambda: actions.copy_plan(
            actor,
            found,
            str(form.code.data),
            int(form.first_year.data or 0),
            int(form.last_year.data or 0),
            str(form.title.data or ""),
        ),
    ):
        flash("方案已复制。横幅会一直显示，到您修改为止。", "ok")
        return redirect(url_for("zones.plan", code=str(form.code.data).strip()))
    banner = rules.banner_of_copy(found.first_year, found.last_year)
    return (
        render_template("zones/plan_copy.html", form=form, plan=found, banner=banner),
        422 if form.is_submitted() else 200,
    )


def _row(code: str, year: int, zone_code: str) -> tuple[Plan, Zone, Quota | None]:
    found, zone = _plan(code), queries.by_code(zone_code)
    if zone is None or not found.first_year <= year <= found.last_year:
        raise NotFound()
    return found, zone, queries.quota(found.id, year, zone.id)


def _seen(form: QuotaForm) -> int | None:
    text = str(form.version.data or "")
    return int(text) if text.isdigit() else None


@bp.route("/admin/plans/<code>/quotas/<int:year>/<zone_code>", methods=["GET", "POST"])
@guard.requires(permissions.PLAN_EDIT)
def quota(code: str, year: int, zone_code: str) -> Any:
    found, zone, row = _row(code, year, zone_code)
    form, actor = QuotaForm.of(row), guard.current()
    back = url_for("zones.plan", code=code, year=year)
    if row is not None and conflicts.stale(form, row.version):
        return conflicts.page(
            form,
            QuotaForm.of(row, formdata=None),
            record=f"{zone.short_name} {year}年配额",
            version=row.version,
            record_url=back,
        )
    act = actions.set_quota_from if form.later.data else actions.set_quota
    if form.validate_on_submit() and edges.attempt(
        form, lambda: act(actor, found, zone, year, form.draft(), seen=_seen(form))
    ):
        flash(f"{zone.short_name}的配额已保存。", "ok")
        return redirect(back)
    return (
        render_template("zones/quota.html", form=form, plan=found, zone=zone, row=row, year=year, back=back),
        422 if form.is_submitted() else 200,
    )


@bp.post("/admin/plans/<code>/quotas/<int:year>/<zone_code>/drop")
@guard.requires(permissions.PLAN_EDIT)
def quota_drop(code: str, year: int, zone_code: str) -> Any:
    found, zone, _ = _row(code, year, zone_code)
    seen = request.form.get("version", type=int)
    actions.drop_quota(guard.current(), found, zone, year, seen=seen or 0)
    edges.commit()
    flash(f"{zone.short_name} {year} 年不再单列考核。", "ok")
    return redirect(url_for("zones.plan", code=code, year=year))
