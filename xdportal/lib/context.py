"""What the base template asks for."""

from typing import NamedTuple

from django.http import HttpRequest
from django.utils import timezone

from xdportal.lib import dates
from xdportal.lib.navigation import Navigation


class Zone(NamedTuple):
    """The zone of all times on a page."""

    name: str
    offset: str  # UTC+08:00


def zone(request: HttpRequest) -> dict[str, Zone]:
    """Return the viewer's zone as it is now; the middleware has activated it."""
    offset = dates.offset(timezone.now())
    return {"zone": Zone(timezone.get_current_timezone_name(), f"UTC{offset}")}


def navigation(request: HttpRequest) -> dict[str, Navigation]:
    return {"navigation": Navigation(request)}
