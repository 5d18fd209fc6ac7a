"""Two connections side by side: what one offers and the other does not."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from django.http import QueryDict

from xdportal.accounts.access import Viewer
from xdportal.catalog import history, side_by_side
from xdportal.catalog.grades import Grade
from xdportal.catalog.kinds import KINDS, CatalogKind
from xdportal.catalog.models import Catalog, Snapshot
from xdportal.catalog.pages import moments
from xdportal.catalog.pages.moments import Asked
from xdportal.catalog.side_by_side import Pair, SideBySide
from xdportal.provider.records import Record


class Match(StrEnum):
    ID = "id"
    MEANING = "meaning"


class Group(StrEnum):
    """In the order of the page: the trap first."""

    OTHER_MEANING = "same_id_other_meaning"
    LEFT = "only_left"
    RIGHT = "only_right"
    DIFFERS = "differs"


GRADES = {
    Group.OTHER_MEANING: Grade.REUSED,
    Group.LEFT: Grade.WITHDRAWN,
    Group.RIGHT: Grade.ADDED,
    Group.DIFFERS: Grade.FINE,
}


class Line(NamedTuple):
    group: Group
    left: Record | None
    right: Record | None

    @property
    def grade(self) -> Grade:
        return GRADES[self.group]


@dataclass(frozen=True, slots=True)
class Side:
    catalog: Catalog
    snapshot: Snapshot | None  # None: never read, or not at that time
    asked: Asked

    @classmethod
    def of(cls, catalog: Catalog, text: str) -> "Side":
        asked = moments.ask(catalog, text, end_of_day=True)
        is_now = not asked.text
        return cls(catalog, catalog.latest_snapshot if is_now else asked.snapshot, asked)

    @property
    def at_value(self) -> str:
        """Return what the date field holds: empty for the present list."""
        return moments.field_value(self.snapshot) if self.asked.text and self.snapshot else ""

    def records(self, kind: CatalogKind) -> list[Record]:
        """One query."""
        if self.snapshot is None:
            return []
        lines = history.lines_as_of(self.catalog, self.snapshot.number)
        return [kind.provider.record_of(line) for line in lines]


@dataclass
class Sides:
    """What is compared. `left` and `right` are None if no list of the kind is visible."""

    choices: list[Catalog]  # every list of the kind that the viewer sees
    kind: CatalogKind
    left: Side | None
    right: Side | None
    match: Match

    @classmethod
    def read(cls, viewer: Viewer, data: QueryDict) -> "Sides":
        """One query for the lists, and one for each time that is named."""
        kind = KINDS.get(data.get("kind", ""), KINDS[Catalog.Kind.IMAGES])
        choices = _catalogs(viewer, kind)
        left = _chosen(choices, data.get("left", ""))
        right = _chosen(choices, data.get("right", "")) or _counterpart(choices, left)
        left = left or next((one for one in choices if one != right), None)
        asked = data.get("match", "")
        match = Match(asked) if asked in set(Match) else _default_match(left, right)
        return cls(
            choices,
            kind,
            Side.of(left, data.get("left_at", "")) if left else None,
            Side.of(right, data.get("right_at", "")) if right else None,
            match,
        )

    @property
    def is_complete(self) -> bool:
        both = (self.left, self.right)
        return all(side is not None and side.snapshot is not None for side in both)

    @cached_property
    def found(self) -> SideBySide:
        """Two queries."""
        if self.left is None or self.right is None:
            return SideBySide()
        compare = side_by_side.by_id if self.match is Match.ID else side_by_side.by_meaning
        return compare(self.kind, self.left.records(self.kind), self.right.records(self.kind))

    @cached_property
    def lines(self) -> list[Line]:
        found = self.found
        return [
            *_pairs(Group.OTHER_MEANING, found.same_id_other_meaning),
            *(Line(Group.LEFT, record, None) for record in found.only_left),
            *(Line(Group.RIGHT, None, record) for record in found.only_right),
            *_pairs(Group.DIFFERS, found.differs),
        ]

    @property
    def numbers(self) -> dict[Group, int]:
        """Return how many lines each group has, on all pages."""
        return {group: len(getattr(self.found, group.value)) for group in Group}

    @property
    def counts(self) -> list[tuple[Group, Grade, int]]:
        return [(group, GRADES[group], number) for group, number in self.numbers.items()]

    @property
    def names(self) -> tuple[str, str]:
        """Return what tells the two sides apart: the environments, or the connections."""
        if self.left is None or self.right is None:
            return "", ""
        left, right = self.left.catalog.connection, self.right.catalog.connection
        if left.environment != right.environment and left.name == right.name:
            return str(left.get_environment_display()), str(right.get_environment_display())
        return str(left), str(right)


def _catalogs(viewer: Viewer, kind: CatalogKind) -> list[Catalog]:
    catalogs = Catalog.objects.visible_to(viewer).filter(kind=kind.name, enabled=True)
    joined = catalogs.select_related("connection__team", "latest_snapshot", "quarantined")
    return list(joined.order_by("connection__name", "connection__environment", "pk"))


def _chosen(choices: Sequence[Catalog], slug: str) -> Catalog | None:
    return next((catalog for catalog in choices if catalog.slug == slug), None)


def _counterpart(choices: Sequence[Catalog], left: Catalog | None) -> Catalog | None:
    """Return the same account or name in the other environment, else any other list."""
    first = left or next(iter(choices), None)
    if first is None:
        return None
    others = [catalog for catalog in choices if catalog != first]
    others.sort(key=lambda catalog: _distance(first, catalog))
    return next(iter(others), None)


def _distance(first: Catalog, other: Catalog) -> tuple[bool, bool]:
    a, b = first.connection, other.connection
    is_alike = a.name == b.name or a.account_id == b.account_id
    return (not is_alike, a.environment == b.environment)


def _default_match(left: Catalog | None, right: Catalog | None) -> Match:
    environments = {side.connection.environment for side in (left, right) if side}
    return Match.ID if len(environments) < 2 else Match.MEANING


def _pairs(group: Group, pairs: Sequence[Pair]) -> list[Line]:
    return [Line(group, pair.left, pair.right) for pair in pairs]
