"""Addresses that are built once."""

import flask
import pytest
from flask import Flask

from crm.web.addresses import narrowed, url_for


@pytest.mark.parametrize(
    ("endpoint", "values"),
    [
        ("companies.index", {}),
        ("companies.show", {"company_id": 7}),
        ("companies.index", {"q": "化工", "sort": "-updated"}),
        ("companies.index", {"region": ["江苏", "上海"]}),
        ("companies.index", {"q": "a", "_anchor": "list"}),
        ("static", {"filename": "css/base.css"}),
    ],
)
def test_an_address_is_the_one_flask_builds_however_often_it_is_asked_for(
    app: Flask, endpoint: str, values: dict[str, object]
) -> None:
    for path in ("/", "/companies"):
        with app.test_request_context(path):
            assert url_for(endpoint, **values) == flask.url_for(endpoint, **values)


def test_one_and_true_are_two_addresses(app: Flask) -> None:
    with app.test_request_context("/"):
        assert url_for("companies.index", linked=1).endswith("linked=1")
        assert url_for("companies.index", linked=True).endswith("linked=True")


def test_an_address_follows_where_the_product_is_mounted(app: Flask) -> None:
    with app.test_request_context("/"):
        assert url_for("companies.index") == "/companies"
    with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": "/crm"}):
        assert url_for("companies.index") == "/crm/companies"


def test_a_whole_address_names_the_host_that_was_asked(app: Flask) -> None:
    for host in ("a.example", "b.example"):
        with app.test_request_context("/", base_url=f"http://{host}"):
            assert url_for("companies.index", _external=True) == f"http://{host}/companies"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "/filings?state=ended&q=%E5%82%A8%E8%83%BD"),
        ({"state": "waiting"}, "/filings?state=waiting&q=%E5%82%A8%E8%83%BD"),
        ({"q": None}, "/filings?state=ended"),
        ({"after": "t"}, "/filings?state=ended&q=%E5%82%A8%E8%83%BD&after=t"),
    ],
)
def test_a_narrowed_list_keeps_its_filters_and_nothing_else(
    app: Flask, changes: dict[str, str | None], expected: str
) -> None:
    with app.test_request_context("/filings?state=ended&zone=&q=储能&after=old&page=3"):
        assert narrowed("filings.index", ("state", "zone", "q"), **changes) == expected
