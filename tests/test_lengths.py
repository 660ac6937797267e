"""No text is longer than the column it goes into: every form field and every API field is bounded, and says so in words."""

import importlib
import inspect
import math
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from marshmallow import Schema, fields
from sqlalchemy import Enum, String, select
from wtforms import Field, FieldList, FormField, HiddenField, StringField
from wtforms import Form as PlainForm

import crm
from crm.companies import rules as companies
from crm.companies.models import Company, CompanyLink, Contact
from crm.core import lengths
from crm.core.db import Base, db
from crm.core.errors import RuleBroken
from crm.followups.models import Followup
from crm.projects.models import Project
from crm.settings.forms import table_form
from crm.settings.rules import SETTINGS
from crm.visits.models import Visit
from crm.web import api
from crm.web.forms import AmountField, at_most
from crm.zones import rules as zones
from crm.zones.models import Zone


def _modules(role: str) -> Iterator[Any]:
    for feature in pkgutil.iter_modules(crm.__path__):
        name = f"crm.{feature.name}.{role}"
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as missing:
            assert missing.name in (name, f"crm.{feature.name}"), missing
            continue
        yield module
        for inner in pkgutil.iter_modules(getattr(module, "__path__", [])):
            yield importlib.import_module(f"{name}.{inner.name}")


def _classes(role: str, base: type) -> list[type[Any]]:
    found = {
        kind
        for module in _modules(role)
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, base) and kind.__module__ == module.__name__
    }
    return sorted(found, key=lambda kind: f"{kind.__module__}.{kind.__qualname__}")


def _texts(form: Any, path: str = "") -> Iterator[tuple[str, Field]]:
    """Every field somebody types a text into, by its name, through lists and inner forms."""
    for field in form:
        inner, name = field, f"{path}{field.short_name}"
        if isinstance(field, FieldList):
            inner = field.entries[0] if field.entries else field.append_entry()
        if isinstance(inner, FormField):
            yield from _texts(inner.form, f"{name}.")
        elif isinstance(inner, StringField) and not isinstance(inner, HiddenField | AmountField):
            yield name, inner


def _form_fields() -> Iterator[tuple[str, Field]]:
    kinds = _classes("forms", PlainForm)
    kinds += [table_form(s) for s in SETTINGS.values() if s.columns]
    for kind in kinds:
        for name, field in _texts(kind(formdata=None)):
            yield f"{kind.__module__}.{kind.__qualname__}.{name}", field


def _limit(field: Field) -> int | None:
    return min((v.most for v in field.validators if isinstance(v, at_most)), default=None)


def test_every_text_field_of_every_form_is_bounded(app: Any) -> None:
    with app.test_request_context():
        unbounded = [name for name, field in _form_fields() if _limit(field) is None]
    assert not unbounded, (
        f"give these fits(Model.column), or at_most(n) where no column bounds them: {unbounded}"
    )


def _columns() -> dict[str, int]:
    """feature.column → the largest length that columns of that name have in the feature, without those that one of them leaves open."""
    found: dict[str, float] = {}
    for kind in (mapper.class_ for mapper in Base.registry.mappers):
        feature = kind.__module__.split(".")[1]
        for attribute in kind.__mapper__.column_attrs:
            type_ = attribute.columns[0].type
            if isinstance(type_, String) and not isinstance(type_, Enum):
                key = f"{feature}.{attribute.key}"
                found[key] = max(found.get(key, 0), type_.length or math.inf)
    return {key: int(most) for key, most in found.items() if most != math.inf}


def test_no_field_allows_more_than_the_column_of_its_name_holds(app: Any) -> None:
    columns = _columns()
    assert columns["companies.name"] == 200
    wrong = []
    with app.test_request_context():
        for name, field in _form_fields():
            feature, column = name.split(".")[1], name.rsplit(".", 1)[-1]
            most, limit = columns.get(f"{feature}.{column}"), _limit(field)
            if most is not None and limit is not None and limit > most and name not in READ_APART:
                wrong.append((name, limit, most))
    assert not wrong


#: What people type here is taken apart or rewritten before it is stored; the rule behind it bounds what is kept.
READ_APART = {
    "crm.companies.forms.CompanyForm.uscc",
    "crm.companies.forms.NewCompanyForm.uscc",
    "crm.companies.forms.CompanyForm.listed_code",
    "crm.companies.forms.NewCompanyForm.listed_code",
    "crm.followups.forms.PlanForm.due_at",
    "crm.visits.forms.occasions.OccasionForm.starts_at",
    "crm.visits.forms.visit.FactsForm.starts_at",
    "crm.visits.forms.visit.VisitForm.starts_at",
    "crm.visits.forms.visit.PersonForm.name",
    "crm.visits.forms.visit.FactsForm.theirs.name",
    "crm.visits.forms.visit.VisitForm.theirs.name",
    # A cell of a table setting: it goes into that setting's one JSON value, no column of its own name.
    "crm.settings.forms.table_form.<locals>.TableForm.value.name",
}

#: Names that are looked up and never stored as they come.
LOOKED_UP = {
    "client_id", "code", "indicator", "login", "month", "node", "nodes", "owner", "project", "projects", "user", "zone",
}  # fmt: skip


def _bounded(field: fields.Field[Any]) -> bool:
    """A code of a list, a text with a limit of its own, or one of an exact length."""
    names = {getattr(v, "__qualname__", type(v).__name__).split(".")[0] for v in field.validators}
    return bool(names & {"OneOf", "at_most", "fits"}) or any(
        getattr(v, "equal", None) for v in field.validators
    )


def _sent(schema: type[Schema]) -> Iterator[tuple[str, fields.Field[Any]]]:
    for name, field in schema._declared_fields.items():
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.String):
            yield name, inner


def test_every_text_the_api_takes_is_bounded(app: Any) -> None:
    unbounded = [
        f"{schema.__module__}.{schema.__qualname__}.{name}"
        for schema in _classes("api", api.In)
        for name, field in _sent(schema)
        if name not in LOOKED_UP and not _bounded(field)
    ]
    assert not unbounded, f"give these api.text_for(Model.column) or validate=api.at_most(n): {unbounded}"


def test_the_limits_that_rules_say_are_the_columns() -> None:
    """Rules know no columns, so they repeat the numbers; imports and the API meet them there."""
    for name, (_, most) in companies._LENGTHS.items():
        assert most == lengths.length_of(getattr(Company, name)), name
    for name, most in zones._LENGTHS.items():
        assert most == lengths.length_of(getattr(Zone, name)), name


@pytest.mark.parametrize("column", [Visit.summary, Company.kind, Company.founded_on])
def test_a_column_without_a_length_is_no_limit(column: Any) -> None:
    with pytest.raises(TypeError):
        lengths.length_of(column)


# --- the same on both databases ----------------------------------------------------------------------


def test_a_text_longer_than_its_column_never_reaches_either_database(world: Any) -> None:
    company = world.company("长文字科技有限公司")
    db.session.commit()
    company.city = "长" * 61
    with pytest.raises(RuleBroken, match="最多 60 个字，现有 61 个") as refused:
        db.session.commit()
    assert refused.value.field == "city"
    db.session.rollback()
    db.session.add(Contact(company_id=company.id, name="名" * 41))
    with pytest.raises(RuleBroken, match="最多 40 个字，现有 41 个"):
        db.session.flush()
    db.session.rollback()


def _beside(page: str, name: str) -> str:
    """What stands as the error of one field."""
    _, _, rest = page.partition(f'id="{name}-err"')
    return rest.partition("</p>")[0]


def test_the_page_says_beside_the_field_how_many_are_allowed_and_how_many_there_are(
    world: Any, as_: Any
) -> None:
    browser = as_("officer")
    answer = browser.post("/companies/new", data={"name": "甲" * 200 + "公司", "city": "长" * 61})
    assert answer.status_code == 422
    assert "最多 200 个字，现有 202 个" in _beside(answer.text, "name")
    assert "最多 60 个字，现有 61 个" in _beside(answer.text, "city")
    assert "甲" * 200 + "公司" in answer.text, "what was typed is still there"
    assert db.session.scalar(select(Company).where(Company.city != "")) is None


def test_a_text_as_long_as_its_column_is_kept_whole(world: Any, as_: Any) -> None:
    answer = as_("officer").post("/companies/new", data={"name": "恰好有限公司", "address": "址" * 200})
    assert answer.status_code in (302, 303)
    assert (
        db.session.scalars(select(Company.address).where(Company.name == "恰好有限公司")).one() == "址" * 200
    )


def test_the_api_names_the_field(world: Any, client: Any) -> None:
    headers = world.token("officer")
    body = {"name": "接口有限公司", "website": "w" * 201, "link": {"source": "源" * 61}}
    answer = client.post("/api/v1/companies", json=body, headers=headers)
    assert answer.status_code == 422
    said = {e["field"]: e["message"] for e in answer.json["errors"]}
    assert said["website"] == lengths.said(200, 201)
    assert said["link.source"] == lengths.said(lengths.length_of(CompanyLink.source), 61)


def test_a_followup_and_a_project_are_refused_alike(world: Any, as_: Any, client: Any) -> None:
    project = world.project(name="长文字项目")
    db.session.commit()
    what = "事" * (lengths.length_of(Followup.what) + 1)
    body = {"what": what, "due_on": world.today.isoformat(), "project": project.code}
    answer = client.post("/api/v1/followups", json=body, headers=world.token("officer"))
    assert answer.status_code == 422 and answer.json["errors"][0]["field"] == "what"
    form = {"name": "名" * 201, "kind": "new", "capital": "domestic"}
    page = as_("officer").post("/projects/new", data=form)
    assert page.status_code == 422
    assert lengths.said(lengths.length_of(Project.name), 201) in _beside(page.text, "name")
