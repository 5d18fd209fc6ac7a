"""The cards of the dashboard: a connection each, with the state of its lists."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import OuterRef, Q, Subquery
from django.utils.functional import Promise

from xdportal.accounts.access import Right, Viewer, allows
from xdportal.catalog import history
from xdportal.catalog.history import DayCount
from xdportal.catalog.kinds import IMAGES, PACKAGES, PERSONAL, CatalogKind, spec_of
from xdportal.catalog.models import Catalog, Check
from xdportal.catalog.models.catalog import CatalogQuerySet
from xdportal.catalog.pages.marks import Mark, mark_of
from xdportal.catalog.pages.state import State, StateName, state_of
from xdportal.connections.models import Connection

STRIP = 24
TABLE_FROM = 5  # connections: fewer are cards
COLUMNS: tuple[tuple[Promise, tuple[str, ...]], ...] = (
    (IMAGES.label, (Catalog.Kind.IMAGES,)),
    (PACKAGES, (Catalog.Kind.PACKAGES_PAYG, Catalog.Kind.PACKAGES_RENTAL)),
    (PERSONAL.label, (Catalog.Kind.PERSONAL,)),
)
PASSED_OVER = (StateName.OFF, StateName.WAITING)  # as long as another list says more


@dataclass(frozen=True, slots=True)
class ListRow:
    """One list of a connection."""

    catalog: Catalog
    kind: CatalogKind
    state: State
    today: DayCount | None


class Cell(NamedTuple):
    """The lists of one column of a connection's row."""

    label: Promise
    rows: list[ListRow]


@dataclass(slots=True)
class Card:
    connection: Connection
    lists: list[ListRow]
    shown: ListRow  # the list whose state the card shows: the one that needs someone most
    may_check: bool
    may_mend: bool
    strip: list[Check] = field(default_factory=list)

    @property
    def state(self) -> State:
        return self.shown.state

    @property
    def catalog(self) -> Catalog:
        return self.shown.catalog

    @property
    def mark(self) -> Mark:
        return mark_of([row.state for row in self.lists])[0]

    @property
    def is_busy(self) -> bool:
        return any(row.state.is_busy for row in self.lists)

    @property
    def cells(self) -> list[Cell]:
        return [
            Cell(label, [row for row in self.lists if row.catalog.kind in kinds])
            for label, kinds in COLUMNS
        ]

    @property
    def today(self) -> DayCount | None:
        """Return what changed today in all lists; None if nothing did."""
        counts = [row.today for row in self.lists if row.today is not None]
        return sum(counts, DayCount()) if counts else None


def with_strip_start(catalogs: CatalogQuerySet) -> CatalogQuerySet:
    """Annotate lists with when the first check of their strip began; None if there are fewer."""
    last = Check.objects.filter(catalog=OuterRef("pk")).order_by("-started", "-pk")
    return catalogs.annotate(strip_start=Subquery(last.values("started")[STRIP - 1 : STRIP]))


def cards_of(
    catalogs: Sequence[Catalog], viewer: Viewer, now: datetime, midnight: datetime
) -> list[Card]:
    """Return the connections of these lists: first those that need someone, then those that changed
    today. Two queries. Expects lists `with_strip_start`.
    """
    today = history.changes_since(catalogs, midnight)
    by_connection: dict[int, list[ListRow]] = {}
    for catalog in catalogs:
        row = ListRow(catalog, spec_of(catalog), state_of(catalog, now), today.get(catalog.pk))
        by_connection.setdefault(catalog.connection_id, []).append(row)
    cards = [_card(rows, viewer) for rows in by_connection.values()]
    if not is_table(cards):
        _read_strips(cards)
    cards.sort(key=lambda card: (card.state.need, card.today is None))
    return cards


def is_table(cards: Sequence[Card]) -> bool:
    """Whether they are so many that each is a row of a table, which has no strip."""
    return len(cards) >= TABLE_FROM


def _card(rows: list[ListRow], viewer: Viewer) -> Card:
    enabled = [row for row in rows if row.catalog.enabled]
    telling = [row for row in enabled if row.state.name not in PASSED_OVER] or enabled or rows
    shown = min(telling, key=lambda row: row.state.need)
    may_work = allows(shown.catalog, Right.WORK)
    connection = shown.catalog.connection
    is_own = viewer.is_user(connection.owner_id)
    return Card(connection, enabled, shown, may_work, may_work and is_own)


def _read_strips(cards: Sequence[Card]) -> None:
    """Read the last checks of each card's list. One query, which reads no older ones."""
    wanted = Q(pk__in=[])
    shown: list[Any] = [card.catalog for card in cards]
    for catalog in shown:
        is_shown = Q(catalog=catalog)
        if catalog.strip_start is not None:
            is_shown &= Q(started__gte=catalog.strip_start)
        wanted |= is_shown
    strips: dict[int, list[Check]] = defaultdict(list)
    for check in Check.objects.filter(wanted).select_related("snapshot").newest_first():
        strips[check.catalog_id].append(check)
    for card in cards:
        card.strip = strips[card.catalog.pk][:STRIP][::-1]
