"""The line of a package's price, beside the plain way: look at each step for the last price."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from xdportal.catalog.history import Price
from xdportal.catalog.pages.rows import price_line, steps_of

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = START + timedelta(days=30)
PRICES = st.sampled_from(["", "1.5", "2", "30"])
HOURS = st.integers(min_value=-48, max_value=30 * 24)


def plain_line(
    points: Sequence[Price], moments: Mapping[int, datetime], ends: Sequence[datetime]
) -> list[Decimal]:
    line = []
    for end in ends:
        known = [point for point in points if moments[point.number] <= end and point.price]
        if known:
            line.append(Decimal(known[-1].price))
    return line


@given(st.lists(st.tuples(PRICES, HOURS), max_size=6))
def test_it_is_the_plain_one(prices: list[tuple[str, int]]) -> None:
    points = [Price(number, price, "") for number, (price, _) in enumerate(prices)]
    moments = {number: START + timedelta(hours=hours) for number, (_, hours) in enumerate(prices)}
    ends = steps_of(START, NOW)

    assert price_line(points, moments, ends) == plain_line(points, moments, ends)


def test_steps_end_with_the_span() -> None:
    ends = steps_of(START, NOW)

    assert (len(ends), ends[0], ends[-1]) == (60, START + timedelta(hours=12), NOW)
