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
from xdportal.connections.shares import put_off, share_of, share_of_check
from xdportal.lib import threads
from xdportal.lib.threads import Shares
from xdportal.simulator import Simulator


@pytest.fixture(autouse=True)
def four_threads(settings: Any) -> None:
    settings.WORKER_THREADS = 4


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The connections whose messages were sent."""
    keys: list[int] = []

    def note(arguments: tuple[int], **options: Any) -> None:
        keys.append(arguments[0])

    monkeypatch.setattr(tasks.check_connection, "apply_async", note)
    return keys


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

    running = [threading.Thread(target=run) for _ in range(20)]
    for thread in running:
        thread.start()
    for thread in running:
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


def test_a_check_beyond_the_share_is_made_by_the_next_that_ends(
    connect: Callable[..., Connection],
    simulator: Simulator,
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    """Refusing it reads the connection, and writes nothing."""
    late, running = connect("late"), connect("running")
    tasks.queue_checks(late.pk)
    with share_of_check(running), share_of_check(running):
        with django_assert_num_queries(1):
            assert tasks.check_connection(late.pk) == []
        assert simulator.calls == []

    assert tasks.check_connection(running.pk) == ["ok", "ok"]
    images = Catalog.objects.get(connection=late, kind="images")
    assert (images.last_ok_at is not None, images.is_queued(timezone.now())) == (True, False)


def test_without_a_check_that_runs_the_sweep_sends_it_again(
    connect: Callable[..., Connection], sent: list[int]
) -> None:
    """A test of a credential has a share, too, but looks for nothing when it ends."""
    late, other = connect("late"), connect("other", account=1)
    Catalog.objects.filter(connection=other).update(enabled=False)
    assert tasks.sweep() == 1
    with share_of(late), share_of(late):
        assert tasks.check_connection(late.pk) == []

    assert (tasks.sweep(), sent) == (1, [late.pk] * 2)
    assert put_off.take(late) is None


def test_with_all_threads_at_work_the_next_is_sent_instead(
    connect: Callable[..., Connection], sent: list[int]
) -> None:
    """Others wait for a thread. What was put off goes first; its message is not written down."""
    late, running, third = connect("late"), connect("running"), connect("third")
    tasks.queue_checks(late.pk)
    with share_of_check(running), share_of_check(running):
        tasks.check_connection(late.pk)
    with ExitStack() as others:
        for _ in range(3):
            others.enter_context(threads.in_use())

        assert tasks.check_connection(running.pk) == ["ok"]
        assert sent == [late.pk, late.pk]
        assert tasks.check_connection(late.pk) == ["ok"]
    assert sent == [late.pk, late.pk, third.pk]


def test_a_worker_that_stops_begins_no_further_check(
    connect: Callable[..., Connection], sent: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    stopping = threading.Event()
    stopping.set()
    monkeypatch.setattr(threads, "ends", stopping)
    first, second = connect("first"), connect("second")

    assert tasks.check_connection(first.pk) == ["ok"]
    assert sent == [second.pk]


def test_a_check_that_breaks_leaves_the_others_to_the_queue(
    connect: Callable[..., Connection], sent: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: Any) -> Any:
        raise ZeroDivisionError

    first, second = connect("first"), connect("second")
    monkeypatch.setattr(tasks.engine, "check_due", broken)
    with pytest.raises(ZeroDivisionError):
        tasks.check_connection(first.pk)

    assert sent == [second.pk]


def test_of_another_team_nothing_is_checked(
    connect: Callable[..., Connection], cast: SimpleNamespace
) -> None:
    first = connect("first")
    connect("elsewhere", team=Team.objects.personal(cast.mia), account=1)

    assert tasks.check_connection(first.pk) == ["ok"]


def test_after_a_check_only_what_is_due_is_sent(connect: Callable[..., Connection]) -> None:
    later, running = connect("later"), connect("running")
    in_an_hour = timezone.now() + timedelta(minutes=20)
    Catalog.objects.filter(connection=later).update(next_check_at=in_an_hour)
    tasks.check_connection(running.pk)

    assert not Catalog.objects.get(connection=later, kind="images").is_queued(timezone.now())
