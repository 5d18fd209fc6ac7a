"""Run as a process of its own: print by how many MiB a first check and an export lift its memory.

Each is done by a fork of the warm process, so that none finds what another one left behind.
"""

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import django

django.setup()

from django.db import connections  # noqa: E402
from django.utils import timezone  # noqa: E402

from xdportal.accounts.models import Team, User  # noqa: E402
from xdportal.catalog import exports, history  # noqa: E402
from xdportal.catalog.checks.engine import check_all  # noqa: E402
from xdportal.catalog.kinds import IMAGES  # noqa: E402
from xdportal.catalog.models import Catalog  # noqa: E402
from xdportal.catalog.pages.items import ItemList, ItemQuery  # noqa: E402
from xdportal.connections.models import Connection  # noqa: E402
from xdportal.lib.csv import csv_pieces  # noqa: E402
from xdportal.provider.credentials import BareToken  # noqa: E402


def peak() -> float:
    """Return the most this process ever had, in MiB.

    Not ru_maxrss: that begins with what the parent had.
    """
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"VmHWM:\s*(\d+) kB", status)[0]) / 1024


def lifted_by(work: Callable[[], int]) -> tuple[float, int]:
    """Return by what the work lifts the memory of a fresh fork, and what it returns."""
    connections.close_all()
    reader, writer = os.pipe()
    if os.fork() == 0:
        Path("/proc/self/clear_refs").write_text("5")  # the peak starts over
        before = peak()
        result = work()
        os.write(writer, f"{peak() - before} {result}".encode())
        os._exit(0)
    os.close(writer)
    os.wait()
    measured, result = os.read(reader, 100).split()
    return float(measured), int(result)


def connect(user: User, name: str, url: str) -> Catalog:
    django.conf.settings.PROVIDER_URLS = {"production": url}
    connection = Connection(
        team=Team.objects.personal(user),
        owner=user,
        name=name,
        environment="production",
        account_id="A",
    )
    connection.set_credential(BareToken("abcdefgh"), timezone.now())
    connection.save()
    return connection.catalogs.get(kind=IMAGES.name)


def check(catalog: Catalog) -> int:
    (record,) = check_all(catalog.connection, [catalog])
    assert record["outcome"] == "ok", record
    return 0


def export(catalog: Catalog) -> int:
    recent = history.recent_start(catalog, timezone.now())
    items = ItemList(catalog, ItemQuery(), recent)
    columns = exports.items_export(IMAGES).columns
    pieces = csv_pieces(columns, exports.item_rows(items))
    return sum(piece.count("\r\n") for piece in pieces)


def main(url: str, warm_url: str) -> None:
    user = User.objects.create_user("memory")
    warm = connect(user, "warm", warm_url)
    check(warm)
    export(warm)
    large = connect(user, "large", url)
    checked, _ = lifted_by(lambda: check(large))
    large.refresh_from_db()
    exported, count = lifted_by(lambda: export(large))
    user.delete()
    print(checked, exported, count)


if __name__ == "__main__":
    main(*sys.argv[1:])
