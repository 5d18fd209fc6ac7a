"""Feeds and badges, by a token in their address, and the page where tokens are made."""

import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import feedparser
import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from tests.api.conftest import fresh
from tests.items import give, item
from tests.sign_in import confirm_identity
from xdportal.accounts.models import AuditEntry, Membership
from xdportal.alerts import public, receiving
from xdportal.alerts.models import PublicToken
from xdportal.alerts.pins import actions
from xdportal.alerts.pins.actions import Actor, Wish
from xdportal.alerts.public import TokenWish
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection


@pytest.fixture
def catalog(connect: Callable[..., Connection]) -> Catalog:
    """A list that changed twice, and whose last answer is held back."""
    made: Catalog = connect().catalogs.get(kind="images")
    now = timezone.now()
    give(made, [item("1"), item("2", "22.04 x64")], now - timedelta(minutes=20))
    give(made, [item("1"), item("2", "24.04 x64")], now - timedelta(minutes=10))
    give(made, [], now)
    return fresh(made)


@pytest.fixture
def token(cast: SimpleNamespace) -> str:
    wish = TokenWish("reader", PublicToken.Kind.FEEDS)
    return public.create(cast.team, cast.mia, wish, timezone.now())[1]


def get(path: str, **headers: str) -> Any:
    return Client().get(path, headers=headers)


def entries(path: str) -> list[Any]:
    answer = get(path)
    assert answer.status_code == 200
    parsed = feedparser.parse(answer.content)
    assert not parsed.bozo
    return list(parsed.entries)


def test_changes_are_entries(catalog: Catalog, token: str) -> None:
    found = entries(f"/feeds/{token}/changes.atom")

    assert [entry.tags[0].term for entry in found] == [
        "catalog.held",
        "catalog.changed",
        "catalog.changed",
    ]
    assert found[1].link.endswith(f"/c/{catalog.slug}/changes/")
    assert len({entry.id for entry in found}) == 3


def test_a_feed_has_what_its_standard_requires(catalog: Catalog, token: str) -> None:
    feed = feedparser.parse(get(f"/feeds/{token}/changes.atom").content).feed

    assert (feed.author, feed.title) == ("xdportal", "Changes of lists of Render")
    assert feed.id.startswith("urn:uuid:")
    assert feed.updated


def test_each_feed_has_its_events(catalog: Catalog, token: str) -> None:
    assert [entry.tags[0].term for entry in entries(f"/feeds/{token}/attention.atom")] == [
        "catalog.held"
    ]
    assert entries(f"/feeds/{token}/pins.atom") == []


def test_ids_survive_a_move_a_rename_and_https(catalog: Catalog, token: str, settings: Any) -> None:
    path = f"/feeds/{token}/changes.atom"
    before = feedparser.parse(get(path).content)
    settings.SITE_URL = "https://elsewhere.example"
    Connection.objects.update(name="Renamed")

    after = feedparser.parse(get(path).content)

    assert [entry.id for entry in after.entries] == [entry.id for entry in before.entries]
    assert after.feed.id == before.feed.id
    assert after.entries[0].link.startswith("https://elsewhere.example/")
    assert before.entries[0].id.startswith("urn:uuid:")


def test_a_second_poll_is_spared(catalog: Catalog, token: str) -> None:
    path = f"/feeds/{token}/changes.atom"
    etag = get(path).headers["ETag"]

    assert get(path, **{"If-None-Match": etag}).status_code == 304

    give(catalog, [item("1"), item("3")], timezone.now())

    assert get(path, **{"If-None-Match": etag}).status_code == 200


def test_an_entry_stays_as_it_was_written(pinned: Catalog, token: str) -> None:
    give(pinned, [item("2", "22.04 x64"), item("3")], timezone.now())
    receiving.receive(timezone.now())
    path = f"/feeds/{token}/pins.atom"
    first = get(path).content
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        later = get(path).content

    assert b"has not been listed since" in first
    assert later == first


def test_one_connection_of_a_feed(
    catalog: Catalog, token: str, connect: Callable[..., Connection]
) -> None:
    other = connect("Other", account=1)
    path = f"/feeds/{token}/changes.atom"

    assert len(entries(f"{path}?connection={catalog.slug}")) == 3
    assert entries(f"{path}?connection={other.slug}") == []
    assert get(f"{path}?connection=absent").status_code == 404


def test_a_token_that_was_revoked_is_nowhere(catalog: Catalog, token: str) -> None:
    public.revoke(PublicToken.objects.all())

    assert get(f"/feeds/{token}/changes.atom").status_code == 404


def test_a_token_ends_with_the_membership(
    catalog: Catalog, token: str, cast: SimpleNamespace
) -> None:
    Membership.objects.filter(user=cast.mia).delete()

    assert get(f"/feeds/{token}/changes.atom").status_code == 404


@pytest.mark.parametrize("name", ["nothing.atom", "changes.atom?more=1"])
def test_what_is_no_feed_is_nowhere(catalog: Catalog, token: str, name: str) -> None:
    assert get(f"/feeds/{token}/{name}").status_code == 404


def test_only_a_hash_is_stored_and_the_use_is_noted(catalog: Catalog, token: str) -> None:
    get(f"/feeds/{token}/changes.atom")

    row = PublicToken.objects.get()
    assert token not in repr(vars(row))
    assert row.last_used_at is not None


def badge(cast: SimpleNamespace, **wish: Any) -> str:
    token = TokenWish("badge", PublicToken.Kind.BADGE, **wish)
    return f"/badge/{public.create(cast.team, cast.mia, token, timezone.now())[1]}.svg"


def said(path: str) -> str:
    answer = get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    root = ElementTree.fromstring(answer.content)  # noqa: S314 (our own)
    return str(root.attrib["aria-label"])


@pytest.fixture
def pinned(connect: Callable[..., Connection], cast: SimpleNamespace) -> Catalog:
    made: Catalog = connect().catalogs.get(kind="images")
    give(made, [item("1"), item("2", "22.04 x64")], timezone.now() - timedelta(minutes=10))
    actor = Actor(cast.mia, timezone.now() - timedelta(minutes=5))
    actions.create(Wish(fresh(made), "1", "<base>", sources=["infra"]), actor)
    actions.create(Wish(fresh(made), "2", "other", sources=["infra"]), actor)
    return fresh(made)


def test_a_badge_says_the_state_of_a_pin(pinned: Catalog, cast: SimpleNamespace) -> None:
    path = badge(cast, pin=pinned.pins.get(name="<base>"))

    assert said(path) == "<base>: ok"
    give(pinned, [item("1", "24.04 x64"), item("2", "22.04 x64")], timezone.now())
    assert said(path) == "<base>: warning"
    give(pinned, [item("3"), item("2", "22.04 x64")], timezone.now())
    assert said(path) == "<base>: broken"
    pinned.connection.pause("by_user")
    assert said(path) == "<base>: unknown"


def test_a_badge_of_a_source_says_the_gravest_state(pinned: Catalog, cast: SimpleNamespace) -> None:
    path = badge(cast, source="infra")

    assert said(path) == "infra: ok"
    give(pinned, [item("1"), item("3", "22.04 x64")], timezone.now())
    assert said(path) == "infra: broken"


def test_a_badge_of_nothing_is_unknown(pinned: Catalog, cast: SimpleNamespace) -> None:
    assert said(badge(cast, source="nowhere")) == "nowhere: unknown"


def test_a_token_of_feeds_opens_no_badge(catalog: Catalog, token: str) -> None:
    assert get(f"/badge/{token}.svg").status_code == 404


def test_addresses_are_shown_once(
    sign_in: Callable[..., Client], cast: SimpleNamespace, pinned: Catalog
) -> None:
    client = sign_in(cast.mia)
    confirm_identity(client, cast.mia)
    made = client.post("/settings/teams/render/feeds/", {"name": "reader", "opens": "feeds"})
    shown = re.findall(r"/feeds/[\w-]+/(\w+)\.atom</code>", made.content.decode())

    later = client.get("/settings/feeds/?team=render").content.decode()

    assert shown == ["pins", "changes", "attention"]
    assert "reader" in later
    assert ".atom" not in later


def test_a_badge_is_chosen_from_pins_and_sources(
    sign_in: Callable[..., Client], cast: SimpleNamespace, pinned: Catalog
) -> None:
    client = sign_in(cast.mia)
    confirm_identity(client, cast.mia)
    pin = pinned.pins.get(name="other")
    opens = {"a": f"pin:{pin.uuid}", "b": "source:infra"}

    for name, choice in opens.items():
        made = client.post("/settings/teams/render/feeds/", {"name": name, "opens": choice})
        assert ".svg</code>" in made.content.decode()

    rows = PublicToken.objects.order_by("name").values_list("pin", "source")
    assert list(rows) == [(pin.pk, ""), (None, "infra")]


def test_an_address_is_revoked_by_its_maker_and_by_managers(
    sign_in: Callable[..., Client], cast: SimpleNamespace, token: str
) -> None:
    row = PublicToken.objects.get()

    assert sign_in(cast.rita).post(f"/settings/feeds/{row.pk}/revoke/").status_code == 403
    assert sign_in(cast.max).post(f"/settings/feeds/{row.pk}/revoke/").status_code == 302
    assert PublicToken.objects.count() == 0
    assert AuditEntry.objects.filter(kind="key_revoked").count() == 1
