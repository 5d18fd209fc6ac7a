"""Turn the difference of two lists into rows that end and rows that begin."""

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field

from xdportal.catalog.compare import ChangeKind, change_kind
from xdportal.catalog.models import AsLine, Catalog
from xdportal.catalog.models.listing import Row
from xdportal.lib import prepared
from xdportal.provider.records import Line, id_of

BATCH = 900  # values in one statement, within the limits of every SQLite


@dataclass(slots=True)
class RowsOfId:
    """What is known of one id while its rows are written."""

    first_seen: int | None = None  # the snapshot that first listed it
    open: dict[Line, int] = field(default_factory=dict)  # its open rows so far, with their keys
    ended: int = 0
    begun: int = 0

    @property
    def change_kind(self) -> ChangeKind:
        return change_kind(
            listed_before=bool(self.open),
            listed_after=len(self.open) - self.ended + self.begun > 0,
            seen=self.first_seen is not None,
        )


def write(catalog: Catalog, number: int, differing: Set[Line]) -> Counter[ChangeKind]:
    """Write what snapshot `number` changes; return how many ids changed in each way.

    Of the lines that differ, those with an open row end, the others begin. Three statements for
    some 900 of them.
    """
    kinds: Counter[ChangeKind] = Counter()
    for batch in _batches_by_id(sorted(differing)):
        rows = _write_batch(catalog, number, batch)
        kinds.update(row.change_kind for row in rows)
    return kinds


def _write_batch(catalog: Catalog, number: int, differing: Sequence[Line]) -> list[RowsOfId]:
    """Write some lines; all lines of an id come together."""
    model = catalog.listing_model
    by_id = {id_of(line).decode(): RowsOfId() for line in differing}
    if number > 1:
        _look_up(catalog, by_id)
    ending: list[int] = []
    beginning: list[Row] = []
    for line in differing:
        rows = by_id[id_of(line).decode()]
        if line in rows.open:
            ending.append(rows.open[line])
            rows.ended += 1
        else:
            beginning.append(model.row(catalog.pk, line, number, rows.first_seen or number))
            rows.begun += 1
    for start in range(0, len(ending), BATCH):
        model.objects.filter(pk__in=ending[start : start + BATCH]).update(ended=number)
    prepared.insert_many(model, model.written_fields(), beginning)
    return list(by_id.values())


def _look_up(catalog: Catalog, by_id: dict[str, RowsOfId]) -> None:
    rows = catalog.listings.filter(item_id__in=by_id)
    line = AsLine(*catalog.listing_model.columns())
    columns = ("pk", "item_id", "ended", "first_seen", line)
    for key, item_id, ended, first_seen, content in rows.values_list(*columns):
        of_id = by_id[item_id]
        of_id.first_seen = first_seen
        if ended is None:
            of_id.open[bytes(content)] = key


def _batches_by_id(lines: Sequence[Line]) -> Iterator[Sequence[Line]]:
    """Yield the sorted lines in batches, with all lines of an id in one."""
    start = 0
    while start < len(lines):
        end = min(start + BATCH, len(lines))
        while end < len(lines) and id_of(lines[end]) == id_of(lines[end - 1]):
            end += 1
        yield lines[start:end]
        start = end
