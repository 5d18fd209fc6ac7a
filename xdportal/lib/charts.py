"""Geometry of small charts, from plain numbers. What a chart says in words is its caller's."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor, log10
from typing import NamedTuple

Number = int | float | Decimal

SPARK_WIDTH, SPARK_HEIGHT, SPARK_MARGIN = 100, 22, 2
PLOT_WIDTH, PLOT_HEIGHT, PLOT_RULES = 1000, 160, 4
SEGMENTS_WIDTH, SEGMENT_GAP, SHORTEST_SEGMENT = 1000, 2, 4


def spark_path(values: Sequence[Number]) -> str:
    """Return a step line through the values, each as long as the others."""
    numbers = [float(value) for value in values]
    low, high = min(numbers), max(numbers)
    if low == high:
        return f"M0 {SPARK_HEIGHT // 2}H{SPARK_WIDTH}"
    inner = SPARK_HEIGHT - 2 * SPARK_MARGIN
    share = SPARK_WIDTH / len(numbers)
    points = []
    for place, number in enumerate(numbers):
        y = SPARK_MARGIN + inner * (high - number) / (high - low)
        points.append((place * share, y))
    return _steps(points, SPARK_WIDTH)


class Point(NamedTuple):
    at: float  # where on the chart: 0 is its beginning, 1 its end
    value: Number  # from then on


class Rule(NamedTuple):
    y: str
    label: str


@dataclass(frozen=True, slots=True)
class Plot:
    path: str
    rules: list[Rule]  # from top to bottom
    limit_y: str  # empty without a limit


def plot(points: Sequence[Point], limit: Number | None = None) -> Plot:
    """Return a step line through the points, with a scale that holds them and the limit."""
    values = [float(point.value) for point in points]
    shown = values if limit is None else [*values, float(limit)]
    low, step = _scale(min(shown), max(shown))
    high = low + step * PLOT_RULES

    def y(value: float) -> float:
        return PLOT_HEIGHT * (high - value) / (high - low)

    places = [(point.at * PLOT_WIDTH, y(float(point.value))) for point in points]
    decimals = max(0, -floor(log10(step) + 1e-9))
    rules = []
    for number in range(PLOT_RULES, -1, -1):
        value = low + step * number
        rules.append(Rule(_short(y(value)), f"{value:.{decimals}f}"))
    return Plot(_steps(places, PLOT_WIDTH), rules, "" if limit is None else _short(y(float(limit))))


class Segment(NamedTuple):
    css: str  # of the bar: ok, old, none, del …
    length: float  # in any unit, the same for all


class Bar(NamedTuple):
    css: str
    x: str
    width: str


def segments(parts: Sequence[Segment]) -> list[Bar]:
    """Return one bar a part, side by side; a short one stays wide enough to be seen."""
    total = sum(part.length for part in parts) or 1
    widths = [max(SHORTEST_SEGMENT, SEGMENTS_WIDTH * part.length / total) for part in parts]
    fit = SEGMENTS_WIDTH / (sum(widths) or 1)
    bars: list[Bar] = []
    x = 0.0
    for part, width in zip(parts, widths, strict=True):
        is_last = len(bars) == len(parts) - 1
        shown = width * fit - (0 if is_last else SEGMENT_GAP)
        bars.append(Bar(part.css, _short(x), _short(shown)))
        x += width * fit
    return bars


def _steps(points: Sequence[tuple[float, float]], width: float) -> str:
    """Return a line that keeps its height until the next point, and goes on to the right edge."""
    y = _short(points[0][1])
    path = f"M{_short(points[0][0])} {y}"
    for at, height in points[1:]:
        following = _short(height)
        if following != y:
            path += f"H{_short(at)}V{following}"
            y = following
    return f"{path}H{_short(width)}"


def _scale(low: float, high: float) -> tuple[float, float]:
    """Return a round start and step; PLOT_RULES steps from there hold every value."""
    spread = (high - low) or abs(high) or 1.0
    unit: float = 10.0 ** floor(log10(spread / PLOT_RULES))
    for factor in (1, 2, 2.5, 5, 10, 20):
        step = unit * factor
        start = floor(low / step + 1e-9) * step
        if ceil((high - start) / step - 1e-9) <= PLOT_RULES:
            return start, step
    raise AssertionError((low, high))


def _short(number: float) -> str:
    """Return at most one decimal, as SVG reads it in every language."""
    return f"{number:.1f}".removesuffix(".0")
