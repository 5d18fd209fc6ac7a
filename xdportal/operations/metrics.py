"""What Prometheus reads at /metrics. It names no team, person, connection or image.

What happens in workers is counted in the database, so every web process reports the same. Each web
process counts its requests, and prometheus_client adds up those of one machine (gunicorn.conf.py
names the folder).
"""

import logging
import os
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import accumulate

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count, Min, Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from xdportal.alerts.models import Delivery
from xdportal.catalog.models import Catalog, Sweep
from xdportal.connections.models import Connection
from xdportal.lib.middleware import View, client_ip, is_from
from xdportal.lib.models import BUCKETS, Tally
from xdportal.operations import health

log = logging.getLogger(__name__)
OVERDUE = timedelta(minutes=2)
METHODS = frozenset({"GET", "HEAD", "POST"})
OF_THIS_PROCESS = CollectorRegistry()
REQUESTS = Counter(
    "xdportal_web_requests_total",
    "Answered requests.",
    ["method", "status"],
    registry=OF_THIS_PROCESS,
)
SECONDS = Histogram(
    "xdportal_web_request_duration_seconds", "Time to answer.", registry=OF_THIS_PROCESS
)


def count_requests(get_response: View) -> View:
    def middleware(request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = get_response(request)
        SECONDS.observe(time.perf_counter() - started)
        REQUESTS.labels(
            request.method if request.method in METHODS else "other", response.status_code
        ).inc()
        return response

    return middleware


def is_open_to(request: HttpRequest) -> bool:
    """Whether the request has the token, or comes from an allowed IP address."""
    given = request.headers.get("Authorization", "")
    if settings.METRICS_TOKEN and constant_time_compare(given, f"Bearer {settings.METRICS_TOKEN}"):
        return True
    return is_from(client_ip(request) or "", settings.METRICS_ALLOW)


def text() -> bytes:
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)
    else:
        registry.register(_Requests())
    registry.register(_Portal(timezone.now()))
    return generate_latest(registry)


class _Requests(Collector):
    def collect(self) -> Iterable[Metric]:
        return OF_THIS_PROCESS.collect()


class _Portal(Collector):
    """What the database and the broker know."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def collect(self) -> Iterator[Metric]:
        ready = health.readiness()
        for part, is_good in ready.items():
            yield GaugeMetricFamily(
                f"xdportal_{part}_ready", f"1 when /readyz finds no fault: {part}.", is_good
            )
        waiting = health.queue_length()
        if waiting is not None:
            yield GaugeMetricFamily("xdportal_queue_length", "Messages that wait.", waiting)
        try:
            yield from (*_catalogs(self.at), *_deliveries(self.at), *_tallies())
        except DatabaseError as error:
            log.warning("The database did not answer /metrics: %s", error)


def _catalogs(at: datetime) -> Iterator[Metric]:
    catalogs = Catalog.objects.enabled()
    late = Q(next_check_at__lte=at - OVERDUE) | Q(lease_until__lte=at - OVERDUE)
    in_trouble = Q(connection__state=Connection.State.ATTENTION) | ~Q(problem="")
    rows = {
        "": ("All catalogs.", catalogs),
        "_due": ("To be checked now.", catalogs.due(at)),
        "_overdue": ("To be checked for two minutes already.", catalogs.due(at).filter(late)),
        "_running": ("Being checked.", catalogs.filter(lease_until__gt=at)),
        "_stale": (
            "Without a trusted check for twice their interval, paused ones aside.",
            catalogs.stale(at),
        ),
        "_paused": (
            "Of paused connections.",
            catalogs.filter(connection__state=Connection.State.PAUSED),
        ),
        "_attention": ("Waiting for a person.", catalogs.filter(in_trouble)),
    }
    for name, (meaning, queryset) in rows.items():
        yield GaugeMetricFamily(f"xdportal_catalogs{name}", meaning, queryset.count())
    swept = Sweep.objects.order_by("-at").values_list("at", flat=True).first()
    if swept is not None:
        yield GaugeMetricFamily(
            "xdportal_last_sweep_timestamp_seconds", "Its time.", swept.timestamp()
        )


def _deliveries(at: datetime) -> Iterator[Metric]:
    """Count deliveries by kind and state, and yield how long the oldest has been due."""
    counts = GaugeMetricFamily(
        "xdportal_deliveries",
        "Kept deliveries of alerts, by kind and state.",
        labels=["kind", "state"],
    )
    rows = (
        Delivery.objects.order_by("kind", "state")
        .values_list("kind", "state")
        .annotate(Count("pk"))
    )
    for kind, state, number in rows:
        counts.add_metric([kind, state], number)
    yield counts
    oldest = Delivery.objects.due(at).aggregate(oldest=Min("next_try"))["oldest"]
    age = (at - oldest).total_seconds() if oldest else 0
    yield GaugeMetricFamily(
        "xdportal_delivery_oldest_due_seconds", "How long the oldest delivery is due.", age
    )


def _tallies() -> Iterator[Metric]:
    rows = list(Tally.objects.order_by("name", "label", "bucket"))
    checks = CounterMetricFamily(
        "xdportal_checks", "Checks that ended, by outcome.", labels=["outcome"]
    )
    times = HistogramMetricFamily(
        "xdportal_check_duration_seconds", "From lease to record.", labels=["outcome"]
    )
    for outcome in sorted({row.label for row in rows if row.name == "check"}):
        tallies = [row for row in rows if row.name == "check" and row.label == outcome]
        checks.add_metric([outcome], sum(tally.number for tally in tallies))
        times.add_metric([outcome], _buckets(tallies), sum(tally.seconds for tally in tallies))
    yield checks
    yield times
    yield _total(
        "xdportal_lease_takeovers",
        "Expired leases ended by whoever came next.",
        rows,
        "check",
        "aborted",
    )
    yield _total("xdportal_token_mints", "Tokens minted.", rows, "token", "")


def _buckets(rows: list[Tally]) -> list[tuple[str, float]]:
    """Return cumulative counts: how many took at most so many seconds."""
    numbers = {row.bucket: row.number for row in rows}
    limits = [*map(str, BUCKETS), "+Inf"]
    counts = accumulate(numbers.get(place, 0) for place in range(len(limits)))
    return list(zip(limits, counts, strict=True))


def _total(name: str, meaning: str, rows: list[Tally], of: str, label: str) -> Metric:
    numbers = [row.number for row in rows if (row.name, row.label) == (of, label)]
    return CounterMetricFamily(name, meaning, sum(numbers))
