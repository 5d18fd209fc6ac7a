"""How cost grows: with images, snapshots, connections and checks. One table each, in milliseconds.

Ratios to an empty view of the same run say more than milliseconds: its row is the first.
"""

import random
import statistics
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection as database
from django.utils import timezone

from bench import crowd, lists
from bench.engine import Bench, person
from bench.pages import EMPTY, Visitor
from bench.table import Table, timed, versus
from xdportal.accounts.models import Team, User
from xdportal.catalog import retention
from xdportal.catalog.models import Catalog, Check
from xdportal.catalog.tasks import sweep
from xdportal.connections.models import Connection
from xdportal.operations import metrics

IMAGES = (40, 1_000, 10_000, 100_000)
SNAPSHOTS = (10, 100, 1_000, 5_000)
CONNECTIONS = (10, 100, 1_000, 10_000)
CHECKS = (10_000, 100_000, 2_000_000)
OWN = 10  # connections of the person who looks
ROUNDS = 5
Calls = Mapping[str, Callable[[], object]]
Figures = dict[str, float]


def measure(table: Table, divisor: int = 1) -> None:
    """`divisor` makes everything smaller, to try it out."""
    for name, sizes, part in (
        ("images", IMAGES, images),
        ("snapshots", SNAPSHOTS, snapshots),
        ("connections", CONNECTIONS, connections),
        ("checks", CHECKS, checks),
    ):
        numbers = [max(size // divisor, 10) for size in sizes]
        found = [part(number) for number in numbers]
        table.grid(f"ms, by {name}", [f"{number:,}" for number in numbers], _by_row(found))


def _by_row(found: Iterable[Figures]) -> dict[str, list[str]]:
    rows: dict[str, list[str]] = {}
    for figures in found:
        for name, value in figures.items():
            rows.setdefault(name, []).append(f"{value:.1f}")
    return rows


def medians(calls: Calls) -> Figures:
    first, *others = calls.values()
    for call in calls.values():
        call()
    return dict(zip(calls, versus(first, *others, rounds=ROUNDS), strict=True))


def pages(paths: Mapping[str, str]) -> Calls:
    visitor = Visitor()
    for path in paths.values():
        visitor.size(path)
    every = {"empty view": EMPTY, **paths}
    return {name: visitor.reading(path) for name, path in every.items()}


def images(number: int) -> Figures:
    bench = Bench(f"scale-{number}")
    bench.at = timezone.now() - timedelta(days=2)
    bodies = [lists.body(1, number), lists.body(2, number)]
    for body in bodies:
        bench.read(body)
    retention.analyze()
    base = f"/c/{bench.connection.slug}"
    calls = pages(
        {
            "images page": f"{base}/images/",
            "images page, two words": f"{base}/images/?q=ubuntu+server",
            "changes": f"{base}/changes/",
            "one image": f"{base}/images/4001/",
        }
    )
    found = medians({**calls, "check, same bytes": lambda: bench.read(bodies[1])})
    bench.delete()
    return found


def snapshots(number: int) -> Figures:
    bench = Bench(f"scale-{number}")
    size = 1_000
    bench.at = timezone.now() - timedelta(minutes=30) * number
    listed = set(lists.images(1, size))
    bench.give(listed)
    for snapshot in range(2, number + 1):
        for place in lists.changed_with(snapshot, size):
            listed.discard(lists.image(place, snapshot - 1, size))
            listed.add(lists.image(place, snapshot, size))
        bench.give(listed)
    retention.analyze()
    base = f"/c/{bench.connection.slug}"
    calls = pages(
        {
            "images page": f"{base}/images/",
            "changes": f"{base}/changes/",
            "snapshots": f"{base}/snapshots/",
            "past list, the middle": f"{base}/snapshots/{number // 2}/",
            "compare the first and the last": f"{base}/compare/?from=1&to={number}",
            "one image": f"{base}/images/4001/",
        }
    )
    found = medians(calls)
    bench.delete()
    return found


def connections(number: int) -> Figures:
    """One person has ten connections of a site that has so many."""
    at = timezone.now() - timedelta(hours=1)
    owner, _ = User.objects.get_or_create(username="others")
    crowd.read_once(crowd.connections(person(), OWN, at), at)
    crowd.read_once(crowd.connections(owner, number - OWN, at), at)
    make_due(timezone.now() + timedelta(minutes=20))
    retention.analyze()
    slug = Team.objects.personal(person()).connections.order_by("pk")[0].slug
    calls = pages(
        {
            "dashboard": "/",
            "side bar alone": "/errors/",
            "images page": f"/c/{slug}/images/",
            "admin: connections": "/admin/connections/connection/",
            "admin: checks": "/admin/catalog/check/",
        }
    )
    found = medians({**calls, "sweep, nothing due": sweep}) | {"sweep, up to 500 due": swept()}
    Connection.objects.all().delete()
    return found


def make_due(at: datetime) -> None:
    """Let each list of images be due at this time, without a message on its way."""
    Catalog.objects.enabled().update(next_check_at=at, queued_until=None)


def swept() -> float:
    """Return the milliseconds of a sweep that sends all it may."""
    took = []
    for _ in range(ROUNDS):
        make_due(timezone.now())
        took.append(timed(sweep))
    return statistics.median(took)


def checks(number: int) -> Figures:
    """The checks of a hundred lists, one of which is looked at."""
    at = timezone.now()
    known = crowd.connections(person(), 100, at)
    crowd.read_once(known, at)
    start = at - timedelta(days=settings.CHECK_RETENTION_DAYS - 1)
    step = (at - start) / number
    snapshots_of = {each.pk: each.latest_snapshot_id for each in known}
    keys = list(snapshots_of)
    for first in range(0, number, 10_000):
        rows = []
        for place in range(first, min(first + 10_000, number)):
            key = keys[random.randrange(len(keys))]
            began = start + step * place
            rows.append(_check(key, snapshots_of[key], began))
        Check.objects.bulk_create(rows, batch_size=1_000)
    retention.analyze()
    base = f"/c/{known[0].connection.slug}"
    calls = pages({"images page, with the strip": f"{base}/images/", "dashboard": "/"})
    every = {
        **calls,
        "/metrics": metrics.text,
        "pruning, nothing old": lambda: retention.prune_checks(at),
    }
    found = medians(every)
    forget_checks()
    Connection.objects.all().delete()
    return found


def forget_checks() -> None:
    """Delete all checks by one statement: Django would first read millions of them."""
    Catalog.objects.update(latest_check=None)
    with database.cursor() as cursor:
        cursor.execute(f"DELETE FROM {Check._meta.db_table}")


def _check(catalog_id: int, snapshot_id: int | None, at: datetime) -> Check:
    return Check(
        catalog_id=catalog_id,
        snapshot_id=snapshot_id,
        started=at,
        ended=at + timedelta(seconds=1),
        outcome="ok",
        http_status=200,
        code=0,
        item_count=40,
    )
