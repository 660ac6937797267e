"""List, create, read and change projects."""

from collections.abc import Mapping
from typing import Any

from crm.accounts.permissions import PROJECT_SEE, PROJECT_WRITE, ZONE_ASSIGN
from crm.core import clock
from crm.core.actor import Actor, Scope
from crm.core.errors import RuleBroken
from crm.pipeline import actions as pipeline
from crm.pipeline import queries as pipeline_queries
from crm.pipeline.queries import lines
from crm.projects import actions, queries
from crm.projects.api import asked, blp, shapes
from crm.projects.models import Project
from crm.projects.queries import Filter
from crm.projects.rules.drafts import ProjectDraft
from crm.projects.views import chained
from crm.web import api, edges, guard

_DATES = {"first_contact_on": "first_contact", "expected_sign_on": "expected_sign"}


@blp.get("/projects")
@guard.requires(PROJECT_SEE)
@blp.arguments(asked.List, location="query")
def list_projects(args: dict[str, Any]) -> Any:
    """项目列表。sort：amount、updated、name、expected、fixed、start、days、light，前面加 - 为倒序。"""
    actor, today = guard.current(), clock.today()
    more = lines.More(args["light"], args["leader"], args["stuck"], args["slips"])
    wanted = lines.narrowed(actor, _filter(args), more, today)
    total = queries.stage_counts(actor, wanted).of(wanted.stages).count
    page = queries.listed(actor, wanted, api.window(args), total, args["sort"], lines.sorts(today))
    lit = pipeline_queries.lights_of([row.id for row in page.items], today)
    return api.answer_page(page, lambda row: shapes.line(row, lit.get(row.id)))


_SAME = (
    "q",
    "status",
    "tier",
    "capital",
    "source",
    "confidential",
    "least",
    "most",
    "created_since",
    "updated_since",
)


def _filter(args: Mapping[str, Any]) -> Filter:
    own = {"kind": Project.kind, "exclusion": Project.exclusion}
    extra = [column == args[key] for key, column in own.items() if args[key]]
    return Filter(
        **{key: args[key] for key in _SAME},
        extra=(*extra, *chained.acting(args["chain_action"]), *chained.reached(args["reached"])),
        created_by=_known(queries.user_id(args["created_by"]), "created_by", "没有这个登录名。")
        if args["created_by"]
        else None,
        stages=(args["stage"],) if args["stage"] else (),
        zone_id=_zone(args["zone"]) if args["zone"] else None,
        node_id=_node(args["node"]) if args["node"] else None,
        chain_id=_chain(args["chain"]) if args["chain"] else None,
        owner_id=_known(queries.user_id(args["owner"]), "owner", "没有这个登录名。")
        if args["owner"]
        else None,
        company_id=args["company"],
    )


def _known(found: int | None, field: str, message: str) -> int:
    if found is None:
        raise RuleBroken(message, field=field)
    return found


def _zone(code: str) -> int:
    zone = queries.zone_by_code(code)
    return _known(zone.id if zone else None, "zone", f"没有代码为 {code[:40]} 的开发区。")


def _node(code: str) -> int:
    return _known(queries.node_by_code(code), "node", f"没有代码为 {code[:40]} 的产业链环节。")


def _chain(code: str) -> int:
    return _known(
        next((c.id for c in queries.chains() if c.code == code), None),
        "chain",
        f"没有代码为 {code[:40]} 的产业链。",
    )


@blp.post("/projects")
@guard.requires(PROJECT_WRITE)
@blp.arguments(shapes.Create)
def create_project(sent: dict[str, Any]) -> Any:
    """新建项目；company 写 id，或 {"name", "uscc"}。"""
    actor = guard.current()
    zone_id = _zone(sent["zone"]) if sent.get("zone") else None
    lands = zone_id if actor.scope(PROJECT_WRITE) is Scope.CITY else actor.zone_id
    project = actions.create(actor, _draft(sent, lands, zone_id), clock.today())
    edges.commit()
    return shapes.whole(actor, project.code), 201


@blp.get("/projects/<code>")
@guard.requires(PROJECT_SEE)
def get_project(code: str) -> Any:
    """一个项目。"""
    return shapes.whole(guard.current(), code)


@blp.patch("/projects/<code>")
@guard.requires(PROJECT_WRITE)
@blp.arguments(shapes.Patch)
def patch_project(sent: dict[str, Any], code: str) -> Any:
    """修改项目，只改写出的字段；If-Match 写 version。"""
    actor = guard.current()
    project = queries.find(actor, code, PROJECT_WRITE)
    api.check_version(project.version)
    _save(actor, project, _draft(sent, project.zone_id))
    edges.commit()
    return shapes.whole(actor, code)


@blp.post("/projects/<code>/zone")
@guard.requires(ZONE_ASSIGN)
@blp.arguments(shapes.Landing)
def assign_zone(sent: dict[str, Any], code: str) -> Any:
    """指定落地板块；已认定的里程碑要重新认定。"""
    actor = guard.current()
    project = queries.find(actor, code, ZONE_ASSIGN)
    api.check_version(project.version, required=False)
    pipeline.land(actor, project, _zone(sent["zone"]), clock.today(), clock.now())
    edges.commit()
    return shapes.whole(actor, code)


def _save(actor: Actor, project: Project, draft: ProjectDraft) -> None:
    changed = actions.edit(actor, project, draft, clock.today())
    pipeline.check_edit(project, changed)
    pipeline.mark_changed(actor, project, changed, clock.now())


def _draft(sent: Mapping[str, Any], lands: int | None, zone_id: int | None = None) -> ProjectDraft:
    """Codes and logins become ids; `lands` is the zone whose people may be made responsible."""
    values = {
        _DATES.get(key, key): value
        for key, value in sent.items()
        if key not in ("company", "node", "owner", "zone")
    }
    if "node" in sent:
        values["node_id"] = _node(sent["node"]) if sent["node"] else None
    if "owner" in sent:
        owner = sent["owner"]
        values["owner_id"] = (
            _known(
                queries.user_by_login(owner, lands, clock.today()),
                "owner",
                "责任人不是项目所在板块的在岗人员。",
            )
            if owner
            else None
        )
    return ProjectDraft(values, sent.get("company"), zone_id)
