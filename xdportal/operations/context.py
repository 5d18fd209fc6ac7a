from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from xdportal.catalog.models import Sweep
from xdportal.operations import health


@dataclass(frozen=True, slots=True)
class Scheduler:
    at: datetime | None
    is_silent: bool


def scheduler(request: HttpRequest) -> dict[str, Any]:
    """Asked, by one query, only where a template shows it: on an administrator's pages."""
    return {"scheduler": SimpleLazyObject(_scheduler)}


def _scheduler() -> Scheduler:
    sweep = Sweep.objects.first()
    return Scheduler(sweep.at if sweep else None, health.is_silent(sweep, timezone.now()))
