"""Where two lists differ becomes rows: those that ended, and those that began."""

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field

from xdportal.catalog.compare import Kind, kind_of
from xdportal.catalog.models import LISTING_FIELDS, AsLine, Catalog, Listing
from xdportal.provider.kinds import IMAGES
from xdportal.provider.records import Line, id_of

BATCH = 900  # values in one statement, within the limits of every SQLite


@dataclass(slots=True)
class Family:
    """What is known of one id while its rows are written."""

    seen: int | None = None  # the snapshot that first listed it
    open: dict[Line, int] = field(default_factory=dict)  # its open rows so far, with their keys
    gone: int = 0
    come: int = 0

    @property
    def kind(self) -> Kind:
        return kind_of(
            listed_before=bool(self.open),
            listed_after=len(self.open) - self.gone + self.come > 0,
            seen=self.seen is not None,
        )


def write(catalog: Catalog, number: int, before: Set[Line], after: Set[Line]) -> Counter[Kind]:
    """What snapshot `number` changes; how many ids of each kind. Three statements for some 900 rows that differ."""
    kinds: Counter[Kind] = Counter()
    for some in _batches_by_id(sorted(before ^ after)):
        kinds.update(family.kind for family in _write_some(catalog, number, some))
    return kinds


def _write_some(catalog: Catalog, number: int, differing: Sequence[Line]) -> list[Family]:
    """Not all at once: a model's instance weighs many times its line. All lines of an id come together."""
    families = {id_of(line).decode(): Family() for line in differing}
    if number > 1:
        _look_up(catalog, families)
    come, gone = [], []
    for line in differing:
        image = IMAGES.record_of(line)
        family = families[image.id]
        if line in family.open:
            gone.append(family.open[line])
            family.gone += 1
        else:
            columns = dict(zip(LISTING_FIELDS, image, strict=True))
            come.append(Listing(catalog=catalog, **columns, first=number, seen=family.seen or number))
            family.come += 1
    for start in range(0, len(gone), BATCH):
        Listing.objects.filter(pk__in=gone[start : start + BATCH]).update(ended=number)
    Listing.objects.bulk_create(come)
    return list(families.values())


def _look_up(catalog: Catalog, families: dict[str, Family]) -> None:
    rows = Listing.objects.filter(catalog=catalog, image_id__in=families)
    columns = ("pk", "image_id", "ended", "seen", AsLine(*LISTING_FIELDS))
    for key, image_id, ended, seen, line in rows.values_list(*columns):
        family = families[image_id]
        family.seen = seen
        if ended is None:
            family.open[bytes(line)] = key


def _batches_by_id(lines: Sequence[Line]) -> Iterator[Sequence[Line]]:
    """The sorted lines in batches, with all lines of an id in one."""
    start = 0
    while start < len(lines):
        end = min(start + BATCH, len(lines))
        while end < len(lines) and id_of(lines[end]) == id_of(lines[end - 1]):
            end += 1
        yield lines[start:end]
        start = end
