"""Zones, their facts with sources, their aliases; the type-ahead of zones."""

from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for

from crm.accounts import permissions
from crm.core.errors import NotFound
from crm.web import conflicts, edges, guard
from crm.zones import actions, queries, rules
from crm.zones.forms import AliasForm, ZoneForm
from crm.zones.models import Zone
from crm.zones.views import bp


@bp.get("/zones/lookup")
@guard.signed_in
def lookup() -> Any:
    found = queries.lookup(request.args.get("q", ""))
    return jsonify([{"id": z.id, "label": z.short_name, "note": z.county_name} for z in found])


@bp.get("/admin/zones")
@guard.requires(permissions.PLAN_EDIT)
def index() -> Any:
    rows = queries.rows()
    hints = {r.code: rules.industries_hint(r.level, r.leading_industries) for r in rows}
    return render_template("zones/index.html", rows=rows, hints=hints)


def _zone(code: str) -> Zone:
    zone = queries.by_code(code)
    if zone is None:
        raise NotFound()
    return zone


def _page(zone: Zone, form: ZoneForm, alias_form: AliasForm, status: int = 200) -> Any:
    return (
        render_template(
            "zones/show.html",
            zone=zone,
            form=form,
            alias_form=alias_form,
            facts=rules.FACTS,
            aliases=queries.aliases_of(zone.id),
            hint=rules.industries_hint(zone.level, zone.leading_industries),
        ),
        status,
    )


@bp.route("/admin/zones/<code>", methods=["GET", "POST"])
@guard.requires(permissions.PLAN_EDIT)
def show(code: str) -> Any:
    zone = _zone(code)
    form, actor = ZoneForm.of(zone), guard.current()
    if conflicts.stale(form, zone.version):
        return conflicts.page(
            form,
            ZoneForm.of(zone, formdata=None),
            record=zone.short_name,
            version=zone.version,
            record_url=url_for("zones.show", code=code),
        )
    if form.validate_on_submit() and edges.attempt(
        form, lambda: actions.edit_zone(actor, zone, form.draft())
    ):
        flash("开发区资料已保存。", "ok")
        return redirect(url_for("zones.show", code=code))
    return _page(zone, form, AliasForm(formdata=None), 422 if form.is_submitted() else 200)


@bp.post("/admin/zones/<code>/aliases")
@guard.requires(permissions.PLAN_EDIT)
def alias_new(code: str) -> Any:
    zone = _zone(code)
    form, actor = AliasForm(), guard.current()
    if form.validate_on_submit() and edges.attempt(
        form, lambda: actions.add_alias(actor, zone, str(form.alias.data), str(form.source.data))
    ):
        flash("别名已增加。", "ok")
        return redirect(url_for("zones.show", code=code) + "#aliases")
    return _page(_zone(code), ZoneForm.of(_zone(code), formdata=None), form, 422)


@bp.post("/admin/zones/<code>/aliases/<int:alias_id>/remove")
@guard.requires(permissions.PLAN_EDIT)
def alias_remove(code: str, alias_id: int) -> Any:
    zone = _zone(code)
    alias = queries.alias(zone.id, alias_id)
    if alias is None:
        raise NotFound()
    actions.remove_alias(guard.current(), zone, alias)
    edges.commit()
    flash("别名已删除。", "ok")
    return redirect(url_for("zones.show", code=code) + "#aliases")
