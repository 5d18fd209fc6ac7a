"""Two snapshots side by side."""

from dataclasses import dataclass

from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict

from xdportal.catalog import history
from xdportal.catalog.compare import RISK, Change, Counts, count
from xdportal.catalog.models import Catalog, Listings, Snapshot


class CompareForm(forms.Form):
    """`?from=…&to=…`; without them the previous and the latest snapshot."""

    def __init__(self, catalog: Catalog, data: QueryDict) -> None:
        super().__init__(data)
        self.catalog = catalog
        self.fields["from"] = forms.IntegerField(required=False, min_value=1)
        self.fields["to"] = forms.IntegerField(required=False, min_value=1)
        self.fields["only"] = forms.CharField(required=False)
        self.is_valid()
        self.missing = [number for number in self._asked() if number and self._snapshot(number) is None]

    def pair(self) -> tuple[Snapshot, Snapshot]:
        """The two snapshots; for a number there is none of, the one that is shown by default."""
        latest = self.catalog.latest_snapshot
        assert latest is not None  # noqa: S101
        older, newer = self._asked()
        to = self._snapshot(newer) or latest
        return self._snapshot(older) or self._snapshot(max(to.number - 1, 1)) or latest, to

    def shows_all(self) -> bool:
        return self.cleaned_data.get("only") == "all"

    def choices(self, most: int) -> QuerySet[Snapshot]:
        newest = self.catalog.latest_number
        chosen = [number for number in self._asked() if number]
        return self.catalog.snapshots.filter(Q(number__gt=newest - most) | Q(number__in=chosen)).order_by("-number")

    def _asked(self) -> tuple[int | None, int | None]:
        return self.cleaned_data.get("from"), self.cleaned_data.get("to")

    def _snapshot(self, number: int | None) -> Snapshot | None:
        return self.catalog.snapshots.filter(number=number).first() if number and number < 2**31 else None


@dataclass(slots=True)
class Comparison:
    catalog: Catalog
    older: Snapshot
    newer: Snapshot
    changes: list[Change]
    counts: Counts

    @classmethod
    def of(cls, catalog: Catalog, older: Snapshot, newer: Snapshot) -> "Comparison":
        found = history.difference(catalog, older.number, newer.number)
        found.sort(key=lambda change: RISK[change.kind])
        return cls(catalog, older, newer, found, count(change.kind for change in found))

    @property
    def is_same(self) -> bool:
        return self.older.number == self.newer.number

    @property
    def is_backwards(self) -> bool:
        return self.older.number > self.newer.number

    @property
    def unchanged_count(self) -> int:
        return self.newer.item_count - sum(len(change.after) for change in self.changes)

    def unchanged(self) -> Listings:
        """The rows of the newer list whose id does not differ."""
        touched = [change.item_id for change in self.changes]
        listings = self.catalog.listings.as_of(self.newer.number).exclude(item_id__in=touched)
        return listings.in_natural_order(numeric=self.newer.numeric)
