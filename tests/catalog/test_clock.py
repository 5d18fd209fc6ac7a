"""A clock that ran ahead and is set right again stops nothing.

What was written while it was ahead lies further in the future than it ever could, and counts as
due,
expired and silent.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from tests.items import START, fail, give, items
from xdportal.catalog.checks.run import Refused, Run
from xdportal.catalog.models import Catalog, Check, Sweep
from xdportal.catalog.tasks import queue_checks
from xdportal.connections.models import Connection
from xdportal.lib.beat import Every
from xdportal.operations import health
from xdportal.provider.errors import AuthError, Busy

JUMPS = [timedelta(hours=2), timedelta(days=30)]
HOUR = timedelta(hours=1)


def due(at: datetime) -> list[Catalog]:
    return list(Catalog.objects.due(at))


@pytest.fixture(params=JUMPS, ids=str)
def ahead(request: pytest.FixtureRequest, catalog: Catalog) -> datetime:
    """Return when the clock was ahead; it is set back to START."""
    Connection.objects.update(created_at=START - HOUR)
    return START + request.param


def test_the_next_check_is_due(catalog: Catalog, ahead: datetime) -> None:
    give(catalog, items(range(3)), ahead)

    assert due(START) == [catalog]
    assert Run.claim(catalog.pk, START, due_by=START).started == START


def test_after_failures_too(catalog: Catalog, ahead: datetime) -> None:
    fail(catalog, AuthError(), ahead)

    assert due(START) == [catalog]


def test_what_is_ahead_for_good_reasons_is_not_due(connect: Callable[..., Connection]) -> None:
    often = connect("often", interval=60).catalogs.get(kind="images")
    give(often, [], START)
    seldom = connect("seldom", interval=7 * 86400).catalogs.get(kind="images")
    give(seldom, items(range(3)), START)
    refused = connect("refused", interval=60).catalogs.get(kind="images")
    fail(refused, AuthError(), START)
    busy = connect("busy", interval=60).catalogs.get(kind="images")
    for _ in range(12):
        fail(busy, Busy(), START)

    assert due(START + timedelta(seconds=2)) == []


def test_a_lease_has_expired(catalog: Catalog, ahead: datetime) -> None:
    Run.claim(catalog.pk, ahead)

    assert due(START) == [catalog]
    assert not Catalog.objects.get(pk=catalog.pk).is_running(START)
    Run.claim(catalog.pk, START)
    assert [check.outcome for check in Check.objects.all()] == ["aborted"]


def test_a_message_is_lost(catalog: Catalog, ahead: datetime) -> None:
    Catalog.objects.update(next_check_at=START)
    with time_machine.travel(ahead, tick=False):
        assert queue_checks(catalog.connection_id)
    with time_machine.travel(START, tick=False):
        assert queue_checks(catalog.connection_id)
        assert not queue_checks(catalog.connection_id)


def test_an_impossible_wait_is_ignored(catalog: Catalog, ahead: datetime) -> None:
    Catalog.objects.update(next_check_at=START)
    catalog.connection.wait_until(ahead)

    assert due(START) == [catalog]
    assert not catalog.connection.is_held_back(START)


def test_a_possible_wait_is_kept(catalog: Catalog) -> None:
    Catalog.objects.update(next_check_at=START)
    catalog.connection.wait_until(START + HOUR)

    assert due(START) == []
    with pytest.raises(Refused, match="retry_after"):
        Run.claim(catalog.pk, START)


def test_the_list_is_out_of_date_until_it_is_read_again(catalog: Catalog, ahead: datetime) -> None:
    give(catalog, items(range(3)), ahead)

    assert catalog.is_stale(START)
    assert list(Catalog.objects.stale(START)) == [catalog]
    give(catalog, items(range(3)), START)
    assert not catalog.is_stale(START)


def test_back_and_forth(catalog: Catalog) -> None:
    """The clock falls back by thirty days, and is set right after a check."""
    give(catalog, items(range(3)), START)
    before = START - timedelta(days=30)
    assert due(before) == [catalog]
    give(catalog, items(range(3)), before)

    assert due(before + timedelta(minutes=1)) == []
    assert due(START) == [catalog]


def test_check_now_is_not_refused(catalog: Catalog, ahead: datetime) -> None:
    assert catalog.connection.ask_for_check(ahead)
    assert catalog.connection.ask_for_check(START)
    assert not catalog.connection.ask_for_check(START + timedelta(seconds=9))


class TestScheduler:
    def test_a_sweep_in_the_future_is_none(self, ahead: datetime) -> None:
        Sweep.note(ahead)
        assert health.is_silent(Sweep.objects.get(), START)

        Sweep.note(START)
        assert not health.is_silent(Sweep.objects.get(), START)

    def test_readyz_and_the_banner_say_so(self, cast: Any, sign_in: Any) -> None:
        Sweep.note(timezone.now() + 2 * HOUR)

        assert Client().get("/readyz").json()["sweep"] is False
        page = sign_in(cast.ada).get("/").content.decode()
        assert "The clock of this machine was set back" in page

    def test_beat_goes_on(self) -> None:
        rhythm = Every(5, nowfun=lambda: START)

        assert rhythm.is_due(START + 2 * HOUR) == (True, 5.0)
        assert rhythm.is_due(START - timedelta(seconds=6)) == (True, 5.0)
        assert rhythm.is_due(START - timedelta(seconds=2)) == (False, 3.0)
