"""What changed since a person last looked: counted in the side bar, marked in Changes."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.items import give, items
from tests.traces import stored
from xdportal.accounts.models import Team, User
from xdportal.catalog.models import Catalog, SeenChanges
from xdportal.connections.models import Connection

NOW = timezone.now


@pytest.fixture
def mia(cast: SimpleNamespace, sign_in: Any) -> Client:
    User.objects.update(date_joined=NOW() - timedelta(days=60))
    return sign_in(cast.mia)


def add(cast: SimpleNamespace, name: str, *ages: timedelta) -> Catalog:
    """Return a list that began 50 days ago and got one image more at each of these ages."""
    made = Connection.objects.create(
        team=cast.team, owner=cast.mia, name=name, environment="production", account_id="A1"
    )
    catalog = made.catalogs.get(kind="images")
    for number, age in enumerate([timedelta(days=50), *ages]):
        give(catalog, items(range(4000, 4012 + number)), NOW() - age)
    return catalog


@pytest.fixture
def catalog(cast: SimpleNamespace) -> Catalog:
    return add(cast, "Main", timedelta(days=40), timedelta(days=3), timedelta(days=1))


def count(client: Client, path: str = "/errors/") -> int:
    """Return the number beside Changes in the side bar."""
    links = client.get(path).context["navigation"].team
    [link] = [one for one in links if one.url.startswith("/changes/")]
    return link.count.number if link.count else 0


def read(client: Client, path: str) -> None:
    unseen = client.get(path).context["unseen"]
    client.post("/changes/of/render/read/", {"upto": unseen.upto})


def test_the_side_bar_counts_the_changes_of_the_last_thirty_days(
    mia: Client, catalog: Catalog
) -> None:
    assert count(mia) == 2


def test_changes_before_one_had_an_account_are_not_new(
    cast: SimpleNamespace, mia: Client, catalog: Catalog
) -> None:
    User.objects.filter(pk=cast.mia.pk).update(date_joined=NOW() - timedelta(days=2))

    assert count(mia) == 1


def test_marked_as_read_they_are_gone_and_the_next_one_is_new(
    mia: Client, catalog: Catalog
) -> None:
    answer = mia.post("/changes/of/render/read/", {"upto": catalog.latest_snapshot_id})
    assert answer.headers["Location"] == "/changes/?team=render"
    assert count(mia) == 0
    give(catalog, items(range(4000, 4020)), NOW())

    assert count(mia) == 5


def test_what_came_after_the_page_was_shown_stays_new(mia: Client, catalog: Catalog) -> None:
    shown = mia.get("/changes/?team=render").context["unseen"].upto
    give(catalog, items(range(4000, 4020)), NOW())
    mia.post("/changes/of/render/read/", {"upto": shown})

    assert count(mia) == 5


def test_a_mark_never_moves_back(mia: Client, catalog: Catalog) -> None:
    first = catalog.snapshots.get(number=1)
    read(mia, "/changes/?team=render")
    mia.post("/changes/of/render/read/", {"upto": first.pk})

    assert SeenChanges.objects.get().number == 4


def test_one_list_alone_can_be_marked(cast: SimpleNamespace, mia: Client, catalog: Catalog) -> None:
    other = add(cast, "Other", timedelta(days=2))
    page = f"/c/{catalog.slug}/changes/"
    upto = mia.get(page).context["unseen"].upto
    answer = mia.post("/changes/of/render/read/", {"upto": upto, "list": catalog.pk})

    assert answer.headers["Location"] == page
    assert list(SeenChanges.objects.values_list("catalog", flat=True)) == [catalog.pk]
    assert count(mia) == 1
    assert mia.get(f"/c/{other.slug}/changes/").context["unseen"].total == 1


def test_a_mark_is_one_s_own(
    cast: SimpleNamespace, mia: Client, catalog: Catalog, sign_in: Any
) -> None:
    read(mia, "/changes/?team=render")

    assert (count(mia), count(sign_in(cast.rita))) == (0, 2)


def test_a_list_of_another_team_is_not_marked(
    cast: SimpleNamespace, catalog: Catalog, sign_in: Any
) -> None:
    stefan = sign_in(cast.stefan)
    own = Team.objects.personal(cast.stefan).slug
    stefan.post(f"/changes/of/{own}/read/", {"upto": 10**6, "list": catalog.pk})

    assert not SeenChanges.objects.exists()


@pytest.mark.parametrize(
    "upto", ["", "-1", "x", "9" * 40], ids=["none", "negative", "word", "long"]
)
def test_an_invalid_number_marks_nothing(mia: Client, catalog: Catalog, upto: str) -> None:
    assert mia.post("/changes/of/render/read/", {"upto": upto}).status_code == 302
    assert not SeenChanges.objects.exists()


def test_the_page_says_how_many_are_new_and_up_to_where(mia: Client, catalog: Catalog) -> None:
    page = mia.get("/changes/?team=render").content.decode()

    assert "2 changes are new to you" in page
    assert '<form method="post" action="/changes/of/render/read/">' in page
    new, old = page.split("Everything above this line is new to you.")
    assert new.count('class="card evt"') == 2
    assert old.count('class="card evt"') == 2


def test_a_first_list_is_neither_new_nor_old(
    cast: SimpleNamespace, mia: Client, catalog: Catalog
) -> None:
    add(cast, "Younger")
    newer = Connection.objects.create(
        team=cast.team, owner=cast.mia, name="New", environment="production", account_id="A1"
    )
    give(newer.catalogs.get(kind="images"), items(range(4000, 4012)), NOW())

    assert mia.get("/changes/?team=render").context["last_new"].number == 3


def test_looking_writes_nothing(mia: Client, catalog: Catalog) -> None:
    mia.get("/changes/?team=render")
    before = list(stored())
    mia.get("/changes/?team=render")
    mia.get(f"/c/{catalog.slug}/changes/")

    assert list(stored()) == before


def test_the_count_costs_no_query_of_its_own(
    cast: SimpleNamespace, mia: Client, catalog: Catalog
) -> None:
    counts = []
    for name in ("A", "B", "C"):
        add(cast, name, timedelta(days=2))
        mia.get("/errors/")
        with CaptureQueriesContext(database) as counted:
            count(mia)
        counts.append(len([one for one in counted if "catalog_seenchanges" in one["sql"]]))

    assert counts == [1, 1, 1]
