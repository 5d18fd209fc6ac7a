"""What an answer says about the list that it comes from."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from xdportal.catalog import records
from xdportal.catalog.models import Catalog, Snapshot
from xdportal.catalog.pages.state import StateName, state_of

Meta = dict[str, Any]


def of_catalog(catalog: Catalog, at: datetime) -> Meta:
    latest = catalog.latest_snapshot
    return {
        **_names(catalog),
        "snapshot": catalog.latest_number or None,
        "taken_at": records.time(latest.taken_at if latest else None),
        "checked_at": records.time(catalog.last_ok_at),
        "stale": is_stale(catalog, at),
        "held": is_held(catalog),
    }


def of_snapshot(catalog: Catalog, snapshot: Snapshot) -> Meta:
    """Return the meta of a former list: it never changes."""
    taken_at = records.time(snapshot.taken_at)
    return {
        **_names(catalog),
        "snapshot": snapshot.number,
        "taken_at": taken_at,
        "checked_at": taken_at,
        "stale": False,
        "held": False,
    }


def is_held(catalog: Catalog) -> bool:
    return catalog.quarantined_answer is not None


def is_stale(catalog: Catalog, at: datetime) -> bool:
    """Whether the list cannot be relied on for any reason but an answer that is held.

    A list that is paused, switched off, refused or was never read is as good as out of date.
    """
    name = state_of(catalog, at).name
    if name is StateName.SUSPECT:
        return catalog.last_ok_at is None or catalog.is_stale(at)
    return name is not StateName.OK


def version_of(catalog: Catalog, at: datetime) -> tuple[object, ...]:
    """Return what an answer from the present list depends on, for its ETag."""
    return catalog.pk, catalog.latest_number, is_stale(catalog, at), is_held(catalog)


def versions_of(catalogs: Iterable[Catalog], at: datetime) -> list[tuple[object, ...]]:
    return [version_of(catalog, at) for catalog in catalogs]


def _names(catalog: Catalog) -> Meta:
    return {
        "connection": catalog.slug,
        "environment": catalog.connection.environment,
        "kind": catalog.kind,
    }
