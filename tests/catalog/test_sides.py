"""Two connections side by side."""

import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.items import give, item, items, package
from tests.reading import html_of
from xdportal.connections.models import Connection


def connect(cast: SimpleNamespace, name: str, environment: str, account: str = "A1") -> Connection:
    return Connection.objects.create(
        team=cast.team, owner=cast.mia, name=name, environment=environment, account_id=account
    )


@pytest.fixture
def stage(cast: SimpleNamespace) -> SimpleNamespace:
    production = connect(cast, "Main", "production")
    sandbox = connect(cast, "Main", "sandbox", "A2")
    at = timezone.now() - timedelta(minutes=5)
    give(
        production.catalogs.get(kind="images"),
        [item("1"), item("2", name="CentOS"), item("3", type="SC")],
        at,
    )
    give(
        sandbox.catalogs.get(kind="images"),
        [item("7"), item("2", name="Debian"), item("3", type="SC")],
        at,
    )
    return SimpleNamespace(production=production, sandbox=sandbox)


@pytest.fixture
def rita(cast: SimpleNamespace, sign_in: Any) -> Client:
    client: Client = sign_in(cast.rita)
    return client


def lines(page: Any) -> list[tuple[str, str, str]]:
    found = page.context["sides"].lines
    return [
        (line.group, line.left.id if line.left else "", line.right.id if line.right else "")
        for line in found
    ]


def test_environments_are_matched_by_meaning_and_the_trap_comes_first(
    stage: SimpleNamespace, rita: Client
) -> None:
    page = rita.get(f"/compare/?left={stage.production.slug}&right={stage.sandbox.slug}")

    assert page.context["sides"].match == "meaning"
    assert lines(page) == [
        ("same_id_other_meaning", "2", "2"),
        ("only_left", "2", ""),
        ("only_right", "", "2"),
        ("differs", "1", "7"),
    ]
    assert page.context["sides"].found.same == 1
    assert "Only in production" in html_of(page)


def test_within_one_environment_ids_are_matched(
    cast: SimpleNamespace, stage: SimpleNamespace, rita: Client
) -> None:
    other = connect(cast, "Other", "production", "A3")
    give(other.catalogs.get(kind="images"), [item("1", version="24.04"), item("9")], timezone.now())
    page = rita.get(f"/compare/?left={stage.production.slug}&right={other.slug}")

    assert page.context["sides"].match == "id"
    assert lines(page) == [
        ("same_id_other_meaning", "1", "1"),
        ("only_left", "2", ""),
        ("only_left", "3", ""),
        ("only_right", "", "9"),
    ]


def test_without_a_choice_the_same_name_in_the_other_environment_is_offered(
    cast: SimpleNamespace, stage: SimpleNamespace, rita: Client
) -> None:
    connect(cast, "Aardvark", "sandbox", "A9")
    sides = rita.get(f"/compare/?left={stage.production.slug}").context["sides"]

    assert (sides.left.catalog.connection, sides.right.catalog.connection) == (
        stage.production,
        stage.sandbox,
    )


def test_each_side_at_its_time(stage: SimpleNamespace, rita: Client) -> None:
    give(stage.sandbox.catalogs.get(kind="images"), items(["1", "7", "3"]), timezone.now())
    base = f"/compare/?left={stage.production.slug}&right={stage.sandbox.slug}&match=id"

    assert rita.get(f"{base}&right_at=1").context["sides"].right.snapshot.number == 1
    assert rita.get(base).context["sides"].right.snapshot.number == 2
    gone = rita.get(f"{base}&left_at=1999-01-01")
    assert "There is no list for “1999-01-01”." in html_of(gone)


def test_packages_are_compared_without_their_prices(stage: SimpleNamespace, rita: Client) -> None:
    for side, price in ((stage.production, "1"), (stage.sandbox, "2")):
        give(side.catalogs.get(kind="packages-payg"), [package("p", price)], timezone.now())
    page = rita.get(
        f"/compare/?kind=packages-payg&left={stage.production.slug}&right={stage.sandbox.slug}"
    )

    assert lines(page) == [("differs", "p", "p")]


def test_a_side_that_was_never_read_or_is_out_of_date_says_so(
    stage: SimpleNamespace, rita: Client
) -> None:
    stage.sandbox.catalogs.filter(kind="images").update(
        last_ok_at=timezone.now() - timedelta(days=3)
    )
    stale = html_of(rita.get(f"/compare/?left={stage.production.slug}&right={stage.sandbox.slug}"))
    unread = html_of(
        rita.get(f"/compare/?kind=personal&left={stage.production.slug}&right={stage.sandbox.slug}")
    )

    assert "Main · sandbox · Images:</b>Out of date" in stale
    assert "Waiting for the first check" in unread


def test_a_stranger_sees_no_list(
    stage: SimpleNamespace, cast: SimpleNamespace, sign_in: Any
) -> None:
    page = sign_in(cast.stefan).get(
        f"/compare/?left={stage.production.slug}&right={stage.sandbox.slug}"
    )

    assert page.context["sides"].choices == []
    assert "There is nothing to compare with" in html_of(page)


def test_the_map_of_ids_is_exported(stage: SimpleNamespace, rita: Client) -> None:
    query = f"left={stage.production.slug}&right={stage.sandbox.slug}"
    exported = json.loads(rita.get(f"/compare.json?{query}").getvalue())
    table = rita.get(f"/compare.csv?{query}").getvalue().decode("utf-8-sig").splitlines()

    assert exported["lines"][-1] == {
        "group": "differs",
        "left_id": "1",
        "left": "Ubuntu Server 20.04 x64 (BL)",
        "right_id": "7",
        "right": "Ubuntu Server 20.04 x64 (BL)",
    }
    assert table[0] == "group,left_id,left,right_id,right"
    assert len(table) == 5
    assert rita.get(f"/compare.csv?kind=personal&{query}").status_code == 404


def test_queries_do_not_grow_with_the_rows(stage: SimpleNamespace, rita: Client) -> None:
    counts = []
    for number in (1, 3):
        for side in (stage.production, stage.sandbox):
            give(
                side.catalogs.get(kind="images"),
                items(range(number), name=f"{side.slug}{number}"),
                timezone.now(),
            )
        rita.get("/compare/")
        with CaptureQueriesContext(database) as counted:
            rita.get("/compare/")
        counts.append(len(counted))

    assert counts[0] == counts[1] <= 11
