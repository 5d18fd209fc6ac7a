"""No team and no account takes more than half of a worker's threads."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from xdportal.accounts.models import Team
from xdportal.catalog import tasks
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection
from xdportal.connections.shares import share_of
from xdportal.lib.threads import Shares
from xdportal.simulator import Simulator


@pytest.fixture(autouse=True)
def four_threads(settings: Any) -> None:
    settings.WORKER_THREADS = 4


def test_a_key_is_counted_while_the_block_runs() -> None:
    shares = Shares()
    with (
        shares.take("a", most=1) as first,
        shares.take("a", "b", most=1) as second,
        shares.take("b", most=1) as other,
    ):
        assert (first, second, other) == (True, False, True)
    with shares.take("a", most=1) as again:
        assert again


def test_an_error_gives_it_back() -> None:
    shares = Shares()
    with pytest.raises(ZeroDivisionError), shares.take("a", most=1):
        raise ZeroDivisionError

    with shares.take("a", most=1) as again:
        assert again


def test_of_many_threads_at_once_no_more_than_that_get_it() -> None:
    shares = Shares()
    start, end, taken = threading.Barrier(20), threading.Barrier(20), []

    def run() -> None:
        start.wait()
        with shares.take("a", most=3) as mine:
            taken.append(mine)
            end.wait()

    threads = [threading.Thread(target=run) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False] * 17 + [True] * 3


def test_half_of_the_threads_are_for_others(
    connect: Callable[..., Connection], cast: SimpleNamespace
) -> None:
    """By team, and by account across teams."""
    personal = Team.objects.personal(cast.mia)
    first, second, third = (connect(name) for name in ("a", "b", "c"))
    same_account = connect("d", team=personal)
    other = connect("e", team=personal, account=1)

    with ExitStack() as stack:
        given = [
            stack.enter_context(share_of(each))
            for each in (first, second, third, same_account, other)
        ]

    assert given == [True, True, False, False, True]


def test_a_check_beyond_the_share_is_sent_by_the_next_that_ends(
    connect: Callable[..., Connection], simulator: Simulator
) -> None:
    late, running = connect("late"), connect("running")
    tasks.queue_checks(late.pk)
    with share_of(running), share_of(running):
        assert tasks.check_connection(late.pk) == []
    assert simulator.calls == []
    images = Catalog.objects.get(connection=late, kind="images")
    assert images.queued_until is None

    assert tasks.check_connection(running.pk) == ["ok"]
    images.refresh_from_db()
    assert images.is_queued(timezone.now())


def test_after_a_check_only_what_is_due_is_sent(connect: Callable[..., Connection]) -> None:
    later, running = connect("later"), connect("running")
    in_an_hour = timezone.now() + timedelta(minutes=20)
    Catalog.objects.filter(connection=later).update(next_check_at=in_an_hour)
    tasks.check_connection(running.pk)

    assert not Catalog.objects.get(connection=later, kind="images").is_queued(timezone.now())
