"""What goes in and out: amounts as decimal strings, zones and nodes by code, people by login."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from marshmallow import ValidationError, fields, validate

from crm.chains.rules import ChainAction
from crm.core import clock, dates
from crm.core.actor import Actor
from crm.core.errors import RuleBroken
from crm.pipeline import queries as pipeline
from crm.pipeline.rules import Light
from crm.projects import queries
from crm.projects import shapes as files
from crm.projects.api import agreed
from crm.projects.models import Attachment, Project
from crm.projects.queries import AttachmentRow, Row
from crm.projects.rules import (
    Capital,
    CreditIndicator,
    Exclusion,
    ProjectKind,
    Source,
)
from crm.projects.rules.drafts import Investor
from crm.projects.rules.files import REASON_MOST
from crm.web.api import In, Wan, amount_text, at_most, fits, text_for


class FuzzyDay(fields.Field[dates.FuzzyDate | None]):
    """An ISO date, or what a ledger writes (2026年3月中旬); the precision is kept."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> dates.FuzzyDate | None:
        try:
            return dates.parse(value, today=clock.today())
        except RuleBroken as broken:
            raise ValidationError(broken.message) from broken


class Company(fields.Field[Investor]):
    """An id, or {"name", "uscc"} for one that may be new to the register."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Investor:
        if isinstance(value, int) and not isinstance(value, bool):
            return Investor(value)
        if isinstance(value, dict) and isinstance(value.get("id"), int):
            return Investor(value["id"])
        if isinstance(value, dict) and isinstance(value.get("name"), str) and value["name"].strip():
            return Investor(name=value["name"], uscc=str(value.get("uscc") or ""))
        raise ValidationError('写企业的 id，或 {"name", "uscc"}。')


class Patch(In):
    """Every field that the API may change; what is left out stays as it is, null empties."""

    name = fields.String(validate=[validate.Length(min=1), fits(Project.name)])
    company = Company()
    investor_text = text_for(Project.investor_text)
    node = fields.String(allow_none=True)
    chain_action = fields.Enum(ChainAction, by_value=True, allow_none=True)
    chain_action_reason = text_for(Project.chain_action_reason)
    source = fields.Enum(Source, by_value=True, allow_none=True)
    source_note = text_for(Project.source_note)
    kind = fields.Enum(ProjectKind, by_value=True)
    capital = fields.Enum(Capital, by_value=True)
    total_investment = Wan(allow_none=True)
    total_investment_usd = Wan(allow_none=True)
    fixed_investment = Wan(allow_none=True)
    fixed_investment_usd = Wan(allow_none=True)
    equipment_investment = Wan(allow_none=True)
    registered_capital = Wan(allow_none=True)
    registered_capital_usd = Wan(allow_none=True)
    statistics_amount = Wan(allow_none=True)
    annual_output = Wan(allow_none=True)
    annual_tax = Wan(allow_none=True)
    land_mu = Wan(allow_none=True)
    plant_sqm = Wan(allow_none=True)
    amount_note = text_for(Project.amount_note)
    content = fields.String(validate=at_most(4000))
    address = text_for(Project.address)
    industry = text_for(Project.industry)
    statistics_name = text_for(Project.statistics_name)
    confidential = fields.Boolean()
    exclusion = fields.Enum(Exclusion, by_value=True, allow_none=True)
    owner = fields.String(allow_none=True)
    first_contact_on = FuzzyDay(allow_none=True)
    expected_sign_on = FuzzyDay(allow_none=True)
    expected_start_on = fields.Date(allow_none=True)


class Create(Patch):
    name = fields.String(required=True, validate=[validate.Length(min=1), fits(Project.name)])
    zone = fields.String(allow_none=True)


class Progress(In):
    on = fields.Date(load_default=None)
    done = fields.String(load_default="", validate=at_most(2000))
    problem = fields.String(load_default="", validate=at_most(2000))
    next_step = fields.String(load_default="", validate=at_most(2000))


class Share(In):
    zone = fields.String(required=True)
    share = fields.Decimal(required=True, allow_nan=False)
    indicator = fields.Enum(CreditIndicator, by_value=True, load_default=None)


class Landing(In):
    zone = fields.String(required=True)


class Reason(In):
    reason = fields.String(required=True, validate=at_most(REASON_MOST))


class Credits(In):
    effective_on = fields.Date(required=True)
    shares = fields.List(fields.Nested(Share), required=True)


def line(row: Row, light: Light | None = None) -> dict[str, Any]:
    """A project in a list."""
    zones = {zone.id: zone.code for zone in queries.all_zones()}
    return {
        "code": row.code,
        "name": row.name,
        "company": {"id": row.company_id, "name": row.investor},
        "zone": zones.get(row.zone_id) if row.zone_id is not None else None,
        "stage": row.stage,
        "status": row.status,
        "tier": row.tier,
        "capital": row.capital,
        "total_investment": amount_text(row.total_investment),
        "total_investment_usd": amount_text(row.total_investment_usd),
        "fixed_investment": amount_text(row.fixed_investment),
        "fixed_investment_usd": amount_text(row.fixed_investment_usd),
        "confidential": row.confidential,
        "owner": row.owner_login,
        "node": row.node_code,
        "source": row.source,
        "chain_action": row.chain_action,
        "expected_sign_on": _iso(row.expected_sign_on),
        "light": _light(light),
        "updated_at": row.updated_at.isoformat(),
        "version": row.version,
        "url": url_for("api_projects.get_project", code=row.code),
    }


_PLAIN = (
    "code",
    "name",
    "source",
    "source_note",
    "kind",
    "capital",
    "stage",
    "status",
    "tier",
    "confidential",
    "exclusion",
)
_TEXTS = (
    "content",
    "address",
    "industry",
    "statistics_name",
    "amount_note",
    "chain_action_reason",
    "status_reason",
)
_AMOUNTS = (
    "total_investment",
    "total_investment_usd",
    "fixed_investment",
    "fixed_investment_usd",
    "equipment_investment",
    "registered_capital",
    "registered_capital_usd",
    "statistics_amount",
    "annual_output",
    "annual_tax",
    "land_mu",
    "plant_sqm",
    "fx_rate",
)
_DATES = ("stage_since", "status_since", "first_contact_on", "expected_sign_on", "expected_start_on")


def _light(light: Light | None) -> dict[str, str] | None:
    """`state` ok, warn, bad, or off while no clock runs; always with the reason in words."""
    return {"state": light.state, "reason": light.reason} if light else None


def whole(actor: Actor, code: str) -> dict[str, Any]:
    """A project with everything the interface names; the investor is masked as on the page."""
    record = queries.record(actor, code)
    project = record.project
    hidden = () if record.disclosed else ("source_note",)
    return {
        **{key: getattr(project, key) for key in (*_PLAIN, *_TEXTS) if key not in hidden},
        **{key: amount_text(getattr(project, key)) for key in _AMOUNTS},
        **{key: _iso(getattr(project, key)) for key in _DATES},
        "first_contact_precision": project.first_contact_precision,
        "expected_sign_precision": project.expected_sign_precision,
        "company": {"id": record.company_id, "name": record.investor_name, "uscc": record.uscc},
        "zone": record.zone_code,
        "node": record.node_code,
        "chain": record.chain_code,
        "chain_action": record.chain_action,
        "owner": record.owner_login,
        "light": _light(pipeline.lights_of([project.id], clock.today()).get(project.id)),
        **_agreed(project, disclosed=record.disclosed),
        "credits": _credits(project.id),
        "grants": [
            {
                "unit": g.unit_code,
                "user": g.user_login,
                "level": g.level,
                "source": g.source,
                "from": _iso(g.starts_on),
                "until": _iso(g.ends_on),
            }
            for g in queries.grants_of(project.id, clock.today())
        ],
        "created_at": project.created_at.isoformat(),
        "updated_at": project.updated_at.isoformat(),
        "version": project.version,
    }


def _agreed(project: Project, *, disclosed: bool) -> dict[str, Any]:
    """Phases and increases with their milestones, the project's own milestones, and who invested before."""
    stones = pipeline.stones_of(project, disclosed=disclosed)
    of_phase = {row.no: [_milestone(m) for m in row.milestones if m.state] for row in stones.phases}
    phases = queries.phases_of(project.id)
    changes = queries.investor_changes(project.id, disclosed=disclosed)
    return {
        "phases": [agreed.phase(phase) | {"milestones": of_phase.get(phase.no, [])} for phase in phases],
        "milestones": [_milestone(row) for row in stones.own if row.state],
        "investors": [agreed.investor_change(row) for row in changes],
    }


def _iso(day: Any) -> str | None:
    return None if day is None else day.isoformat()


def _milestone(row: pipeline.MilestoneRow) -> dict[str, Any]:
    """Both dates of a milestone: the real one, and the statistical one of the recognition in force."""
    made = row.in_force
    return {
        "kind": row.kind,
        "state": row.state,
        "happened_on": _iso(row.happened_on),
        "recognised_on": _iso(made.statistical_on) if made else None,
        "needs_again": row.needs_again,
        "evidence": [file.id for file in row.files],
        "reason": row.decision_reason,
        "version": row.version,
    }


def _credits(project_id: int) -> list[dict[str, Any]]:
    return [
        {
            "effective_on": _iso(r.effective_on),
            "indicator": r.indicator,
            "zone": r.zone_code,
            "share": amount_text(r.share),
        }
        for r in queries.credits_of(project_id)
    ]


def file(row: Attachment | AttachmentRow) -> dict[str, Any]:
    return files.file(row, url_for("projects.attachment", attachment_id=row.id))
