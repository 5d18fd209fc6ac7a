from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from xdportal.catalog.models import Sweep
from xdportal.operations import health

GOOD = {"database": True, "migrations": True, "broker": True, "sweep": True}


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    health.memory.forget()


def ready() -> tuple[int, dict[str, bool]]:
    answer = Client().get("/readyz")
    return answer.status_code, answer.json()


@pytest.mark.django_db
def test_ready_while_sweeps_are_young() -> None:
    Sweep.objects.create(at=timezone.now() - timedelta(seconds=119))
    assert ready() == (200, GOOD)

    health.memory.forget()
    Sweep.objects.update(at=timezone.now() - timedelta(seconds=121))
    assert ready() == (503, {**GOOD, "sweep": False})


@pytest.mark.django_db
def test_without_a_database_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(health, "MigrationExecutor", away)

    assert ready() == (503, dict.fromkeys(GOOD, False))
    assert Client().get("/healthz").content == b"ok"


@pytest.mark.django_db
def test_without_a_broker_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from xdportal.celery import app

    Sweep.objects.create(at=timezone.now())
    monkeypatch.setattr(app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
    assert ready() == (503, {**GOOD, "broker": False})


@pytest.mark.django_db
def test_two_seconds_of_probes_cost_as_much_as_one(
    django_assert_num_queries: Any,
) -> None:
    Sweep.objects.create(at=timezone.now())
    with django_assert_num_queries(0):
        Client().get("/healthz")
    first = ready()
    with django_assert_num_queries(0):
        assert [ready() for _ in range(20)] == [first] * 20


@pytest.mark.django_db
def test_a_process_that_has_seen_all_migrations_asks_one_question(
    django_assert_num_queries: Any,
) -> None:
    Sweep.objects.create(at=timezone.now())
    ready()
    health.memory.until = 0.0
    with django_assert_num_queries(1):
        assert ready() == (200, GOOD)


def test_probes_need_no_session(client: Client) -> None:
    """Without the mark of a test that may ask the database, any query fails."""
    client.cookies["sessionid"] = "a" * 32

    assert client.get("/healthz").status_code == 200
