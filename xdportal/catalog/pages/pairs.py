"""What can be booted: from a system to a package that fits, step by step."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import Count, F, Min, Q
from django.db.models.functions import Length
from django.http import QueryDict

from xdportal.accounts.access import Viewer
from xdportal.catalog.access import get_catalogs_or_404
from xdportal.catalog.models import AsNumber, Catalog, ImageListing, Listings, PackageListing
from xdportal.catalog.pairs import ALLOWED, Billing, Offer, Problem, Wish, fit, offers
from xdportal.provider.fields import MAX_LENGTH

MOST_CHOICES = 200  # in a column
IMAGES_AT_ONCE = 200
MOST_PAIRS = 500_000  # in one export


class Choice(NamedTuple):
    value: str
    number: int
    is_chosen: bool


class TypeChoice(NamedTuple):
    """An image of the system and version, with the number of packages that fit it."""

    listing: ImageListing
    number: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class PairQuery:
    """A system or a version may be an empty text; None: it is not chosen."""

    name: str | None = None
    version: str | None = None
    type: str = ""
    image: str = ""
    package: str = ""
    billing: Billing = Billing.PAYG

    @classmethod
    def read(cls, data: QueryDict) -> "PairQuery":
        asked = data.get("billing", "")
        return cls(
            name=_text(data, "name"),
            version=_text(data, "version"),
            type=_text(data, "type") or "",
            image=_text(data, "image") or "",
            package=_text(data, "package") or "",
            billing=Billing(asked) if asked in set(Billing) else Billing.PAYG,
        )

    @property
    def wish(self) -> Wish:
        return Wish(self.name or "", self.version or "", self.type)


def _text(data: QueryDict, name: str) -> str | None:
    text = data.get(name)
    return text.replace("\0", "")[:MAX_LENGTH] if text is not None else None


class Lists:
    """The lists of one connection that pairs are made of."""

    def __init__(self, catalogs: Sequence[Catalog]) -> None:
        by_kind = {catalog.kind: catalog for catalog in catalogs}
        self.images = by_kind[Catalog.Kind.IMAGES]
        self.packages = {billing: by_kind[billing.kind] for billing in Billing}

    @classmethod
    def get_or_404(cls, viewer: Viewer, slug: str) -> "Lists":
        return cls(get_catalogs_or_404(viewer, slug))


@dataclass
class Pairs:
    """The choices that one query leads to. Each part costs a query when it is read."""

    lists: Lists
    query: PairQuery
    chosen: ImageListing | None = field(init=False, default=None)
    package: PackageListing | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        if self.query.image:
            self.chosen = self._images().filter(item_id=self.query.image).order_by("pk").first()
        if self.query.package:
            self.package = (
                self._packages().filter(item_id=self.query.package).order_by("pk").first()
            )

    @cached_property
    def name(self) -> str | None:
        return self.chosen.name if self.chosen else self.query.name

    @cached_property
    def systems(self) -> list[Choice]:
        return self._choices("name", self._images(), self.name)

    @cached_property
    def versions(self) -> list[Choice]:
        if self.name is None:
            return []
        chosen = self.chosen.version if self.chosen else self.query.version
        return self._choices("version", self._images().filter(name=self.name), chosen)

    @cached_property
    def version(self) -> str | None:
        """The chosen version, or the only one there is."""
        chosen = [choice.value for choice in self.versions if choice.is_chosen]
        only = [choice.value for choice in self.versions] if len(self.versions) == 1 else []
        return next(iter([*chosen, *only]), None)

    @cached_property
    def types(self) -> list[TypeChoice]:
        if self.version is None:
            return []
        images = self._images().filter(name=self.name, version=self.version)
        listed = list(images.order_by("type", Length("item_id"), "item_id")[:MOST_CHOICES])
        current = self._current(listed)
        return [
            TypeChoice(listing, self._fitting.get(listing.type, 0), listing == current)
            for listing in listed
        ]

    @cached_property
    def image(self) -> ImageListing | None:
        """The image that is chosen, or the only one there is."""
        if self.chosen is not None:
            return self.chosen
        return next((choice.listing for choice in self.types if choice.is_chosen), None)

    @cached_property
    def other_types(self) -> list[str]:
        """Types of the list that this system and version is not offered in."""
        snapshot = self.lists.images.latest_snapshot
        every = (snapshot.facet("type") if snapshot else None) or {}
        offered = {choice.listing.type for choice in self.types}
        return [type for type in every if type not in offered]

    def packages(self) -> Any:
        """Return the packages that fit the chosen image, the cheapest first."""
        if self.image is None:
            return PackageListing.objects.none()
        fitting = allowed(self._packages(), self.query.billing).filter(type=self.image.type)
        cost = AsNumber("price")
        return fitting.annotate(cost=cost).order_by(F("cost").asc(nulls_last=True), "item_id", "pk")

    @property
    def problem(self) -> Problem | None:
        """Why the chosen two do not fit; None if they do, or if one is missing."""
        if self.image is None or self.package is None:
            return None
        # Listings know their record only as some record.
        return fit(self.image.record, self.package.record, self.query.billing)  # type: ignore[arg-type]

    @property
    def is_complete(self) -> bool:
        return self.image is not None and self.package is not None and self.problem is None

    @cached_property
    def _fitting(self) -> dict[str, int]:
        rows = allowed(self._packages(), self.query.billing).order_by().values_list("type")
        return dict(rows.annotate(number=Count("item_id", distinct=True)))

    def _current(self, listed: Sequence[ImageListing]) -> ImageListing | None:
        if self.chosen is not None:
            return self.chosen
        of_type = [one for one in listed if one.type == self.query.type]
        return next(iter(of_type or (listed if len(listed) == 1 else [])), None)

    def _images(self) -> Listings:
        return self.lists.images.listings.current()

    def _packages(self) -> Listings:
        return self.lists.packages[self.query.billing].listings.current()

    def _choices(self, column: str, listings: Listings, chosen: str | None) -> list[Choice]:
        counted = listings.order_by().values_list(column)
        counted = counted.annotate(number=Count("item_id", distinct=True))
        rows = counted.order_by("-number", column)[:MOST_CHOICES]
        return [Choice(value, number, value == chosen) for value, number in rows]


class Cheapest(NamedTuple):
    number: int
    price: Decimal | None


def offers_by_type(catalog: Catalog) -> dict[str, Cheapest]:
    """Return by type how many packages by the hour fit, and the lowest price. One query."""
    listed = PackageListing.objects.filter(
        catalog__connection=catalog.connection_id, catalog__kind=Billing.PAYG.kind, ended=None
    )
    grouped = allowed(listed, Billing.PAYG).order_by().values_list("type")
    counted = grouped.annotate(number=Count("item_id", distinct=True), least=Min(AsNumber("price")))
    return {type: Cheapest(number, _plain(least)) for type, number, least in counted}


def pair_count(lists: Lists, wish: Wish, billing: Billing) -> int:
    """Return how many pairs an export would hold. Two queries."""
    images = _wanted(lists.images.listings.current(), wish).order_by().values_list("type")
    packages = lists.packages[billing].listings.current()
    counted = allowed(packages, billing).order_by().values_list("type")
    by_type = dict(counted.annotate(number=Count("pk")))
    numbers = images.annotate(number=Count("pk"))
    return sum(number * by_type.get(type, 0) for type, number in numbers)


def all_offers(lists: Lists, wish: Wish, billing: Billing) -> Iterator[Offer]:
    """Yield each image that is asked for with what fits it. Two queries."""
    cost = F("cost").asc(nulls_last=True)
    listed = lists.packages[billing].listings.current().annotate(cost=AsNumber("price"))
    packages = [row.record for row in listed.order_by(cost, "item_id", "pk")]
    images = _wanted(lists.images.listings.current(), wish)
    numeric = bool(lists.images.latest_snapshot and lists.images.latest_snapshot.numeric)
    ordered = images.in_natural_order(numeric=numeric)
    for row in ordered.iterator(chunk_size=IMAGES_AT_ONCE):
        yield from offers([row.record], packages, billing)


def _wanted(images: Listings, wish: Wish) -> Listings:
    asked = {name: getattr(wish, name) for name in ("name", "version", "type")}
    return images.filter(**{name: value for name, value in asked.items() if value})


def allowed(packages: Any, billing: Billing) -> Any:
    """Leave out what cannot be had in this way."""
    forbidden = [code for code, allowed in ALLOWED.items() if billing not in allowed]
    return packages.exclude(Q(use_type__in=forbidden))


def _plain(price: Decimal | None) -> Decimal | None:
    """Return a price without trailing zeros, with two decimals at least."""
    if price is None:
        return None
    short = price.normalize()
    decimals = -int(short.as_tuple().exponent)
    return short if decimals >= 2 else price.quantize(Decimal("0.01"))
