"""Which changes are new to a person: what came after the mark they set themselves.

Without a mark it is what came since they have an account; nothing counts for more than thirty days,
so that nobody meets a number that only grows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Max, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from xdportal.accounts.models import User
from xdportal.catalog.models import Catalog, SeenChanges, Snapshot
from xdportal.catalog.models.catalog import CatalogQuerySet

RECENT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Unseen:
    """What is new to a person in some lists."""

    since: datetime  # older changes are not new
    numbers: dict[int, int]  # by list: the snapshot up to which the changes were read
    total: int  # changes that are new
    marked_at: datetime | None  # when the person last said so
    upto: int  # the latest snapshot's primary key: what can be marked as read now

    def has(self, snapshot: Snapshot) -> bool:
        is_later = snapshot.number > self.numbers.get(snapshot.catalog_id, 1)
        return is_later and snapshot.taken_at >= self.since

    def last_new(self, snapshots: Iterable[Snapshot]) -> Snapshot | None:
        """Return the last new one before the first that is not; None if that one is not there.

        First lists change nothing, so they are neither.
        """
        last = None
        for snapshot in snapshots:
            if snapshot.number == 1:
                continue
            if not self.has(snapshot):
                return last
            last = snapshot
        return None


def with_unseen(catalogs: CatalogQuerySet, user: User, at: datetime) -> CatalogQuerySet:
    """Annotate lists with `seen_number`, `seen_at` and `unseen`, the number of new changes."""
    marks = SeenChanges.objects.filter(user=user, catalog=OuterRef("pk"))
    number = Coalesce(Subquery(marks.values("number")[:1]), Value(1))
    marked = catalogs.annotate(seen_number=number, seen_at=Subquery(marks.values("at")[:1]))
    new = Snapshot.objects.filter(
        catalog=OuterRef("pk"),
        number__gt=OuterRef("seen_number"),
        taken_at__gte=_since(user, at),
    )
    changes = Sum(F("added") + F("removed") + F("changed"))
    summed = new.order_by().values("catalog").annotate(changes=changes).values("changes")
    return marked.annotate(unseen=Coalesce(Subquery(summed), Value(0)))


def unseen_in(rows: Sequence[Any], user: User, at: datetime) -> Unseen:
    """Return what is new in lists that `with_unseen` has annotated. No query."""
    marks = [row.seen_at for row in rows if row.seen_at is not None]
    return Unseen(
        since=_since(user, at),
        numbers={row.pk: row.seen_number for row in rows},
        total=sum(row.unseen for row in rows),
        marked_at=max(marks, default=None),
        upto=max((row.latest_snapshot_id or 0 for row in rows), default=0),
    )


@transaction.atomic
def mark(catalogs: Iterable[Catalog], user: User, upto: int, at: datetime) -> None:
    """Take the changes up to a snapshot as read; what came later stays new.

    A mark never moves back.
    """
    snapshots = Snapshot.objects.filter(catalog__in=[one.pk for one in catalogs], pk__lte=upto)
    numbers = snapshots.order_by().values_list("catalog").annotate(number=Max("number"))
    marks = [
        SeenChanges(user=user, catalog_id=catalog_id, number=number, at=at)
        for catalog_id, number in numbers
    ]
    later = {row.catalog_id: row.number for row in SeenChanges.objects.filter(user=user)}
    SeenChanges.objects.bulk_create(
        [one for one in marks if one.number >= later.get(one.catalog_id, 0)],
        update_conflicts=True,
        unique_fields=["user", "catalog"],
        update_fields=["number", "at"],
    )


def _since(user: User, at: datetime) -> datetime:
    return max(user.date_joined, at - RECENT)
