"""What administrators see above every page."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone

from xdportal.catalog.models import Sweep
from xdportal.lib import navigation
from xdportal.lib.navigation import Part, Place
from xdportal.operations import health


@dataclass(frozen=True, slots=True)
class Silence:
    at: datetime | None  # when the scheduler last looked for what is due
    is_ahead: bool = False  # that is still to come: the clock was set back


def silence(request: HttpRequest) -> Silence | None:
    """Return the scheduler's silence, for administrators only. One query."""
    if not request.user.is_superuser:
        return None
    sweep = Sweep.objects.first()
    now = timezone.now()
    if not health.is_silent(sweep, now):
        return None
    if sweep is None:
        return Silence(None)
    return Silence(sweep.at, is_ahead=sweep.at > now)


def register() -> None:
    navigation.add(Part(place=Place.NOTICE, template="operations/_silence.html", data=silence))
