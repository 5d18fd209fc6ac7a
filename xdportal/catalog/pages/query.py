"""What the query string of a list asks for."""

from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from xdportal.catalog.kinds import CatalogKind, Field

AVAILABLE, WITHDRAWN = "available", "withdrawn"
RECENT_STATUSES = ("new", "returned", "changed")  # of what is listed
STATUSES = (AVAILABLE, *RECENT_STATUSES, WITHDRAWN)
LONGEST_QUERY = 200
MOST_WORDS = 8  # each is a scan of the list
MOST_VALUES = 40  # of a facet, beside the chosen ones
LONGEST_PRICE = 20


@dataclass(frozen=True, slots=True)
class ItemQuery:
    """What the query string asks for.

    Unknown statuses, sorts and prices count as not given; other values that make no sense find
    nothing.
    """

    q: str = ""
    chosen: tuple[tuple[str, tuple[str, ...]], ...] = ()  # facet's name → values
    statuses: tuple[str, ...] = ()  # none: what is available
    sort: str = "id"
    least: Decimal | None = None  # price
    most: Decimal | None = None
    finds: tuple[tuple[str, str], ...] = ()  # facet's name → what its values are searched for

    @classmethod
    def read(cls, data: QueryDict, kind: CatalogKind) -> "ItemQuery":
        sort = data.get("sort", "id")
        if sort.removeprefix("-") not in sorts_of(kind):
            sort = "id"
        return cls(
            q=" ".join(data.get("q", "").replace("\0", " ").split())[:LONGEST_QUERY],
            chosen=tuple((field.name, _texts(data, field)) for field in kind.facets),
            statuses=tuple(s for s in STATUSES if s in data.getlist("status")),
            sort=sort,
            least=_price(data, "min") if kind.has_price else None,
            most=_price(data, "max") if kind.has_price else None,
            finds=tuple((field.name, _find(data, field)) for field in kind.facets),
        )

    @property
    def words(self) -> list[str]:
        return list(dict.fromkeys(self.q.split()))[:MOST_WORDS]

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the status leaves items out."""
        return bool(self.q) or self.has_values or self.has_limits

    @property
    def is_chosen(self) -> bool:
        """Whether any filter beside the words is set."""
        return self.has_values or self.has_limits or not self.is_of_all_available

    @property
    def is_filtered(self) -> bool:
        return self.is_narrowed or not self.is_of_all_available

    @property
    def has_values(self) -> bool:
        return any(values for _, values in self.chosen)

    @property
    def has_limits(self) -> bool:
        return self.least is not None or self.most is not None

    @property
    def is_of_all_available(self) -> bool:
        return set(self.statuses) <= {AVAILABLE}

    @property
    def with_withdrawn(self) -> bool:
        return WITHDRAWN in self.statuses

    @property
    def with_listed(self) -> bool:
        return set(self.statuses) != {WITHDRAWN}

    @property
    def recent(self) -> tuple[str, ...]:
        """The recent statuses that what is listed is narrowed to; none: all of it."""
        return tuple(status for status in self.statuses if status in RECENT_STATUSES)

    def values(self, facet: str) -> tuple[str, ...]:
        return dict(self.chosen).get(facet, ())

    def find(self, facet: str) -> str:
        return dict(self.finds).get(facet, "")

    def without(self, facet: str) -> "ItemQuery":
        others = tuple((name, values) for name, values in self.chosen if name != facet)
        return replace(self, chosen=others)


def sorts_of(kind: CatalogKind) -> tuple[str, ...]:
    return ("id", *(field.query for field in kind.fields), "seen", "changed")


def sorts_in_words(kind: CatalogKind) -> list[tuple[str, str]]:
    """Return what a list can be ordered by, with the words for it."""
    fields = [(field.query, capfirst(str(field.label))) for field in kind.fields]
    return [
        ("id", str(kind.id_label)),
        *fields,
        ("seen", _("First seen")),
        ("changed", _("Last change")),
    ]


def _texts(data: QueryDict, field: Field) -> tuple[str, ...]:
    """Return the values asked for. An empty one counts only where a field may be empty."""
    asked = data.getlist(field.query)
    values = [value for value in asked if (value or field.optional) and "\0" not in value]
    return tuple(dict.fromkeys(values))[:MOST_VALUES]


def _find(data: QueryDict, field: Field) -> str:
    text = data.get(f"find-{field.query}", "").replace("\0", " ")
    return text.strip()[:LONGEST_QUERY]


def _price(data: QueryDict, name: str) -> Decimal | None:
    text = data.get(name, "").strip()[:LONGEST_PRICE]
    try:
        price = Decimal(text)
    except InvalidOperation:
        return None
    return price if price.is_finite() and abs(price.adjusted()) < LONGEST_PRICE else None
