"""One search over ids, systems, codes, pins, connections and people."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.alerts.stage import pin
from tests.items import give, item, items
from xdportal.accounts.models import Team
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection

NOW = timezone.now


def add(cast: SimpleNamespace, name: str, *rows: dict[str, Any], **fields: Any) -> Catalog:
    values = {"team": cast.team, "owner": cast.mia, "environment": "production", **fields}
    made = Connection.objects.create(name=name, account_id=f"A-{name}", **values)
    catalog = made.catalogs.get(kind="images")
    give(catalog, [*rows, *items(range(100, 110))], NOW() - timedelta(minutes=1))
    return catalog


@pytest.fixture
def mia(cast: SimpleNamespace, sign_in: Any) -> Client:
    return sign_in(cast.mia)


def search(client: Client, query: str) -> dict[str, list[tuple[str, str, str]]]:
    """Return what was found, by heading: id, label and what stands aside."""
    page = client.get("/search/", {"q": query})
    assert page.status_code == 200
    return {
        str(group.heading): [(hit.id, hit.label, hit.aside) for hit in group.hits]
        for group in page.context["groups"]
    }


def remark(client: Client, query: str) -> str:
    groups = client.get("/search/", {"q": query}).context["groups"]
    return "".join(group.remark for group in groups)


def test_an_id_is_found_with_its_meaning_and_place(cast: SimpleNamespace, mia: Client) -> None:
    catalog = add(cast, "Prod", item("4025", name="Rocky Linux"))
    page = mia.get("/search/", {"q": "4025"}).content.decode()
    found = search(mia, "4025")

    assert found["IDs"] == [("4025", "Rocky Linux 20.04 x64 (BL)", "Prod · production")]
    assert [label for _id, label, _aside in found["Do"]] == [
        "Check 1 ID in all connections",
        "Changes of 4025",
    ]
    assert f"/c/{catalog.slug}/images/4025/" in page


def test_it_says_where_an_id_is_and_where_it_is_not(cast: SimpleNamespace, mia: Client) -> None:
    add(cast, "Prod")
    add(cast, "Sandbox", item("4025"), environment="sandbox")

    said = "4025 is not in Prod · production; it is in Sandbox · sandbox."
    assert remark(mia, "4025") == said
    assert remark(mia, "100") == ""
    assert remark(mia, "9999") == "9999 has never been listed in any connection you can see."


def test_a_withdrawn_id_is_said_to_be(cast: SimpleNamespace, mia: Client) -> None:
    catalog = add(cast, "Prod", item("4025"))
    give(catalog, items(range(100, 110)), NOW())

    assert search(mia, "4025")["IDs"][0][1] == "Ubuntu Server 20.04 x64 (BL), withdrawn"
    assert remark(mia, "4025") == "4025 is no longer listed."


def test_several_ids_lead_to_their_check_and_the_palette_offers_it(
    cast: SimpleNamespace, mia: Client
) -> None:
    add(cast, "Prod", item("4025"))
    answer = mia.get("/search/", {"q": "4025, 4026"})
    palette = mia.get("/search/", {"q": "4025, 4026"}, headers={"HX-Request": "true"})

    assert answer.headers["Location"] == "/check/?ids=4025+4026"
    assert "Check 2 IDs in all connections" in palette.content.decode()


@pytest.mark.parametrize(
    ("query", "heading", "expected"),
    [
        ("rocky 9", "Systems", ("", "2 images", "Prod · production")),
        ("7005", "Error codes", "7005"),
        ("prod", "Connections", ("", "Prod · production", "Render")),
        ("a-prod", "Connections", ("", "Prod · production", "Render")),
        ("rit", "People", ("", "rita", "Render")),
        ("maya", "Pins", ("4025", "maya-base", "Render")),
        ("4025", "Pins", ("4025", "maya-base", "Render")),
    ],
)
def test_each_room_answers(
    cast: SimpleNamespace, mia: Client, query: str, heading: str, expected: Any
) -> None:
    rows = [item(one, name="Rocky Linux", version="9.3") for one in ("4025", "4026")]
    pin(add(cast, "Prod", *rows), "4025", NOW(), "maya-base")
    first = search(mia, query)[heading][0]

    assert expected in (first, first[0])


def test_nothing_of_other_teams_is_found(cast: SimpleNamespace, mia: Client, sign_in: Any) -> None:
    hidden = add(cast, "Hidden", item("4025", name="Secret OS"))
    pin(hidden, "4025", NOW(), "maya-base")
    stefan = sign_in(cast.stefan)

    assert remark(stefan, "4025") == "4025 has never been listed in any connection you can see."
    assert search(stefan, "4025").keys() == {"IDs", "Do"}
    for query in ("secret", "hidden", "maya", "rita"):
        assert search(stefan, query).keys() <= {"Error codes"}


def test_personal_teams_are_no_place_to_find_people(cast: SimpleNamespace, mia: Client) -> None:
    assert Team.objects.personal(cast.mia).pk
    assert search(mia, "mia")["People"] == [("", "mia", "Render")]


@pytest.mark.parametrize("query", ["", "   ", "zzzz-nothing", "%", "<script>", "长" * 300])
def test_odd_questions_are_answered(mia: Client, query: str) -> None:
    page = mia.get("/search/", {"q": query})

    assert page.status_code == 200
    assert "<script>" not in page.content.decode()


def test_it_costs_the_same_for_one_and_for_three(cast: SimpleNamespace, mia: Client) -> None:
    counts = []
    for name in "ABC":
        add(cast, name, item("4025", name=name))
        mia.get("/search/?q=4025")
        with CaptureQueriesContext(database) as counted:
            mia.get("/search/?q=4025")
        counts.append(len(counted))

    assert counts[0] == counts[1] == counts[2]
