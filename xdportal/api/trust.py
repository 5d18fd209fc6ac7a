"""Unknown is not ok: lists that cannot be relied on are refused, not used."""

from datetime import datetime

from django.utils.translation import gettext as _

from xdportal.alerts.pins.state import Finding
from xdportal.alerts.sentences import unknown_reason
from xdportal.api import problems
from xdportal.api.problems import Problem
from xdportal.catalog.models import Catalog
from xdportal.catalog.pages.state import StateName, state_of

SHORTEST, LONGEST = 5, 3600  # seconds to wait before asking again


def require_trusted(catalog: Catalog, at: datetime) -> None:
    name = state_of(catalog, at).name
    if name is not StateName.OK:
        raise unknown(catalog, name, at)


def require_read(catalog: Catalog, at: datetime) -> None:
    """Refuse a list that was never read: there is nothing to answer from."""
    if catalog.latest_snapshot is None:
        raise unknown(catalog, state_of(catalog, at).name, at)


def unknown(catalog: Catalog, name: StateName, at: datetime) -> Problem:
    words = {"connection": catalog.connection.name, "reason": unknown_reason(name)}
    detail = _("Unknown in %(connection)s: %(reason)s.") % words
    wait = {"Retry-After": str(wait_for(catalog, at))}
    return Problem(problems.UNKNOWN, detail, headers=wait)


def unknown_pin(finding: Finding, at: datetime) -> Problem:
    return unknown(finding.catalog, StateName(finding.reason or StateName.STALE), at)


def wait_for(catalog: Catalog, at: datetime) -> int:
    """Return after how many seconds it is worth asking again."""
    seconds = round((catalog.next_check_at - at).total_seconds())
    return min(max(seconds, SHORTEST), LONGEST)
