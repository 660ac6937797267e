"""The tree of units with its editor, and the leaders by rank."""

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for

from crm.accounts import permissions
from crm.accounts import queries as accounts
from crm.core import clock
from crm.core.errors import NotFound
from crm.units import actions, queries, rules
from crm.units.forms import ChildForm, LeaderForm, MoveForm, UnitForm
from crm.units.models import Leader, Unit
from crm.web import conflicts, edges, guard
from crm.web.choices import options
from crm.zones import actions as zones

bp = Blueprint("units", __name__)


def _branches(nodes: list[queries.TreeNode]) -> list[dict[str, Any]]:
    return [
        {
            "label": node.short_name,
            "note": node.kind.label + ("，已停用" if not node.active else ""),
            "url": url_for("units.show", unit_id=node.id),
            "gone": not node.active,
            "children": _branches(node.children),
        }
        for node in nodes
    ]


@bp.get("/admin/units")
@guard.requires(permissions.ADMIN_UNITS)
def index() -> Any:
    return render_template("units/index.html", tree=_branches(queries.tree()), total=len(queries.nodes()))


def _unit(unit_id: int) -> Unit:
    unit = queries.find(unit_id)
    if unit is None:
        raise NotFound()
    return unit


def _move_form(unit: Unit, **kwargs: Any) -> MoveForm:
    form = MoveForm(data={"parent": unit.parent_id, "version": unit.version}, **kwargs)
    form.parent.choices = options((i, label) for i, label in queries.choices() if i != unit.id)
    return form


def _page(unit: Unit, *, edit: Any = None, move: Any = None, child: Any = None) -> Any:
    refused = bool(edit or move or child)
    today = clock.today()
    return (
        render_template(
            "units/show.html",
            unit=unit,
            above=queries.find(unit.parent_id) if unit.parent_id else None,
            edit=edit or UnitForm(obj=unit, formdata=None),
            move=move or _move_form(unit, formdata=None),
            child=child or ChildForm(formdata=None).under(unit.kind),
            may_have=bool(rules.CHILDREN[unit.kind]),
            people=accounts.of_unit(unit.id, today),
            leaders=queries.leaders(today, unit_id=unit.id),
        ),
        422 if refused else 200,
    )


@bp.get("/admin/units/<int:unit_id>")
@guard.requires(permissions.ADMIN_UNITS)
def show(unit_id: int) -> Any:
    return _page(_unit(unit_id))


@bp.post("/admin/units/<int:unit_id>/edit")
@guard.requires(permissions.ADMIN_UNITS)
def edit(unit_id: int) -> Any:
    unit, form, actor = _unit(unit_id), UnitForm(), guard.current()
    here = url_for("units.show", unit_id=unit_id)
    if conflicts.stale(form, unit.version):
        theirs = UnitForm(obj=unit, formdata=None)
        return conflicts.page(form, theirs, record=unit.short_name, version=unit.version, record_url=here)

    def act() -> None:
        actions.rename(actor, unit, str(form.name.data), str(form.short_name.data or ""))
        zones.follow_unit(unit)

    if form.validate_on_submit() and edges.attempt(form, act):
        flash("机构名称已保存。", "ok")
        return redirect(here)
    return _page(_unit(unit_id), edit=form)


@bp.post("/admin/units/<int:unit_id>/move")
@guard.requires(permissions.ADMIN_UNITS)
def move(unit_id: int) -> Any:
    unit, actor = _unit(unit_id), guard.current()
    form, here = _move_form(unit), url_for("units.show", unit_id=unit_id)
    if conflicts.stale(form, unit.version):
        theirs = _move_form(unit, formdata=None)
        return conflicts.page(form, theirs, record=unit.short_name, version=unit.version, record_url=here)
    if form.validate_on_submit() and edges.attempt(
        form, lambda: actions.move(actor, unit, _unit(int(form.parent.data)))
    ):
        flash("机构已移动，下级机构和在任岗位一起归到新的上级。", "ok")
        return redirect(here)
    return _page(_unit(unit_id), move=form)


@bp.post("/admin/units/<int:unit_id>/children")
@guard.requires(permissions.ADMIN_UNITS)
def child_new(unit_id: int) -> Any:
    parent, actor = _unit(unit_id), guard.current()
    form = ChildForm().under(parent.kind)

    def act() -> None:
        unit = actions.create(actor, parent, form.draft())
        if unit.kind is rules.UnitKind.ZONE:
            zones.open_zone(actor, unit)

    if form.validate_on_submit() and edges.attempt(form, act):
        flash(f"已新增{str(form.short_name.data or form.name.data).strip()}。", "ok")
        return redirect(url_for("units.show", unit_id=unit_id))
    return _page(_unit(unit_id), child=form)


@bp.post("/admin/units/<int:unit_id>/active")
@guard.requires(permissions.ADMIN_UNITS)
def active(unit_id: int) -> Any:
    unit, form, actor, today = _unit(unit_id), UnitForm(), guard.current(), clock.today()
    on = request.form.get("on") == "1"

    def act() -> None:
        if on:
            actions.activate(actor, unit)
        else:
            actions.deactivate(actor, unit, len(accounts.of_unit(unit.id, today)), today)

    if edges.attempt(form, act):
        flash("机构已启用。" if on else "机构已停用。", "ok")
        return redirect(url_for("units.show", unit_id=unit_id))
    for message in form.form_errors:
        flash(message, "bad")
    return redirect(url_for("units.show", unit_id=unit_id))


# --- leaders --------------------------------------------------------------------------------------


def _leader_units() -> list[tuple[int, str]]:
    """A chief keeps his own zone's leaders, the others every unit's."""
    actor = guard.current()
    if actor.can(permissions.ADMIN_UNITS) or actor.scope(permissions.ASSIGN) == "C":
        return queries.choices()
    return queries.choices(zone_id=actor.zone_id or 0)


@bp.get("/leaders")
@guard.requires(permissions.ADMIN_UNITS, permissions.ASSIGN)
def leaders() -> Any:
    past = request.args.get("past") == "1"
    rows = queries.leaders(clock.today(), past=past)
    mine = {unit_id for unit_id, _ in _leader_units()}
    return render_template("units/leaders.html", rows=rows, past=past, levels=rules.LEVEL_LABELS, mine=mine)


@bp.get("/leaders/lookup")
@guard.requires(permissions.ASSIGN, permissions.ADMIN_UNITS, permissions.VISIT_LOG)
def lookup_leaders() -> Any:
    found = queries.lookup_leaders(request.args.get("q", ""), clock.today())
    return jsonify([{"id": r.id, "label": r.name, "note": r.title} for r in found])


@bp.route("/leaders/new", methods=["GET", "POST"])
@guard.requires(permissions.ADMIN_UNITS, permissions.ASSIGN)
def leader_new() -> Any:
    form, actor = LeaderForm.of(None, _leader_units()), guard.current()
    if form.validate_on_submit() and edges.attempt(form, lambda: actions.add_leader(actor, form.draft())):
        flash("领导已登记。", "ok")
        return redirect(url_for("units.leaders"))
    return render_template(
        "units/leader_form.html", form=form, leader=None
    ), 422 if form.is_submitted() else 200


def _leader(leader_id: int) -> Leader:
    leader = queries.leader(leader_id)
    if leader is None or leader.unit_id not in {unit_id for unit_id, _ in _leader_units()}:
        raise NotFound()
    return leader


@bp.route("/leaders/<int:leader_id>", methods=["GET", "POST"])
@guard.requires(permissions.ADMIN_UNITS, permissions.ASSIGN)
def leader_edit(leader_id: int) -> Any:
    leader, actor, units = _leader(leader_id), guard.current(), _leader_units()
    form = LeaderForm.of(leader, units)
    if conflicts.stale(form, leader.version):
        theirs = LeaderForm.of(leader, units, formdata=None)
        return conflicts.page(
            form, theirs, record=leader.name, version=leader.version, record_url=url_for("units.leaders")
        )
    if form.validate_on_submit() and edges.attempt(
        form, lambda: actions.edit_leader(actor, leader, form.draft())
    ):
        flash("领导信息已保存。", "ok")
        return redirect(url_for("units.leaders"))
    return (
        render_template("units/leader_form.html", form=form, leader=leader),
        422 if form.is_submitted() else 200,
    )
