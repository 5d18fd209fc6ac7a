"""Connections, how fresh their lists are, and checks of them."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.api.conftest import Api
from tests.items import fail, give, item
from xdportal.catalog.models import Catalog, Check
from xdportal.connections.models import Connection
from xdportal.provider.errors import Details, TransportError


def test_a_connection_says_how_fresh_its_lists_are(api: Api, connection: Connection) -> None:
    (row,) = api.data("/connections")
    images = connection.catalogs.select_related("latest_snapshot").get(kind="images")

    kinds = row.pop("kinds")
    assert row == {
        "slug": connection.slug,
        "name": "Main",
        "environment": "production",
        "state": "ok",
        "reason": None,
        "team": "render",
        "account": "••••" + connection.account_id[-4:],
    }
    assert list(kinds) == ["images", "packages-payg", "packages-rental", "personal"]
    assert kinds["images"] == {
        "snapshot": 1,
        "taken_at": images.latest_snapshot.taken_at.isoformat(),
        "checked_at": images.last_ok_at.isoformat(),
        "next_check_at": images.next_check_at.isoformat(),
        "stale": False,
        "held": False,
        "state": "ok",
    }


def test_a_list_that_is_paused_cannot_be_relied_on(api: Api, connection: Connection) -> None:
    connection.pause("by_user")

    row = api.data(f"/connections/{connection.slug}")

    assert (row["state"], row["reason"]) == ("paused", "Paused by a member of the team.")
    assert (row["kinds"]["images"]["state"], row["kinds"]["images"]["stale"]) == ("paused", True)


def test_nothing_secret_is_answered(api: Api, connection: Connection, simulator: Any) -> None:
    account = simulator.accounts["production"][0]
    text = api.get("/connections").content.decode()

    assert account.account_id not in text
    assert account.secret not in text


def test_as_many_queries_for_three_connections_as_for_one(
    api: Api, connect: Callable[..., Connection]
) -> None:
    counts = []
    api.data("/status")
    for number in range(3):
        connect(f"Connection {number}")
        with CaptureQueriesContext(database) as queries:
            api.data("/connections")
        counts.append(len(queries))

    assert counts == [counts[0]] * 3


def test_connections_are_paged(api: Api, connect: Callable[..., Connection]) -> None:
    slugs = sorted(connect(f"Connection {number}").slug for number in range(3))

    assert [row["slug"] for row in api.walk("/connections", {"limit": "1"})] == slugs


def test_checks_come_newest_first(api: Api, images: Catalog) -> None:
    now = timezone.now()
    give(images, [item("4034"), item("4044", "22.04 x64")], now - timedelta(minutes=10))
    fail(images, TransportError("refused", Details(0, None, "", "")), now)

    rows = api.walk(f"/connections/{images.slug}/checks", {"kind": "images", "limit": "1"})

    assert [row["outcome"] for row in rows] == ["transport", "ok", "ok"]
    assert rows[0]["msg"] == "The connection was refused."
    assert (rows[1]["snapshot"], rows[1]["images"], rows[1]["duration_ms"]) == (1, 2, 1000)


def test_checks_since_a_time(api: Api, images: Catalog) -> None:
    since = Check.objects.filter(catalog=images).latest("pk").started

    path = f"/connections/{images.slug}/checks"

    assert len(api.data(path, {"since": since.isoformat()})) == 4
    assert api.data(path, {"since": (since + timedelta(seconds=2)).isoformat()}) == []


def test_a_check_is_started(api: Api, connection: Connection) -> None:
    answer = api.post(f"/connections/{connection.slug}/check", {"kind": "images"})

    assert answer.status_code == 202
    data = answer.json()["data"]
    assert (data["connection"], data["kinds"]) == (connection.slug, ["images"])
    assert answer.headers["Location"] == data["url"]
    assert api.data(data["url"]) == []
    images = connection.catalogs.get(kind="images")
    assert images.next_check_at > timezone.now() - timedelta(seconds=30)


def test_all_lists_are_checked_unless_one_is_named(api: Api, connection: Connection) -> None:
    answer = api.send("post", f"/connections/{connection.slug}/check")

    assert answer.json()["data"]["kinds"] == [
        "images",
        "packages-payg",
        "packages-rental",
        "personal",
    ]


def test_a_check_that_runs_already_refuses(api: Api, connection: Connection) -> None:
    path = f"/connections/{connection.slug}/check"
    soon = timezone.now() + timedelta(minutes=1)
    connection.catalogs.update(lease_until=soon, lease_started=timezone.now())

    assert api.post(path, {}).json()["detail"] == "A check is already running."
    assert api.post(path, {}).status_code == 409


def test_a_second_one_within_ten_seconds_refuses(api: Api, connection: Connection) -> None:
    path = f"/connections/{connection.slug}/check"
    api.post(path, {})
    connection.catalogs.update(queued_until=None)
    answer = api.post(path, {})

    assert (answer.status_code, answer.headers["Retry-After"]) == (409, "10")


def test_a_pause_refuses(api: Api, connection: Connection) -> None:
    connection.pause("by_user")

    answer = api.post(f"/connections/{connection.slug}/check", {})

    assert (answer.status_code, answer.json()["detail"]) == (409, "The connection is paused.")


def test_a_wait_that_the_provider_asked_for_refuses(api: Api, connection: Connection) -> None:
    connection.wait_until(timezone.now() + timedelta(seconds=90))

    answer = api.post(f"/connections/{connection.slug}/check", {})

    assert answer.status_code == 409
    assert 80 <= int(answer.headers["Retry-After"]) <= 90


def test_a_list_that_is_switched_off_refuses(api: Api, connection: Connection) -> None:
    connection.catalogs.filter(kind="images").update(enabled=False)

    answer = api.post(f"/connections/{connection.slug}/check", {"kind": "images"})

    assert (answer.status_code, answer.json()["detail"]) == (409, "This list is switched off.")


def test_a_reader_starts_nothing(
    api_of: Callable[..., Api], cast: SimpleNamespace, connection: Connection
) -> None:
    api = api_of(cast.rita)

    assert api.post(f"/connections/{connection.slug}/check", {}).status_code == 403
    just_now = timezone.now() - timedelta(seconds=30)
    assert connection.catalogs.filter(next_check_at__gt=just_now).count() == 0
