"""Who is told that a catalog is out of date, and that it is not any more: each once.

What has been told stands in `Catalog.stale_told_at`. A conditional update before the mail makes two workers tell it
once; a mail that the server does not take is taken back there, and sent a minute later.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import F

from xdportal.accounts.models import Membership, Role, User
from xdportal.catalog.models import Catalog
from xdportal.operations import mail


def tell(at: datetime) -> None:
    for catalog in _send("stale", [catalog for catalog in _stale(at) if _claim(catalog, at)]):
        Catalog.objects.filter(pk=catalog.pk).update(stale_told_at=None)
    for catalog in _send("fresh", [catalog for catalog in _fresh() if _release(catalog)]):
        Catalog.objects.filter(pk=catalog.pk).update(stale_told_at=catalog.stale_told_at)


def _stale(at: datetime) -> list[Catalog]:
    """Those that a check did not help. What nobody has tried since it became stale is about to be checked (after a
    pause, or a night without a worker); that nothing at all is tried is the scheduler's silence.
    """
    rows = Catalog.objects.stale(at).filter(stale_told_at=None)
    return [catalog for catalog in rows.select_related("connection__owner", "latest_check") if _was_tried(catalog)]


def _was_tried(catalog: Catalog) -> bool:
    trusted_at = catalog.last_ok_at or catalog.connection.created_at
    limit = trusted_at + timedelta(seconds=2 * catalog.connection.interval)
    return catalog.latest_check is not None and catalog.latest_check.ended > limit


def _fresh() -> list[Catalog]:
    rows = Catalog.objects.filter(last_ok_at__gt=F("stale_told_at"))
    return list(rows.select_related("connection__owner", "latest_check"))


def _claim(catalog: Catalog, at: datetime) -> bool:
    """Only while no check has gone well meanwhile: otherwise the all-clear would never come."""
    rows = Catalog.objects.filter(pk=catalog.pk, stale_told_at=None, last_ok_at=catalog.last_ok_at)
    return bool(rows.update(stale_told_at=at))


def _release(catalog: Catalog) -> bool:
    return bool(Catalog.objects.filter(pk=catalog.pk, stale_told_at=catalog.stale_told_at).update(stale_told_at=None))


def _send(name: str, catalogs: list[Catalog]) -> set[Catalog]:
    """One mail a person, naming all that concern them. Those of which somebody could not be told."""
    untold: set[Catalog] = set()
    for person, some in _by_person(catalogs).items():
        if not mail.send(person, name, {"catalogs": some}):
            untold.update(some)
    return untold


def _by_person(catalogs: Iterable[Catalog]) -> dict[User, list[Catalog]]:
    """Each connection's owner, and the owners of its team."""
    found: defaultdict[User, list[Catalog]] = defaultdict(list)
    for catalog in catalogs:
        owners = Membership.objects.filter(team=catalog.connection.team_id, role=Role.OWNER).select_related("user")
        people = {membership.user for membership in owners}
        if catalog.connection.owner is not None:
            people.add(catalog.connection.owner)
        for person in people:
            if person.is_active and person.email:
                found[person].append(catalog)
    return found
