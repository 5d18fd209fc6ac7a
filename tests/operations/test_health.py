from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from xdportal.catalog.models import Sweep
from xdportal.operations import health

GOOD = {"database": True, "migrations": True, "broker": True, "sweep": True}


def ready() -> tuple[int, dict[str, bool]]:
    answer = Client().get("/readyz")
    return answer.status_code, answer.json()


@pytest.mark.django_db
def test_ready_while_sweeps_are_young() -> None:
    Sweep.objects.create(at=timezone.now() - timedelta(seconds=119))
    assert ready() == (200, GOOD)

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
