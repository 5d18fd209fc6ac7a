"""A package's page: its price over time, its other list, the images that fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from xdportal.catalog import history, sentences
from xdportal.catalog.grades import Grade
from xdportal.catalog.history import Price, Timeline
from xdportal.catalog.models import Catalog, ImageListing, PackageListing
from xdportal.catalog.pairs import Billing
from xdportal.catalog.sentences import Difference
from xdportal.lib import dates
from xdportal.lib.charts import Plot, Point, plot

SPAN = timedelta(days=30)
LABELS = 5  # days named below the plot
MOST_PRICES = 50
MOST_IMAGES = 10


class PriceRow(NamedTuple):
    number: int  # of the snapshot it began with
    at: datetime
    price: str  # empty: not listed
    discount: str
    grade: Grade | None
    share: str  # +13.6 %


@dataclass(frozen=True, slots=True)
class PricePlot:
    plot: Plot
    words: str
    days: list[str]
    now: str


class Elsewhere(NamedTuple):
    """The package in the other list of its connection."""

    catalog: Catalog
    listing: PackageListing


def price_rows(points: Sequence[Price], moments: Mapping[int, datetime]) -> list[PriceRow]:
    """Return the prices, newest first."""
    rows = []
    for place, point in enumerate(points):
        before = points[place - 1].price if place else ""
        grade, share = _step(before, point.price)
        at = moments[point.number]
        rows.append(PriceRow(point.number, at, point.price, point.discount, grade, share))
    return rows[::-1]


def price_plot(
    points: Sequence[Price], moments: Mapping[int, datetime], now: datetime
) -> PricePlot | None:
    """Return the line of thirty days; None if the package had no price then."""
    start = now - SPAN
    shown: list[Point] = []
    said: list[tuple[datetime, str]] = []
    for point in points:
        value = _decimal(point.price)
        if value is None:
            continue
        share = max((moments[point.number] - start) / SPAN, 0.0)
        if shown and share == 0.0:
            shown, said = [], []  # an earlier price that was over before the plot begins
        shown.append(Point(share, value))
        said.append((moments[point.number], sentences.price(point.price)))
    if not shown:
        return None
    return PricePlot(plot(shown), _in_words(said), _days(start), said[-1][1])


def elsewhere(catalog: Catalog, item_id: str) -> Elsewhere | None:
    """Return the same package in the other list, if it is listed there now. One query."""
    kinds = [billing.kind for billing in Billing]
    listed = PackageListing.objects.filter(
        catalog__connection=catalog.connection_id,
        catalog__kind__in=kinds,
        item_id=item_id,
        ended=None,
    )
    other = listed.exclude(catalog=catalog).select_related("catalog__connection").first()
    return Elsewhere(other.catalog, other) if other is not None else None


def fitting_images(catalog: Catalog, type: str) -> list[ImageListing]:
    """Return the first images of a type and one more, in the order of their ids. One query."""
    listed = ImageListing.objects.filter(
        catalog__connection=catalog.connection_id,
        catalog__kind=Catalog.Kind.IMAGES,
        type=type,
        ended=None,
    )
    return list(listed.in_natural_order(numeric=True)[: MOST_IMAGES + 1])


def extras(catalog: Catalog, timeline: Timeline, now: datetime) -> dict[str, Any]:
    """Return what the page of a package shows beside its life. Four queries."""
    points = history.prices_of(timeline.rows)
    moments = history.taken(catalog, {point.number for point in points})
    current = timeline.listed[0]
    images = fitting_images(catalog, current.type)  # type: ignore[attr-defined]  # a package's
    return {
        "prices": price_rows(points, moments)[:MOST_PRICES],
        "plot": price_plot(points, moments, now),
        "elsewhere": elsewhere(catalog, timeline.item_id),
        "images": images[:MOST_IMAGES],
        "more_images": len(images) > MOST_IMAGES,
        "package": current,
        "billing_name": catalog.kind.removeprefix("packages-"),
        "images_catalog": Catalog.objects.select_related("connection")
        .filter(connection=catalog.connection_id, kind=Catalog.Kind.IMAGES)
        .first(),
    }


def _step(before: str, after: str) -> tuple[Grade | None, str]:
    old, new = _decimal(before), _decimal(after)
    if old is None or new is None or old == new:
        return None, ""
    share = sentences.percentage(Difference("price", before, after))
    return (Grade.UP if new > old else Grade.DOWN), share


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _in_words(said: Sequence[tuple[datetime, str]]) -> str:
    parts = [_("Price an hour: %(price)s") % {"price": said[0][1]}]
    for at, price in said[1:]:
        parts.append(_("%(price)s since %(day)s") % {"price": price, "day": dates.day(at)})
    return ", ".join(parts)


def _days(start: datetime) -> list[str]:
    step = SPAN / LABELS
    return [f"{timezone.localtime(start + step * place):%m-%d}" for place in range(LABELS + 1)]
