"""Administrators hear of a provider that changes its answers; the lists go on."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from tests.items import item, items, personal, refresh
from xdportal.catalog.models import Catalog, Check, ShapeChange
from xdportal.connections.models import Connection
from xdportal.simulator import Simulator

Changes = list[tuple[str, str, str, str]]


@pytest.fixture
def answered(
    simulator: Simulator,
    check: Callable[[], Any],
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> Callable[[list[Any]], str]:
    """Check once against an answer; return the outcome."""

    def run(rows: list[Any]) -> str:
        simulator.set_items("production", rows)
        with django_capture_on_commit_callbacks(execute=True):
            outcome: str = check()["outcome"]
        return outcome

    return run


def changes() -> Changes:
    rows = ShapeChange.objects.order_by("pk")
    return list(rows.values_list("what", "field", "json_type", "example"))


def test_the_first_answer_and_one_like_it_are_no_news(
    answered: Callable[[list[Any]], str], mailoutbox: list[Any]
) -> None:
    assert [answered(items("12")), answered(items("123"))] == ["ok", "ok"]
    assert changes() == []
    assert mailoutbox == []


def test_a_new_field_a_missing_one_and_another_type_are_reported_once_with_an_example(
    answered: Callable[[list[Any]], str],
    catalog: Catalog,
    mailoutbox: list[Any],
    cast: SimpleNamespace,
) -> None:
    answered(items("12"))
    outcomes = [
        answered([{**one, "region": "HZ"} for one in items("12")]),
        answered(items("12")),
        answered([{**one, "region": "HZ"} for one in items("12")]),
        answered([{**one, "region": 7} for one in items("12")]),
    ]

    assert outcomes == ["ok"] * 4
    assert changes() == [
        ("new", "region", "string", "HZ"),
        ("missing", "region", "", ""),
        ("type", "region", "number", "7"),
    ]
    assert [mail.to for mail in mailoutbox] == [[cast.ada.email]] * 3
    assert "region: new field (string: HZ)" in mailoutbox[0].body
    assert catalog.snapshots.count() == 1


def test_a_required_field_that_is_gone_is_named_beside_the_failure(
    answered: Callable[[list[Any]], str], catalog: Catalog
) -> None:
    answered(items("12"))
    renamed = [
        {**{k: v for k, v in one.items() if k != "type"}, "kind": "BL"} for one in items("12")
    ]

    assert answered(renamed) == "bad_data"
    assert changes() == [("new", "kind", "string", "BL"), ("missing", "type", "", "")]
    assert catalog.snapshots.count() == 1


def test_several_connections_meet_one_change(
    simulator: Simulator, connect: Callable[..., Connection], mailoutbox: list[Any]
) -> None:
    lists = [connect(name, account=0).catalogs.get(kind="images") for name in ("a", "b")]
    for rows in (items("12"), [{**item("1"), "region": "HZ"}]):
        simulator.set_items("production", rows)
        for catalog in lists:
            refresh(catalog)

    assert changes() == [("new", "region", "string", "HZ")]


def test_pages_are_looked_at_too(simulator: Simulator, connect: Callable[..., Connection]) -> None:
    catalog = connect(kinds=["personal"]).catalogs.get(kind="personal")
    for row in (personal("1"), {**personal("1"), "expireTime": 1}):
        simulator.set_items("production", [row], kind="personal")
        refresh(catalog)

    assert changes() == [("new", "expireTime", "number", "1")]


def test_a_usual_answer_costs_no_query(
    answered: Callable[[list[Any]], str], check: Callable[[], Any]
) -> None:
    answered(items("12"))
    with CaptureQueriesContext(database) as captured:
        answered(items("123"))

    assert [query for query in captured if "shapechange" in query["sql"]] == []
    assert [q for q in captured if q["sql"].startswith("UPDATE") and '"shape" =' in q["sql"]] == []
    assert Check.objects.count() == 2
