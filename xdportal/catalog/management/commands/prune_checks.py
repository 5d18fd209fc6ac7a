from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from xdportal.catalog.retention import prune_checks


class Command(BaseCommand):
    help = (
        "Delete checks older than CHECK_RETENTION_DAYS; those that made a snapshot stay. The "
        "worker does so daily."
    )

    def handle(self, **options: Any) -> None:
        pruned = prune_checks(timezone.now())
        self.stderr.write(
            f"Done: {pruned} checks older than {settings.CHECK_RETENTION_DAYS} days went."
        )
