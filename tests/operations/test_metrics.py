"""What Prometheus reads, and who may read it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from tests.items import refresh
from xdportal.catalog import tasks
from xdportal.catalog.checks.run import Run
from xdportal.catalog.models import Catalog, Sweep
from xdportal.celery import app
from xdportal.connections.models import Connection
from xdportal.lib.env import Environment
from xdportal.lib.models import BUCKETS, Tally
from xdportal.operations import health
from xdportal.simulator import Simulator


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    health.memory.forget()


@pytest.fixture
def numbers(settings: Any, db: None) -> Any:
    """{series: value} of what /metrics says."""
    settings.METRICS_TOKEN = "of-prometheus"

    def read() -> dict[str, float]:
        text = (
            Client()
            .get("/metrics", headers={"Authorization": "Bearer of-prometheus"})
            .content.decode()
        )
        return {
            line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
            for line in text.splitlines()
            if line[0] != "#"
        }

    return read


@pytest.mark.django_db
def test_closed_unless_a_setting_opens_it(settings: Any) -> None:
    def status(token: str = "", address: str = "10.1.2.3") -> int:
        headers = {"Authorization": token} if token else {}
        return Client().get("/metrics", headers=headers, REMOTE_ADDR=address).status_code

    assert (status(), status("Bearer "), status("Bearer x")) == (404, 404, 404)
    settings.METRICS_TOKEN = "of-prometheus"
    assert (status("Bearer of-prometheus"), status("of-prometheus"), status()) == (200, 404, 404)
    settings.METRICS_TOKEN, settings.METRICS_ALLOW = (
        "",
        Environment({"A": "10.0.0.0/8"}).networks("A"),
    )
    assert (status(), status(address="192.168.1.1"), status(address="")) == (200, 404, 404)


@pytest.mark.django_db
def test_behind_a_proxy_the_clients_address_counts(settings: Any) -> None:
    settings.METRICS_ALLOW = settings.TRUSTED_PROXIES = Environment({"A": "127.0.0.1"}).networks(
        "A"
    )

    assert Client().get("/metrics").status_code == 200
    assert Client().get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 404


def test_checks_by_outcome_and_duration(
    catalog: Catalog, check: Any, simulator: Simulator, numbers: Any
) -> None:
    check()
    check()
    simulator.fault("code", on="image", times=None, code=1001)
    check()
    measured = numbers()

    assert {
        k: v for k, v in measured.items() if k.startswith(("xdportal_checks_t", "xdportal_token"))
    } == {
        'xdportal_checks_total{outcome="denied"}': 1,
        'xdportal_checks_total{outcome="ok"}': 2,
        "xdportal_token_mints_total": 1,
    }
    series = "xdportal_check_duration_seconds"
    assert (
        measured[f'{series}_bucket{{le="+Inf",outcome="ok"}}']
        == measured[f'{series}_count{{outcome="ok"}}']
        == 2
    )
    assert 0 < measured[f'{series}_sum{{outcome="ok"}}'] < 20


@pytest.mark.django_db
def test_a_duration_counts_in_every_bucket_above_it(numbers: Any) -> None:
    for seconds in (0.05, 0.1, 0.2, 7, 90):
        Tally.objects.add("check", "ok", seconds)
    measured = numbers()

    le = [
        measured[f'xdportal_check_duration_seconds_bucket{{le="{limit}",outcome="ok"}}']
        for limit in (*BUCKETS, "+Inf")
    ]
    assert le == [2, 3, 3, 3, 3, 3, 4, 4, 4, 5]


def test_what_waits_is_late_or_out_of_date(connect: Any, numbers: Any) -> None:
    now = timezone.now()
    states: dict[str, dict[str, Any]] = {
        "good": {"last_ok_at": now, "next_check_at": now + timedelta(hours=1)},
        "due": {"last_ok_at": now, "next_check_at": now - timedelta(seconds=119)},
        "overdue": {"last_ok_at": now, "next_check_at": now - timedelta(seconds=121)},
        "running": {"last_ok_at": now, "lease_until": now + timedelta(seconds=30)},
        "stale": {
            "last_ok_at": now - timedelta(seconds=3601),
            "next_check_at": now + timedelta(hours=1),
        },
        "not yet": {
            "last_ok_at": now - timedelta(seconds=3590),
            "next_check_at": now + timedelta(hours=1),
        },
        "paused": {"last_ok_at": now - timedelta(days=9)},
    }
    for name, values in states.items():
        Catalog.objects.filter(connection=connect(name, interval=1800)).update(**values)
    Connection.objects.filter(name="paused").update(state="paused")
    tasks.sweep()
    measured = numbers()

    assert {
        k: v for k, v in measured.items() if k.startswith(("xdportal_catalogs", "xdportal_queue"))
    } == {
        "xdportal_catalogs": 7,
        "xdportal_catalogs_due": 2,
        "xdportal_catalogs_overdue": 1,
        "xdportal_catalogs_running": 1,
        "xdportal_catalogs_stale": 1,
        "xdportal_catalogs_paused": 1,
        "xdportal_catalogs_attention": 0,
        "xdportal_queue_length": 2,
    }
    assert abs(measured["xdportal_last_sweep_timestamp_seconds"] - now.timestamp()) < 20


def test_an_expired_lease_that_another_ends_is_a_takeover(catalog: Catalog, numbers: Any) -> None:
    Run.claim(catalog.pk, timezone.now() - timedelta(seconds=61))
    refresh(catalog)

    assert numbers()["xdportal_lease_takeovers_total"] == 1


def test_requests_are_counted(numbers: Any) -> None:
    before = numbers()
    for _ in range(3):
        Client().get("/nope/")
    after = numbers()

    series = 'xdportal_web_requests_total{method="GET",status="404"}'
    assert after[series] - before.get(series, 0) == 3
    count = "xdportal_web_request_duration_seconds_count"
    assert after[count] - before[count] == 4


def test_nothing_private_is_in_it(catalog: Catalog, check: Any, settings: Any) -> None:
    check()
    settings.METRICS_TOKEN = "t"
    text = Client().get("/metrics", headers={"Authorization": "Bearer t"}).content.decode()

    connection = catalog.connection
    for private in (
        connection.slug,
        connection.account_id,
        connection.name,
        "render",
        "Render",
        "olga",
        "mia",
    ):
        assert not re.search(rf"\b{re.escape(private)}\b", text)


@pytest.mark.django_db
def test_without_a_database_it_still_tells_what_it_knows(
    numbers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    Sweep.objects.create(at=timezone.now())

    def away(*args: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(health, "MigrationExecutor", away)
    monkeypatch.setattr(Tally.objects, "order_by", away)

    measured = numbers()
    assert (measured["xdportal_database_ready"], measured["xdportal_sweep_ready"]) == (0, 0)
    assert "xdportal_web_request_duration_seconds_count" in measured


@pytest.mark.django_db
def test_without_a_broker_everything_else_is_measured(
    numbers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("broker_read_url", "broker_write_url"):
        monkeypatch.setattr(app.conf, name, "redis://127.0.0.1:1/0")
    measured = numbers()

    assert measured["xdportal_broker_ready"] == 0
    assert "xdportal_queue_length" not in measured
    assert measured["xdportal_catalogs"] == 0
