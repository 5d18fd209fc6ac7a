"""Many pins at once, now and at any time before, from what checks recorded."""

from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from tests.alerts.stage import HOUR, pin, states
from tests.items import START, fail, give, item, items
from xdportal.alerts.models import Pin, PinRevision
from xdportal.alerts.pins import actions
from xdportal.alerts.pins.actions import Actor
from xdportal.alerts.pins.state import Finding, evaluate
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection
from xdportal.provider.errors import Busy, Denied


@pytest.fixture
def hourly(connect: Any) -> Catalog:
    catalog: Catalog = connect(interval=3600).catalogs.get(kind="images")
    give(catalog, items(range(1, 8)), START)
    return catalog


def listed(
    catalog: Catalog, hours: float, *changed: dict[str, Any], gone: tuple[int, ...] = ()
) -> None:
    """Give a list in which some items are others, and some are missing."""
    new = {str(row["imageId"]): row for row in changed}
    rest = [row for row in items(range(1, 8)) if row["imageId"] not in gone]
    rows = [new.pop(str(row["imageId"]), row) for row in rest]
    give(catalog, [*rows, *new.values()], START + hours * HOUR)


def finding_of(made: Pin, as_of: datetime) -> Finding | None:
    return evaluate([made], as_of).get(made.pk)


@time_machine.travel(START + 4.5 * HOUR, tick=False)
def test_a_history_step_by_step_and_as_of_every_moment(
    hourly: Catalog, cast: SimpleNamespace
) -> None:
    made = pin(hourly, "1", START + 0.5 * HOUR)
    steps = [
        ({"gone": (1,)}, "withdrawn"),
        ({"changed": [item(1, version="22.04 x64")]}, "reused"),
        ({"changed": [item(1, version="20.04 X86_64")]}, "renamed"),
        ({}, "ok"),
    ]
    for hours, (step, expected) in enumerate(steps, start=1):
        listed(hourly, hours, *step.get("changed", []), gone=step.get("gone", ()))
        found = evaluate([made], now=START + (hours + 0.1) * HOUR)[made.pk]
        assert found.state == expected
        assert found.since == START + hours * HOUR

    as_of = [finding_of(made, START + (hours + 0.9) * HOUR) for hours in range(5)]
    assert [found.state for found in as_of if found] == ["ok", *(state for _, state in steps)]
    assert finding_of(made, START) is None


def test_a_list_that_cannot_be_relied_on_makes_unknown(hourly: Catalog) -> None:
    made = pin(hourly, "1", START)

    def now(hours: float) -> tuple[str, str]:
        found = evaluate([Pin.objects.get(pk=made.pk)], now=START + hours * HOUR)[made.pk]
        return found.state, found.reason

    assert now(1) == ("ok", "")
    assert now(2.5) == ("unknown", "stale")
    listed(hourly, 3)
    give(hourly, items(range(5, 8)), START + 4 * HOUR)
    assert now(4) == ("unknown", "suspect")
    listed(hourly, 5)
    assert now(5) == ("ok", "")
    Connection.objects.update(state="paused")
    assert now(5) == ("unknown", "paused")
    Connection.objects.update(state="ok")
    fail(hourly, Denied(), START + 5.5 * HOUR)
    assert now(5.6) == ("unknown", "attention")
    Catalog.objects.update(problem="", enabled=False)
    assert now(5.6) == ("unknown", "off")


def test_a_list_that_was_never_read(connect: Any) -> None:
    catalog = connect().catalogs.get(kind="images")
    made = pin(catalog, "1", START)

    assert [(found.state, found.level) for found in evaluate([made]).values()] == [
        ("unknown", None)
    ]
    fail(catalog, Busy(), START)
    assert evaluate([Pin.objects.get()])[made.pk].state == "unknown"


@time_machine.travel(START + 1.1 * HOUR, tick=False)
def test_revisions_answer_for_their_own_time(hourly: Catalog, cast: SimpleNamespace) -> None:
    made = pin(hourly, "1", START)
    listed(hourly, 1, gone=(1,))
    actions.repin(made, Actor(cast.mia, START + 1.05 * HOUR), "2")

    assert states([made]) == ["ok"]
    then = finding_of(made, START + 1.02 * HOUR)
    assert then is not None
    assert (then.state, then.revision.item_id, then.revision.number) == ("withdrawn", "1", 1)


@time_machine.travel(START + 1.1 * HOUR, tick=False)
def test_what_another_connection_of_the_team_lists(hourly: Catalog, connect: Any) -> None:
    sandbox = connect("Sandbox", environment="sandbox").catalogs.get(kind="images")
    give(sandbox, items(["x1"]), START)
    listed(hourly, 1)
    found = evaluate([pin(hourly, "x1", START + HOUR)])

    assert [(one.state, one.elsewhere) for one in found.values()] == [
        ("never_listed", sandbox.connection)
    ]


def test_a_limit_is_kept_exactly(hourly: Catalog) -> None:
    made = pin(hourly, "1", START, ceiling=Decimal("1.20"))

    assert Pin.objects.get(pk=made.pk).ceiling == Decimal("1.20")


@pytest.mark.parametrize("as_of", [None, START + HOUR])
def test_one_and_three_pins_cost_the_same(hourly: Catalog, connect: Any, as_of: Any) -> None:
    second = connect("Second", account=1, interval=3600).catalogs.get(kind="images")
    give(second, items(range(6)), START)
    pins = [pin(hourly, "1", START), pin(hourly, "2", START), pin(second, "3", START)]

    def count(keys: list[int]) -> int:
        with CaptureQueriesContext(
            database,
        ) as queries:
            evaluate(Pin.objects.with_target().filter(pk__in=keys), as_of)
        return len(queries)

    assert count([pins[0].pk]) == count([one.pk for one in pins])


@pytest.mark.full
def test_ten_thousand_pins_over_a_hundred_catalogs(connect: Any, cast: SimpleNamespace) -> None:
    catalogs = []
    for number in range(100):
        made = Connection.objects.create(
            team=cast.team,
            owner=cast.mia,
            name=f"c{number}",
            environment="production",
            account_id=str(number),
            kinds=["images"],
        )
        catalog = made.catalogs.get(kind="images")
        give(catalog, items(range(200)), START)
        catalogs.append(catalog)
    pins = Pin.objects.bulk_create(
        Pin(team=cast.team, catalog=catalog, name=f"{catalog.pk}-{n}", item_id=str(n))
        for catalog in catalogs
        for n in range(100)
    )
    meaning = {"type": "BL", "name": "Ubuntu Server", "version": "20.04 x64"}
    revisions = PinRevision.objects.bulk_create(
        PinRevision(
            pin=one,
            number=1,
            catalog=one.catalog,
            item_id=one.item_id,
            meaning=meaning,
            snapshot=1,
            at=START,
        )
        for one in pins
    )
    for one, revision in zip(pins, revisions, strict=True):
        one.current = revision
    Pin.objects.bulk_update(pins, ["current"], batch_size=500)
    for catalog in catalogs:
        give(catalog, items(range(1, 200)), START + HOUR)

    with CaptureQueriesContext(database) as queries:
        found = evaluate(Pin.objects.all(), now=START + HOUR + timedelta(minutes=5))

    broken = [one for one in found.values() if one.state == "withdrawn"]
    assert (len(found), len(broken)) == (10_000, 100)
    assert len(queries) <= 5  # how long they take is measured by bench/pins.py
