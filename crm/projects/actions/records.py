"""Creating and editing a project, its landing zone and its owner."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from crm.accounts.models import User
from crm.accounts.permissions import PROJECT_WRITE, ZONE_ASSIGN
from crm.audit import actions as audit
from crm.chains.models import ChainNode
from crm.companies import actions as companies
from crm.companies import queries as company_queries
from crm.companies.models import Company
from crm.companies.rules import CompanyDraft
from crm.core import text
from crm.core.actor import Actor, Role, Scope
from crm.core.db import db
from crm.core.errors import Forbidden, NotFound, RuleBroken
from crm.projects import queries
from crm.projects.actions import history
from crm.projects.actions.naming import name_columns, next_codes, subject
from crm.projects.models import Project
from crm.projects.rules import Stage, Status, drafts, investors, promises, tier_of
from crm.projects.rules.drafts import Investor, ProjectDraft
from crm.zones.models import Zone

#: Who may not know a confidential investor may not touch what would tell him, or take the project over.
_TELLING = frozenset({"investor", "investor_text", "confidential", "owner_id", "source_note"})


def create(actor: Actor, draft: ProjectDraft, today: date) -> Project:
    """A new lead of the actor's zone (the bureau may name a zone or none), with its investor registered in place."""
    actor.require(PROJECT_WRITE)
    zone_id = _landing_zone(actor, draft)
    columns = drafts.spread(draft.values)
    drafts.check(columns)
    if draft.investor is None and not columns.get("investor_text"):
        raise RuleBroken("投资方没有填。请选择已登记的企业，或写上企业名称。", field="company")
    zone_code = next((zone.code for zone in queries.all_zones() if zone.id == zone_id), None)
    code = next_codes(zone_code, today.year)[0]
    company = registered(actor, draft.investor) if draft.investor else None
    owner_id = columns.pop("owner_id", None) or _default_owner(actor)
    _check_owner(owner_id, zone_id, actor, today)
    project = Project(
        code=code,
        zone_id=zone_id,
        first_zone_id=zone_id,
        company_id=company.id if company else None,
        stage=Stage.LEAD,
        stage_since=today,
        status=Status.ACTIVE,
        status_since=today,
        owner_id=owner_id,
        created_by=actor.user_id,
        **columns,
    )
    _derive(project)
    refuse_twin(project)
    db.session.add(project)
    db.session.flush()
    audit.record(actor, "project.created", subject(project), {"name": (None, project.name)})
    return project


def edit(actor: Actor, project: Project, draft: ProjectDraft, today: date) -> frozenset[str]:
    """Saves what the draft touches and gives the names of the columns that really changed.

    What decides a tier or a date is kept in the project's history. `drafts.FROZEN` names the changes after which the
    edge tells the pipeline to ask for recognition anew.
    """
    columns = drafts.spread(draft.values)
    refuse_telling(
        actor, project, frozenset(draft.values) | ({"investor"} if draft.investor else frozenset())
    )
    if "owner_id" in columns:
        _check_owner(columns["owner_id"], project.zone_id, actor, today, kept=project.owner_id)
    before = state_of(project)
    if draft.investor is not None:
        company_id = registered(actor, draft.investor).id
        investors.check_edit(project.stage, project.company_id, company_id)
        project.company_id = company_id
    for key, value in columns.items():
        setattr(project, key, value)
    drafts.check(state_of(project))
    _derive(project)
    return saved(actor, project, before, "project.edited")


def assign_zone(actor: Actor, project: Project, zone_id: int, today: date) -> None:
    """The bureau decides where a project lands; who first talked stays on record."""
    actor.require(ZONE_ASSIGN)
    if all(zone.id != zone_id for zone in queries.all_zones()):
        raise RuleBroken("没有这个开发区。请从列表里选择。", field="zone")
    if project.zone_id == zone_id:
        raise RuleBroken("项目已经落在这个板块。请选择另一个板块。", field="zone")
    before = state_of(project)
    project.first_zone_id = project.first_zone_id or project.zone_id or zone_id
    project.zone_id = zone_id
    saved(actor, project, before, "project.zone_assigned")


def set_owner(actor: Actor, project: Project, owner_id: int, today: date) -> None:
    edit(actor, project, ProjectDraft({"owner_id": owner_id}), today)


def _landing_zone(actor: Actor, draft: ProjectDraft) -> int | None:
    if actor.scope(PROJECT_WRITE) is Scope.CITY:
        if draft.zone_id is not None and all(zone.id != draft.zone_id for zone in queries.all_zones()):
            raise RuleBroken("没有这个开发区。请从列表里选择。", field="zone")
        return draft.zone_id
    if actor.zone_id is None:
        raise Forbidden("当前岗位不在开发区里，不能新建项目。请切换岗位。")
    if draft.zone_id not in (None, actor.zone_id):
        raise RuleBroken("只能为本板块新建项目。落在别的板块的，请市商务局指定。", field="zone")
    return actor.zone_id


def _default_owner(actor: Actor) -> int | None:
    return actor.user_id if actor.role in (Role.OFFICER, Role.CHIEF) else None


def _check_owner(
    owner_id: int | None, zone_id: int | None, actor: Actor, today: date, kept: int | None = None
) -> None:
    if owner_id in (None, kept, actor.user_id):
        return
    if all(person.id != owner_id for person in queries.colleagues(zone_id, today)):
        raise RuleBroken("责任人不是项目所在板块的在岗人员。请重新选择。", field="owner_id")


def registered(actor: Actor, investor: Investor) -> Company:
    """The investor's register entry, linked with the actor's zone; a name not yet known is registered."""
    if investor.id is not None:
        try:
            company = company_queries.find(actor, investor.id)
        except NotFound as error:
            raise RuleBroken("没有这家企业。请重新选择，或写上企业名称。", field="company") from error
        companies.link(actor, company)
        return company
    if not investor.name.strip():
        raise RuleBroken("投资方没有填。请选择已登记的企业，或写上企业名称。", field="company")
    try:
        company, _ = companies.register(
            actor, CompanyDraft(name=investor.name.strip(), code=investor.uscc.strip())
        )
    except RuleBroken as broken:
        raise RuleBroken(
            broken.message, "uscc" if broken.field in ("code", "uscc") else "company"
        ) from broken
    return company


def _derive(project: Project) -> None:
    """What follows from what people typed: keys, search columns and the tier."""
    for key, value in name_columns(
        project.code, project.name, project.statistics_name or "", project.investor_text or ""
    ).items():
        setattr(project, key, value)
    capital = project.capital or drafts.DEFAULT_CAPITAL
    project.tier = tier_of(capital, project.total_investment, project.total_investment_usd, queries.tiers())


def refuse_twin(project: Project) -> None:
    with db.session.no_autoflush:
        code = queries.twin(project)
    if code is not None:
        raise RuleBroken(f"本板块已有同名、同投资方的项目 {code}。请打开那个项目填写。", field="name")


def refuse_telling(actor: Actor, project: Project, touched: frozenset[str]) -> None:
    if project.confidential and touched & _TELLING and not queries.discloses(actor, project):
        raise Forbidden("这是保密项目。投资方、责任人和保密设置由责任人、主要负责人或市商务局修改。")


_STATE = tuple(column.key for column in Project.__table__.columns if column.key not in (
    "id", "version", "created_at", "updated_at", "search_tokens", "search_text", "key", "sort_key",
))  # fmt: skip


def state_of(project: Project) -> dict[str, Any]:
    """Every column that people or rules may change, as it is now."""
    return {key: getattr(project, key) for key in _STATE}


def saved(actor: Actor, project: Project, before: Mapping[str, Any], code: str) -> frozenset[str]:
    """Writes history and audit for what changed; nothing at all where nothing did."""
    changed = audit.difference(before, state_of(project))
    if not changed:
        return frozenset()
    db.session.flush()
    told = {
        key: (_named(key, old), _named(key, new)) for key, (old, new) in changed.items() if key in drafts.KEPT
    }
    told |= promises.moved(before, state_of(project))
    history.keep(actor, project, told)
    audit.record(actor, code, subject(project), _told(project, before, changed))
    return frozenset(changed)


def _told(
    project: Project, before: Mapping[str, Any], changed: Mapping[str, tuple[Any, Any]]
) -> dict[str, tuple[Any, Any]]:
    """The difference as the audit keeps it. Of a confidential project it says that the investor changed, not who he is."""
    secret = project.confidential or before["confidential"]
    told: dict[str, tuple[Any, Any]] = {}
    for key, (old, new) in changed.items():
        if secret and key in ("company_id", "investor_text", "source_note"):
            told[key] = ("（保密）", "（保密）")
        else:
            told[key] = (_named(key, old), _named(key, new))
    return told


def _named(key: str, value: Any) -> str | None:
    """A value as history shows it: people, zones, nodes and companies by name."""
    models: dict[str, Any] = {
        "owner_id": User,
        "zone_id": Zone,
        "first_zone_id": Zone,
        "node_id": ChainNode,
        "company_id": Company,
    }
    if value is None or key not in models:
        said = drafts.text_of(value)
        return None if said is None else said[:200]
    row = db.session.get(models[key], value)
    return None if row is None else text.nfkc(getattr(row, "short_name", "") or row.name)
