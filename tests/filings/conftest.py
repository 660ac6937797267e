"""Two zones, one investor each has met."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from crm.accounts.rules import TokenScope
from crm.companies.models import Company
from crm.core import clock
from crm.core.db import db
from crm.projects.models import Project
from crm.projects.rules import AttachmentKind
from crm.visits.models import Visit
from tests import factories
from tests.factories import World

ETDZ, XUWEI = "LYG-ETDZ", "LYG-XUWEI"
SECRET = "獴獴"


@pytest.fixture
def investor(world: World) -> Company:
    return world.company("江苏雷泽光电股份有限公司", zone_code=ETDZ)


Met = Callable[..., tuple[Project, Visit]]
Call = Callable[..., Any]


@pytest.fixture
def call(world: World) -> Call:
    """(login, method, path, body, version) over the API, each with a token of his own."""
    browser = world.app.test_client()
    headers: dict[str, dict[str, str]] = {}

    def send(login: str, method: str, path: str, body: Any = None, version: int | None = None) -> Any:
        if login not in headers:
            headers[login] = world.token(login, TokenScope.WRITE)
        more = {"If-Match": f'"{version}"'} if version is not None else {}
        return browser.open(f"/api/v1{path}", method=method, json=body, headers=headers[login] | more)

    return send


def file(call: Call, login: str, project: Any, visit: Any = None, **more: Any) -> Any:
    body = {"project": project.code, **({"visit": visit.id} if visit else {}), **more}
    return call(login, "POST", "/filings", body)


def decide(call: Call, made: dict[str, Any], decision: str = "accept", reason: str = "") -> Any:
    body = {"decision": decision, "reason": reason}
    return call("bureau", "POST", f"/filings/{made['id']}/decide", body, made["version"])


@pytest.fixture
def met(world: World) -> Met:
    """A project of the zone whose investor it has visited; committed."""

    def make(
        zone_code: str, investor: Company, login: str, on: date | None = None, **values: Any
    ) -> tuple[Project, Visit]:
        user = world.users[login]
        project = world.project(
            zone_code, investor=investor, content="年产光电器件", owner_id=user.id, **values
        )
        visit = factories.visit(
            user,
            investor,
            [project],
            zone_code=zone_code,
            happened_on=on or clock.today() - timedelta(days=1),
        )
        db.session.commit()
        return project, visit

    return make


@pytest.fixture
def paper(world: World) -> Callable[..., int]:
    def make(project: Project, kind: AttachmentKind = AttachmentKind.CONTACT, name: str = "") -> int:
        made = factories.attachment(project, kind, name)
        db.session.commit()
        return made.id

    return make
