import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from xdportal.catalog.models import GOOD_OUTCOMES, Catalog
from xdportal.catalog.refresh import Report, refresh


class Command(BaseCommand):
    help = "Checks catalogs now, in this process, without the queue."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slugs", nargs="*", metavar="SLUG", help="Connections to check; without any, all.")
        parser.add_argument("--due", action="store_true", help="Only what is due.")
        parser.add_argument("--json", action="store_true", help="One JSON object a line.")

    def handle(self, *, slugs: list[str], due: bool, json: bool, **options: Any) -> None:
        reports = []
        for catalog in _chosen(slugs, due=due):
            reports.append(refresh(catalog, only_if_due=due))
            self.stdout.write(_line(reports[-1], as_json=json))
        bad = [report for report in reports if report.outcome not in GOOD_OUTCOMES]
        if bad:
            raise CommandError(f"{len(bad)} of {len(reports)} checks did not end well.")
        self.stderr.write(f"Done: {len(reports)} checks.")


def _chosen(slugs: list[str], *, due: bool) -> list[Catalog]:
    catalogs = Catalog.objects.select_related("connection").order_by("connection__slug", "kind")
    if due:
        catalogs = catalogs.due(timezone.now()).order_by("next_check_at")
    if not slugs:
        return list(catalogs)
    missing = set(slugs) - set(Catalog.objects.values_list("connection__slug", flat=True))
    if missing:
        raise CommandError(f"There is no connection {', '.join(sorted(missing))}. Nothing was checked.")
    return list(catalogs.filter(connection__slug__in=slugs))


def _line(report: Report, *, as_json: bool) -> str:
    if as_json:
        return json.dumps(
            report.as_dict()
        )  # ASCII: one line and printable, whatever the provider said and the terminal is
    told = f"code {report.code}, {report.msg}" if report.code else report.msg
    if report.outcome not in GOOD_OUTCOMES:
        return f"{report.connection} {report.kind}: {report.outcome} {told}".rstrip()
    return (
        f"{report.connection} {report.kind}: {report.outcome}, {report.images} images, "
        f"+{report.added} -{report.removed} ~{report.changed}, snapshot {report.snapshot}"
    )
