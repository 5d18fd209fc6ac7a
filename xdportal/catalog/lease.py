"""One check of a catalog at a time: the lease is taken by a conditional update and written back by its holder alone."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from xdportal.catalog.models import Catalog, Check
from xdportal.connections.models import Connection
from xdportal.lib.models import Tally

NO_LEASE: dict[str, Any] = {"lease_holder": "", "lease_until": None, "lease_started": None}


@dataclass(frozen=True, slots=True)
class Lease:
    catalog_id: int
    holder: str
    started: datetime


class Refused(Exception):
    """No check now; `reason` is a word of REASONS. Printed, never stored."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class LeaseLost(Exception):
    """Another process found the lease expired and took over; what this one brings is dropped."""


def claim(catalog_id: int, at: datetime, *, only_if_due: bool = False) -> Lease:
    """Takes the lease, or raises Refused. Who finds an expired one writes the check `aborted` for whoever held it."""
    catalog = Catalog.objects.select_related("connection").get(pk=catalog_id)
    if catalog.lease_until is not None and catalog.lease_until <= at:
        _bury(catalog, at)
        catalog.refresh_from_db()
    _refuse(catalog, at, only_if_due=only_if_due)
    lease = Lease(catalog_id, uuid.uuid4().hex, at)
    free = Catalog.objects.filter(pk=catalog_id, lease_until=None)
    if only_if_due:
        free = free.filter(next_check_at__lte=at)
    until = at + timedelta(seconds=settings.LEASE_SECONDS)
    if not free.update(lease_holder=lease.holder, lease_until=until, lease_started=at, queued_until=None):
        raise Refused("leased")
    return lease


@transaction.atomic
def _bury(catalog: Catalog, at: datetime) -> None:
    """Ends an expired lease, once, whoever comes first; the catalog is due."""
    expired = Catalog.objects.filter(pk=catalog.pk, lease_holder=catalog.lease_holder, lease_until__lte=at)
    if expired.update(next_check_at=at, **NO_LEASE):
        started = catalog.lease_started or at
        check = Check.objects.create(catalog=catalog, started=started, ended=at, outcome="aborted")
        Catalog.objects.filter(pk=catalog.pk).update(latest_check=check)
        Tally.objects.add("check", check.outcome, (at - started).total_seconds())


def held_catalog(lease: Lease) -> Catalog:
    """The catalog, locked for the running transaction; LeaseLost unless the lease is still ours."""
    catalog = (
        Catalog.objects.select_for_update(of=("self",))
        .select_related("connection", "latest_snapshot", "held")
        .filter(pk=lease.catalog_id, lease_holder=lease.holder)
        .first()
    )
    if catalog is None:
        raise LeaseLost
    return catalog


def _refuse(catalog: Catalog, at: datetime, *, only_if_due: bool) -> None:
    connection = catalog.connection
    if catalog.lease_until is not None and catalog.lease_until > at:
        raise Refused("leased")
    if connection.state == Connection.State.PAUSED:
        raise Refused("paused")
    if connection.is_held_back(at):
        raise Refused("retry_after")
    if only_if_due and catalog.next_check_at > at:
        raise Refused("not_due")
