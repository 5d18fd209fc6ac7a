"""Which changes are new to a person: what came after the mark they set themselves.

Without a mark it is what came since they have an account; nothing counts for more than thirty days,
so that nobody meets a number that only grows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, FilteredRelation, Max, Q, Sum

from xdportal.accounts.models import User
from xdportal.catalog.models import Catalog, SeenChanges, Snapshot

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


def new_changes(catalogs: Iterable[Catalog], user: User, at: datetime) -> int:
    """Return how many changes of the lists are new. One query; none where nothing can be new.

    The lists' latest snapshots must be joined. What was taken before the span is not read, however
    long the history is: the mark alone would not bound it.
    """
    since = _since(user, at)
    keys = [catalog.pk for catalog in catalogs if _may_have_new(catalog, since)]
    if not keys:
        return 0
    marks = FilteredRelation("catalog__seen", condition=Q(catalog__seen__user=user))
    recent = Snapshot.objects.with_changes().filter(catalog__in=keys, taken_at__gte=since)
    is_later = Q(mark=None) | Q(number__gt=F("mark__number"))
    counts = (
        recent.annotate(mark=marks)
        .filter(is_later)
        .aggregate(changes=Sum(F("added") + F("removed") + F("changed")))
    )
    return int(counts["changes"] or 0)


def unseen_in(catalogs: Sequence[Catalog], user: User, at: datetime) -> Unseen:
    """Return what is new in some lists, whose latest snapshots are joined. Two queries."""
    marks = SeenChanges.objects.filter(user=user, catalog__in=[row.pk for row in catalogs])
    rows = list(marks.values_list("catalog_id", "number", "at"))
    return Unseen(
        since=_since(user, at),
        numbers={catalog_id: number for catalog_id, number, _ in rows},
        total=new_changes(catalogs, user, at),
        marked_at=max((marked_at for _, _, marked_at in rows), default=None),
        upto=max((row.latest_snapshot_id or 0 for row in catalogs), default=0),
    )


def _may_have_new(catalog: Catalog, since: datetime) -> bool:
    latest = catalog.latest_snapshot
    return latest is not None and latest.number > 1 and latest.recorded_at >= since


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
