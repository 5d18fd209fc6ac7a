"""From what a check found to what arrives: what is said, once, in time, and what is not."""

import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail

from tests.alerts.stage import HOUR, Outside, pin
from tests.items import START, fail, give, item, items
from xdportal.alerts.actions import RuleWish
from xdportal.alerts.models import Channel, Delivery, ExpectedChange, Pin
from xdportal.alerts.pins import actions as pins
from xdportal.alerts.pins.actions import Actor
from xdportal.catalog.models import Catalog, Event
from xdportal.connections.models import Connection
from xdportal.provider.errors import AuthError, Busy

MINUTE = timedelta(minutes=1)


def without(*gone: int) -> list[dict[str, Any]]:
    return [row for row in items(range(1, 8)) if row["imageId"] not in gone]


@pytest.fixture
def team(cast: SimpleNamespace, outside: Outside) -> Channel:
    """A webhook of the team's that hears of pins at once."""
    return outside.channel(cast.team, cast.max)


def types() -> list[str]:
    return list(
        Event.objects.filter(subject__isnull=False).order_by("pk").values_list("type", flat=True)
    )


def test_a_withdrawn_pin_is_said_once(listed: Catalog, team: Channel, outside: Outside) -> None:
    made = pin(listed, "1", START, "base")
    give(listed, without(1), START + HOUR)

    assert outside.work(START + HOUR) == []
    (record,) = outside.work(START + HOUR + MINUTE)
    assert (record["state"], record["types"], record["status"]) == ("sent", ["pin.withdrawn"], 204)
    assert outside.work(START + HOUR + 3 * MINUTE) == []
    (body,) = outside.bodies
    data = body["data"]
    assert (body["type"], body["timestamp"]) == ("pin.withdrawn", "2026-01-01T01:00:00Z")
    assert data["level"] == "critical"
    assert data["pin"]["name"] == "base"
    assert data["pin"]["url"].endswith(f"/pins/{made.uuid}/")
    assert (data["id"], data["kind"], data["now"], data["snapshot"]) == ("1", "images", None, 2)
    assert data["was"]["name"] == "Ubuntu Server"
    assert data["at"] == "2026-01-01T01:00:00+00:00"
    assert data["connection"]["slug"] == listed.slug
    assert data["successors"][0]["id"] == "2"


def test_a_first_evaluation_alerts_nobody(listed: Catalog, team: Channel, outside: Outside) -> None:
    give(listed, without(1), START + HOUR)
    outside.work(START + HOUR)
    pin(listed, "1", START + HOUR)
    give(listed, without(1, 2), START + 1.5 * HOUR)
    outside.work(START + 1.5 * HOUR)

    assert types() == []


def test_withdrawn_and_back_within_a_batch_is_one_message_that_says_both(
    listed: Catalog, team: Channel, outside: Outside
) -> None:
    pin(listed, "1", START, "base")
    give(listed, without(1), START + HOUR)
    outside.work(START + HOUR)
    give(listed, without(), START + HOUR + 0.5 * MINUTE)
    (record,) = outside.work(START + HOUR + MINUTE)

    assert record["types"] == ["pin.returned", "pin.withdrawn"]
    assert outside.sentences == ["base (1): withdrawn 09:00, back 09:00."]


def test_forty_changes_are_one_message(
    connect: Any, cast: SimpleNamespace, outside: Outside
) -> None:
    catalog = connect(interval=3600).catalogs.get(kind="images")
    give(catalog, items(range(200)), START)
    outside.work(START)
    outside.channel(cast.team, cast.max, RuleWish("changes"))
    rows = [item(n, version="22.04 x64") if n < 40 else item(n) for n in range(200)]
    give(catalog, rows, START + HOUR)
    outside.work(START + HOUR)
    outside.work(START + HOUR + MINUTE)

    (body,) = outside.bodies
    assert body["type"] == "catalog.changed"
    assert body["data"]["title"] == "40 changes in Main · production, images"
    assert body["data"]["changed"] == 40
    changes = body["data"]["changes"]
    assert [one["change"] for one in changes] == ["changed"] * len(changes)
    assert changes[0]["before"]["version"] == "20.04 x64"
    assert changes[0]["after"] == {**changes[0]["before"], "version": "22.04 x64"}
    assert changes[0]["id"] == changes[0]["before"]["id"]
    assert (len(changes), body["data"].get("truncated")) == (40, None)


def test_the_title_counts_events_and_not_what_changed_in_them(
    listed: Catalog, outside: Outside, cast: SimpleNamespace
) -> None:
    outside.channel(cast.team, cast.max, RuleWish("all"))
    pin(listed, "1", START, "base")
    give(listed, [item(n, type="SC") for n in range(1, 8)], START + HOUR)
    outside.work(START + HOUR)
    outside.work(START + HOUR + MINUTE)

    (body,) = outside.bodies
    assert body["data"]["title"] == "2 events in Render"
    assert body["data"]["counts"] == {"critical": 1, "info": 8}


def test_a_mute_says_nothing_late_and_counts(
    listed: Catalog, team: Channel, outside: Outside, cast: SimpleNamespace
) -> None:
    made = pin(listed, "1", START, "base")
    pins.mute(made, Actor(cast.mia, START), START + 2 * HOUR, "maintenance")
    give(listed, without(1), START + HOUR)
    outside.work(START + HOUR + MINUTE)
    outside.work(START + 3 * HOUR)

    assert outside.bodies == []
    assert Event.objects.filter(subject=made.uuid, silence="muted").count() == 1


def test_a_mute_stops_what_is_already_waiting(
    listed: Catalog, team: Channel, outside: Outside, cast: SimpleNamespace
) -> None:
    made = pin(listed, "1", START)
    give(listed, without(1), START + HOUR)
    outside.work(START + HOUR)
    pins.mute(made, Actor(cast.mia, START + HOUR), START + 2 * HOUR, "maintenance")
    (record,) = outside.work(START + HOUR + MINUTE)

    assert (record["state"], outside.bodies) == ("dropped", [])


def test_an_acknowledged_state_is_silent_until_it_changes(
    listed: Catalog, team: Channel, outside: Outside, cast: SimpleNamespace
) -> None:
    made = pin(listed, "1", START, "base")
    give(listed, without(1), START + HOUR)
    outside.work(START + HOUR)
    pins.acknowledge(Pin.objects.with_target().get(), Actor(cast.mia, START + HOUR))
    assert [record["state"] for record in outside.work(START + HOUR + MINUTE)] == ["dropped"]

    give(listed, [item(1, type="SC"), *without(1)], START + 1.5 * HOUR)
    outside.work(START + 1.5 * HOUR)
    outside.work(START + 1.6 * HOUR)
    assert [body["type"] for body in outside.bodies] == ["pin.reused"]
    assert Pin.objects.get(pk=made.pk).acknowledged_mark == ""


def test_a_list_that_is_held_back_makes_unknown_and_never_withdrawn(
    listed: Catalog, team: Channel, outside: Outside
) -> None:
    pin(listed, "1", START)
    give(listed, items([1, 2]), START + HOUR)
    outside.work(START + HOUR)
    assert types() == ["pin.unknown"]

    give(listed, without(), START + 1.1 * HOUR)
    outside.work(START + 1.1 * HOUR)
    assert types() == ["pin.unknown", "pin.recovered"]


def test_a_list_out_of_date(listed: Catalog, outside: Outside, cast: SimpleNamespace) -> None:
    outside.channel(cast.team, cast.max, RuleWish("all"))
    pin(listed, "1", START)
    outside.work(START + 2.5 * HOUR)
    assert types() == []  # by the clock alone it is no news

    fail(listed, Busy(), START + 2.5 * HOUR)
    outside.work(START + 2.5 * HOUR)
    give(listed, without(), START + 3 * HOUR)
    outside.work(START + 3 * HOUR)
    assert types() == ["pin.unknown", "pin.recovered"]
    assert len(outside.bodies) == 1
    assert sorted(outside.sentences) == [
        "1: unknown 10:30, fine again 11:00.",
        "Main · production, images: out of date 10:30, up to date again 11:00.",
    ]


def test_a_recovery_that_is_no_event_is_seen_by_the_sweep(
    listed: Catalog, outside: Outside
) -> None:
    pin(listed, "1", START)
    Connection.objects.get().pause("by_user")
    outside.work(START + 0.1 * HOUR)
    Connection.objects.update(state="ok")
    outside.work(START + 0.2 * HOUR)

    assert types() == ["pin.unknown", "pin.recovered"]


def test_levels_and_connections_of_rules(
    listed: Catalog, connect: Any, outside: Outside, cast: SimpleNamespace
) -> None:
    other = connect("Other", account=1)
    outside.channel(
        cast.team,
        cast.max,
        RuleWish("pins", "critical"),
        RuleWish("pins", "info", connections=(other,)),
    )
    pin(listed, "1", START)
    give(listed, [item(1, version="22.04 x64"), *without(1)], START + HOUR)
    outside.work(START + HOUR)
    outside.work(START + 1.1 * HOUR)
    assert (types(), outside.bodies) == (["pin.meaning_changed"], [])

    give(listed, without(1), START + 1.5 * HOUR)
    outside.work(START + 1.5 * HOUR)
    outside.work(START + 1.6 * HOUR)
    assert [body["type"] for body in outside.bodies] == ["pin.withdrawn"]


def test_an_instant_message_does_not_eat_the_digests_line(
    listed: Catalog, outside: Outside, cast: SimpleNamespace
) -> None:
    outside.channel(cast.team, cast.max, RuleWish("pins"), RuleWish("pins", mode="daily"))
    pin(listed, "1", START, "base")
    give(listed, without(1), START + 0.5 * HOUR)
    outside.work(START + 0.5 * HOUR)
    outside.work(START + 0.6 * HOUR)
    assert [body["type"] for body in outside.bodies] == ["pin.withdrawn"]

    give(listed, without(1), START + 1.9 * HOUR)
    outside.work(START + 2 * HOUR)
    assert outside.bodies[1]["data"]["title"] == "Daily summary of Render"


def test_a_digest_says_nothing_that_is_no_longer_so(
    listed: Catalog, outside: Outside, cast: SimpleNamespace
) -> None:
    outside.channel(cast.team, cast.max, RuleWish("pins", mode="hourly"))
    pin(listed, "1", START, "base")
    pin(listed, "2", START, "other")
    give(listed, without(1, 2), START + 0.1 * HOUR)
    outside.work(START + 0.1 * HOUR)
    give(listed, without(2), START + 0.2 * HOUR)
    outside.work(START + 0.2 * HOUR)
    outside.work(START + 1.5 * HOUR)

    assert sorted(outside.sentences) == [
        "base (1): withdrawn 08:06, back 08:12.",
        "other (2) has not been listed since 08:06. It was Ubuntu Server 20.04 x64 (BL).",
    ]


def test_a_pin_that_was_moved_is_settled(
    listed: Catalog, team: Channel, outside: Outside, cast: SimpleNamespace
) -> None:
    pin(listed, "1", START)
    give(listed, without(1), START + HOUR)
    outside.work(START + HOUR)
    pins.repin(Pin.objects.with_target().get(), Actor(cast.mia, START + HOUR), "2")

    assert [record["state"] for record in outside.work(START + HOUR + MINUTE)] == ["dropped"]


def test_reminders(listed: Catalog, team: Channel, outside: Outside) -> None:
    pin(listed, "1", START, remind_days=2)
    listed.connection.__class__.objects.update(interval=7 * 86400)
    give(listed, without(1), START + HOUR)
    for days in (0, 1, 2, 3, 4):
        outside.work(START + HOUR + days * 24 * HOUR)
        outside.work(START + HOUR + days * 24 * HOUR + MINUTE)

    assert [body["type"] for body in outside.bodies] == ["pin.withdrawn"] * 3


def test_an_expected_change_is_no_news_and_says_if_it_did_not_happen(
    listed: Catalog, outside: Outside, cast: SimpleNamespace
) -> None:
    outside.channel(cast.team, cast.max, RuleWish("all"))
    pin(listed, "1", START)
    for ids in (["1"], ["7"]):
        ExpectedChange.objects.create(
            team=cast.team,
            catalog=listed,
            starts_at=START,
            ends_at=START + 2 * HOUR,
            ids=ids,
            note=f"{ids[0]} goes, says Olga",
        )
    give(listed, without(1), START + HOUR)
    outside.work(START + HOUR)
    outside.work(START + 1.1 * HOUR)
    assert outside.bodies == []
    assert set(
        Event.objects.filter(at__gt=START + 0.5 * HOUR).values_list("silence", flat=True)
    ) == {"expected"}

    outside.work(START + 2 * HOUR)
    outside.work(START + 2.1 * HOUR)
    assert outside.sentences == ["Main · production (images): expected, but did not happen: 7."]
    assert "Olga" not in json.dumps(outside.bodies)


def test_a_list_that_can_not_be_read_is_no_expected_change(
    listed: Catalog, team: Channel, outside: Outside, cast: SimpleNamespace
) -> None:
    pin(listed, "1", START)
    window = {"starts_at": START, "ends_at": START + 4 * HOUR, "ids": ["1"]}
    change = ExpectedChange.objects.create(team=cast.team, catalog=listed, **window)
    fail(listed, Busy(), START + 2.5 * HOUR)
    outside.work(START + 2.5 * HOUR)
    outside.work(START + 2.6 * HOUR)
    give(listed, without(), START + 3 * HOUR)
    outside.work(START + 3 * HOUR)
    outside.work(START + 3.1 * HOUR)

    assert [body["type"] for body in outside.bodies] == ["pin.unknown", "pin.recovered"]
    change.refresh_from_db()
    assert change.matched == 0


def test_without_any_rule_people_hear_what_matters(
    listed: Catalog, outside: Outside, cast: SimpleNamespace
) -> None:
    pin(listed, "1", START, "base")
    give(listed, without(1), START + HOUR)
    outside.work(START + HOUR)
    outside.work(START + HOUR + MINUTE)
    fail(listed, AuthError("auth"), START + 1.5 * HOUR)
    outside.work(START + 1.5 * HOUR)
    outside.work(START + 1.5 * HOUR + MINUTE)

    said = sorted((sent.to[0], sent.subject) for sent in mail.outbox)
    assert said == [
        ("mia@example.com", "[xdportal] Main · production: The connection needs attention"),
        ("mia@example.com", "[xdportal] base (1): Withdrawn"),
        ("olga@example.com", "[xdportal] Main · production: The connection needs attention"),
    ]
    first = mail.outbox[0]
    assert first.extra_headers["Auto-Submitted"] == "auto-generated"
    assert "List-Unsubscribe" in first.extra_headers


def test_former_members_get_nothing(
    listed: Catalog, outside: Outside, cast: SimpleNamespace
) -> None:
    pin(listed, "1", START)
    give(listed, without(1), START + HOUR)
    outside.work(START + HOUR)
    cast.mia.memberships.filter(team=cast.team).delete()
    outside.work(START + HOUR + MINUTE)

    assert [sent.to[0] for sent in mail.outbox if "Withdrawn" in sent.subject] == []
    assert Delivery.objects.get(user=cast.mia).state == "dropped"


def test_an_event_is_handled_once_and_again_after_a_lost_lease(
    listed: Catalog, team: Channel, outside: Outside
) -> None:
    pin(listed, "1", START)
    give(listed, without(1), START + HOUR)
    Event.objects.claim(START + HOUR, 10)  # by a process that dies
    outside.work(START + HOUR + 0.5 * MINUTE)
    assert types() == []

    outside.work(START + HOUR + 1.1 * MINUTE)
    outside.work(START + HOUR + 1.2 * MINUTE)
    assert types() == ["pin.withdrawn"]
