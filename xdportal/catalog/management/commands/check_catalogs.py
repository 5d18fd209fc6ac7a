import json
from argparse import ArgumentParser
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from django.utils import timezone

from xdportal.catalog.checks import engine, schedule
from xdportal.catalog.models import GOOD_OUTCOMES, Catalog
from xdportal.catalog.records import Record
from xdportal.connections.models import Connection


class Command(BaseCommand):
    help = "Check lists now, in this process, without the queue."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "slugs", nargs="*", metavar="SLUG", help="Connections to check; without any, all."
        )
        parser.add_argument(
            "--kind", choices=Catalog.Kind.values, help="Only this list of each connection."
        )
        parser.add_argument("--due", action="store_true", help="Only what is due.")
        parser.add_argument("--json", action="store_true", help="One JSON object a line.")

    def handle(
        self, *, slugs: list[str], kind: str | None, due: bool, json: bool, **options: Any
    ) -> None:
        checked = []
        for record in _checks(_chosen(slugs, kind, due=due), due=due):
            checked.append(record)
            self.stdout.write(_line(record, as_json=json))
        bad = [record for record in checked if record["outcome"] not in GOOD_OUTCOMES]
        if bad:
            raise CommandError(f"{len(bad)} of {len(checked)} checks did not end well.")
        self.stderr.write(f"Done: {len(checked)} checks.")


def _chosen(slugs: list[str], kind: str | None, *, due: bool) -> QuerySet[Catalog]:
    """Return the lists to check. One that is switched off is left out, unless its kind is named."""
    missing = set(slugs) - set(Connection.objects.values_list("slug", flat=True))
    if missing:
        names = ", ".join(sorted(missing))
        raise CommandError(f"There is no connection {names}. Nothing was checked.")
    catalogs = Catalog.objects.due(timezone.now()) if due else Catalog.objects.all()
    catalogs = catalogs.filter(kind=kind) if kind else catalogs.enabled()
    if slugs:
        catalogs = catalogs.filter(connection__slug__in=slugs)
    return catalogs.select_related("connection").order_by("connection__slug", "kind")


def _checks(catalogs: QuerySet[Catalog], *, due: bool) -> Iterator[Record]:
    """Check connection by connection, the lists of each in one sitting."""
    for connection, lists in groupby(catalogs, key=lambda catalog: catalog.connection):
        due_by = schedule.due_together(timezone.now(), connection.interval) if due else None
        yield from engine.check_all(connection, lists, due_by=due_by)


def _line(record: Record, *, as_json: bool) -> str:
    if as_json:
        # ASCII: one printable line, for any text of the provider on any terminal.
        return json.dumps(record)
    name = f"{record['connection']} {record['kind']}: {record['outcome']}"
    if record["outcome"] not in GOOD_OUTCOMES:
        code = f"code {record['code']}, " if record["code"] else ""
        return f"{name} {code}{record['msg']}".rstrip()
    return (
        f"{name}, {record['images']} items, +{record['added']} -{record['removed']} "
        f"~{record['changed']}, snapshot {record['snapshot']}"
    )
