"""Events are written in the transaction that makes them happen, and only at transitions."""

from datetime import datetime
from typing import Any

from django.db import transaction

from xdportal.catalog.models import Catalog, Event, Snapshot
from xdportal.catalog.signals import events_written
from xdportal.connections.models import Connection

FAILING_AFTER = 3  # failures in a row


def of_catalog(catalog: Catalog, type: Event.Type, at: datetime, **data: Any) -> None:
    connection = catalog.connection
    Event.objects.create(
        type=type,
        level=Event.level_of(type),
        at=at,
        team_id=connection.team_id,
        connection=connection,
        catalog=catalog,
        data=data,
    )
    transaction.on_commit(lambda: events_written.send(Catalog, catalog=catalog))


def of_connection(connection: Connection, type: Event.Type, at: datetime, **data: Any) -> None:
    Event.objects.create(
        type=type,
        level=Event.level_of(type),
        at=at,
        team_id=connection.team_id,
        connection=connection,
        data=data,
    )
    transaction.on_commit(lambda: events_written.send(Connection, catalog=None))


def changed(catalog: Catalog, snapshot: Snapshot, at: datetime) -> None:
    of_catalog(
        catalog,
        Event.Type.CATALOG_CHANGED,
        at,
        snapshot=snapshot.number,
        added=snapshot.added,
        removed=snapshot.removed,
        changed=snapshot.changed,
    )
