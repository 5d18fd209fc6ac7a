"""The measurements, each beside its peer."""

import contextlib
import gc
import http.server
import itertools
import json
import random
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from simple_history.utils import bulk_create_with_history, bulk_update_with_history
from xdportal.catalog.lease import Lease, claim

from bench import lists
from bench.models import Peer
from bench.table import Table, ms, timed, versus
from xdportal.accounts.models import Team, User
from xdportal.catalog import history, record, upkeep
from xdportal.catalog.models import LISTING_FIELDS, Catalog
from xdportal.connections.models import Connection
from xdportal.provider.client import Answer
from xdportal.provider.decoding import decode_list
from xdportal.provider.envelope import fingerprint, open_envelope
from xdportal.provider.errors import Details
from xdportal.provider.kinds import IMAGES, ImageRecord
from xdportal.provider.records import RecordList

START = datetime(2026, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=30)
HISTORY_SIZE = 10_000
on_sqlite = connection.vendor == "sqlite"


class Bench:
    """A catalog, and the time its next check is at."""

    def __init__(self, name: str) -> None:
        user, _ = User.objects.get_or_create(username="bench", defaults={"is_staff": True, "is_superuser": True})
        made = Connection.objects.create(
            team=Team.objects.personal(user), owner=user, name=name, environment="production", account_id="A"
        )
        self.catalog: Catalog = made.catalogs.get()
        self.user, self.at = user, START
        self.lease: Lease | None = None

    def read(self, body: bytes) -> record.Result:
        """From the bytes of an answer to the committed check, as a run does it."""
        if self.lease is None:
            self.take_lease()
        lease, self.lease = self.lease, None
        assert lease is not None
        digest, details = fingerprint(body), Details(200, 0, "success", "t")
        if digest == bytes(self.catalog.answer_digest):
            found = None
        else:
            opened = open_envelope(bytearray(body), 200)
            found = decode_list(IMAGES, opened.data, opened.details)
        return record.record_answer(lease, Answer(details, digest, found), self.at)

    def take_lease(self) -> None:
        """What comes before a fetch, and is not measured as recording."""
        self.at += STEP
        self.catalog.refresh_from_db(fields=["answer_digest"])
        self.lease = claim(self.catalog.pk, self.at)

    def give(self, images: frozenset[ImageRecord]) -> record.Result:
        """Without the bytes: to build a long history."""
        self.at += STEP
        answer = Answer(
            Details(200, 0, "success", "t"),
            b"",
            RecordList(frozenset(IMAGES.line(image) for image in images), 0, (), 0, 0),
        )
        return record.record_answer(claim(self.catalog.pk, self.at), answer, self.at)


def run(sizes: list[int], snapshots: int) -> None:
    table = Table()
    print("Answers …", flush=True)
    for size in sizes:
        answers(table, size)
    print(f"History of {HISTORY_SIZE:,} images, {snapshots} snapshots …", flush=True)
    long_history(table, snapshots)
    print("Pages …", flush=True)
    for size in sizes:
        pages(table, size)
    print("Memory …", flush=True)
    memory(table, max(sizes))
    table.print()


def answers(table: Table, size: int) -> None:
    bench, numbers, seeds = Bench(f"answers-{size}"), itertools.count(2), itertools.count(1)
    plain = sqlite3.connect(settings.DATA_DIR / f"plain-{size}.sqlite3")
    plain.execute("CREATE TABLE rows (snapshot, image_id, type, name, version)")
    first = lists.body(1, size)
    bench.read(first)
    rounds = 5
    bodies = {n: lists.body(n, size) for n in range(2, rounds + 2)}
    peers = PeerCatalog(size, bodies)
    gc.collect()
    gc.freeze()  # a worker does not carry all these answers through every collection

    same = [lists.body(1, size, trace_id=f"trace{n}") for n in range(3)]
    ours, loads = versus(lambda: bench.read(same[next(seeds) % 3]), lambda: json.loads(first), before=bench.take_lease)
    table.add(
        f"unchanged, same bytes, {size:,}",
        ms(ours),
        f"json.loads {ms(loads)}",
        ours / loads,
        1.5 if size < 10_000 else 0.3,
    )

    orders = [lists.body(1, size, shuffle=n) for n in (1, 2, 3)]
    ours, loads = versus(
        lambda: bench.read(orders[next(seeds) % 3]), lambda: json.loads(first), before=bench.take_lease
    )
    table.add(
        f"unchanged, another order, {size:,}",
        ms(ours),
        f"json.loads {ms(loads)}",
        ours / loads,
        2 if size >= 10_000 else 4,
    )

    ours, theirs, careful = versus(
        lambda: bench.read(bodies[next(numbers)]),
        lambda: write_plainly(plain, bodies[2]),
        peers.change,
        rounds=rounds,
        before=bench.take_lease,
    )
    number = rounds + 1
    assert {row.image for row in history.current(bench.catalog)} == lists.images(number, size)
    table.add(f"1 % changed, {size:,}", ms(ours), f"plain sqlite3 {ms(theirs)}", ours / theirs, 2)
    table.add(f"1 % changed, {size:,}", ms(ours), f"simple-history {ms(careful)}", ours / careful, 1)
    Peer.objects.all().delete()
    Peer.history.all().delete()
    bench.catalog.connection.delete()
    gc.unfreeze()


def write_plainly(database: sqlite3.Connection, body: bytes) -> None:
    """What a plain script does: parse the answer and insert its rows, one full list an answer."""
    rows = json.loads(body)["data"]
    with database:
        database.executemany("INSERT INTO rows VALUES (1, ?, ?, ?, ?)", (tuple(row.values()) for row in rows))


class PeerCatalog:
    """django-simple-history as a careful user feeds it: bulk helpers, only changed rows."""

    def __init__(self, size: int, bodies: dict[int, bytes] | None = None) -> None:
        self.size, self.number, self.bodies = size, 1, bodies or {}
        rows = [Peer(**dict(zip(LISTING_FIELDS, lists.image(place, 1, size), strict=True))) for place in range(size)]
        bulk_create_with_history(rows, Peer, batch_size=500, default_date=START)

    @transaction.atomic
    def change(self) -> None:
        """Reads the whole answer, compares it with what is kept, and writes the difference."""
        self.number += 1
        body = json.loads(lists.body(self.number, self.size)) if self.size <= HISTORY_SIZE else None
        told = body["data"] if body else [i._asdict() for i in lists.images(self.number, self.size)]
        wanted = {row.get("imageId") or row["id"]: row.get("systemImageVersion") or row["version"] for row in told}
        changed = [peer for peer in Peer.objects.all() if wanted[peer.image_id] != peer.version]
        self._write(changed, wanted)

    @transaction.atomic
    def change_known(self, number: int) -> None:
        """Only the writing, for a long history."""
        self.number = number
        wanted = {
            i.id: i.version for i in (lists.image(p, number, self.size) for p in lists.changed_with(number, self.size))
        }
        self._write(list(Peer.objects.filter(image_id__in=wanted)), wanted)

    def _write(self, changed: list[Peer], wanted: dict[str, str]) -> None:
        for peer in changed:
            peer.version = wanted[peer.image_id]
        at = START + self.number * STEP
        bulk_update_with_history(changed, Peer, ["version"], batch_size=500, default_date=at)


def long_history(table: Table, snapshots: int) -> None:
    size, bench = HISTORY_SIZE, Bench("history")
    held = set(lists.images(1, size))
    bench.give(frozenset(held))
    before = used()
    for number in range(2, snapshots + 1):
        for place in lists.changed_with(number, size):
            held.discard(lists.image(place, number - 1, size))
            held.add(lists.image(place, number, size))
        bench.give(frozenset(held))
    ours = used() - before
    peers = PeerCatalog(size)
    before = used()
    for number in range(2, snapshots + 1):
        peers.change_known(number)
    theirs = used() - before
    changes = (snapshots - 1) * size // lists.SHARE
    table.add("bytes a change", f"{ours / changes:.0f} B", "", ours / changes, 150 if on_sqlite else 250, "B")
    table.add(
        "bytes a change", f"{ours / changes:.0f} B", f"simple-history {theirs / changes:.0f} B", ours / theirs, 0.6
    )

    body = lists.body(snapshots, size)
    bench.read(body)
    before = used()
    for _ in range(2000):
        bench.read(body)
    table.add("bytes an unchanged check", "", "", (used() - before) / 2000, 200, "B")
    upkeep.analyze()
    questions(table, bench, snapshots)
    Peer.objects.all().delete()
    Peer.history.all().delete()
    bench.catalog.connection.delete()


def questions(table: Table, bench: Bench, snapshots: int) -> None:
    size, catalog = HISTORY_SIZE, bench.catalog
    for number in random.Random(1).sample(range(1, snapshots + 1), 5):
        assert {row.image for row in history.as_of(catalog, number)} == lists.images(number, size)
    pairs = itertools.cycle([(1, snapshots), (3, snapshots - 7), (snapshots - 1, 2)])

    def far() -> None:
        older, newer = next(pairs)
        found = history.difference(catalog, older, newer)
        before, after = lists.images(older, size), lists.images(newer, size)
        assert len(found) == len({i.id for i in before - after})

    def far_peer() -> None:
        older, newer = next(pairs)
        fields = ("image_id", "type", "name", "version")
        before, after = (
            {row[0]: row for row in Peer.history.as_of(START + n * STEP).values_list(*fields)} for n in (older, newer)
        )
        found = [(before.get(k), after.get(k)) for k in before.keys() | after.keys() if before.get(k) != after.get(k)]
        assert found

    oracle = timed(lambda: [lists.images(n, size) for n in (1, snapshots)])
    ours, theirs = versus(far, far_peer, rounds=5)
    ours -= oracle
    table.add("difference of two far snapshots", ms(ours), f"simple-history {ms(theirs)}", ours / theirs, 0.25)

    numbers = itertools.cycle([2, snapshots // 4, snapshots // 2, snapshots - 3])

    def page() -> None:
        listings = history.in_natural_order(history.as_of(catalog, next(numbers)), numeric=True)
        assert len(listings[:50]) == 50

    def page_peer() -> None:
        moment = START + next(numbers) * STEP
        assert len(list(Peer.history.as_of(moment).order_by("image_id")[:50])) == 50

    ours, theirs = versus(page, page_peer, rounds=9)
    table.add("first page as of any snapshot", ms(ours), f"simple-history {ms(theirs)}", ours / theirs, 0.5)


def pages(table: Table, size: int) -> None:
    bench = Bench(f"page-{size}")
    bench.at = timezone.now() - 2 * timedelta(days=1)
    for number in (1, 2, 3):
        bench.give(lists.images(number, size))
    upkeep.analyze()
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(bench.user)
    path = f"/c/{bench.catalog.slug}/images/"
    for address in (path, "/bench/empty/", "/admin/catalog/listing/"):
        assert client.get(address).status_code == 200
    gc.collect()
    ours, empty, admin = versus(
        lambda: client.get(path),
        lambda: client.get("/bench/empty/"),
        lambda: client.get("/admin/catalog/listing/"),
    )
    table.add(f"images page, {size:,}", ms(ours), f"empty view {ms(empty)}", ours / empty, 20)
    if size >= 100_000:
        table.add(f"images page, {size:,}", ms(ours), f"admin's list {ms(admin)}", ours / admin, 0.4)
    bench.catalog.connection.delete()


def memory(table: Table, size: int) -> None:
    with served(lists.body(1, 100)) as warm, served(lists.body(1, size)) as url:
        ended = subprocess.run(
            [sys.executable, "-m", "bench.memory", url, warm], capture_output=True, text=True, check=False
        )
    assert ended.returncode == 0, ended.stderr
    checked, exported, count = ended.stdout.split()
    assert int(count) == size + 1
    table.add(f"memory of a first check, {size:,}, over idle", "", "", float(checked), 100, "MiB")
    table.add(f"memory of an export, {size:,}", "", "", float(exported), 64, "MiB")


@contextlib.contextmanager
def served(body: bytes) -> Iterator[str]:
    """A provider that answers everything with one body, on loopback."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def used() -> int:
    """Bytes the database takes, indexes included."""
    with connection.cursor() as cursor:
        if not on_sqlite:
            tables = (
                "('catalog_listing'), ('catalog_check'), ('catalog_snapshot'), ('bench_peer'), ('bench_historicalpeer')"
            )
            cursor.execute(f"SELECT sum(pg_total_relation_size(name)) FROM (VALUES {tables}) AS t (name)")
            return int(cursor.fetchone()[0])
        cursor.execute(
            "SELECT (SELECT page_count FROM pragma_page_count) - (SELECT freelist_count FROM pragma_freelist_count)"
        )
        return int(cursor.fetchone()[0]) * 4096
