"""Numbers for the pictures that templates draw as SVG. Pure: no markup here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from xdportal.catalog import sentences
from xdportal.catalog.history import DayCount
from xdportal.catalog.kinds import CatalogKind, Field
from xdportal.catalog.models import Check, Snapshot

BAR_STEP, BAR_WIDTH, CHART_MIDDLE = 30, 14, 48
SIZE_WIDTH, SIZE_HEIGHT = 900, 64
SHARES = 6  # values shown one by one


@dataclass(frozen=True, slots=True)
class Bar:
    css: str
    x: float
    y: float
    width: float
    height: float
    check: int | None = None  # the check of a bar that shows more than that nothing changed


def strip(checks: Iterable[Check], slots: int = 48) -> list[Bar]:
    """One bar a check, the latest at the right; tall where something happened."""
    shown = list(checks)[-slots:]
    start = slots - len(shown)
    return [_strip_bar((start + place) * 6, check) for place, check in enumerate(shown)]


def _strip_bar(x: float, check: Check) -> Bar:
    css = _check_bar(check)
    return Bar(css, x, 6, 4, 12) if css == "ok" else Bar(css, x, 0, 4, 24, check.pk)


def _check_bar(check: Check) -> str:
    if check.outcome == "suspect":
        return "sus"
    if not check.is_good:
        return "err"
    is_first = check.snapshot is not None and check.snapshot.number == 1
    return "chg" if check.made_snapshot and not is_first else "ok"


@dataclass(frozen=True, slots=True)
class DayColumn:
    """The bars of one day that had changes."""

    day: date
    x: float
    bars: list[Bar]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some days of a chart, named by their first."""

    since: date
    until: date


@dataclass(frozen=True, slots=True)
class DayChart:
    columns: list[DayColumn]
    stretches: list[Stretch]
    total: DayCount

    @property
    def until(self) -> date:
        return self.stretches[-1].until


def day_chart(counts: Mapping[date, DayCount], today: date, days: int = 30) -> DayChart:
    """Added and changed upward, removed downward, all on one scale."""
    dates = [today - timedelta(days=days - 1 - place) for place in range(days)]
    shown = [counts.get(day, DayCount(0, 0, 0)) for day in dates]
    highest = max([1, *(count.added + count.changed for count in shown)])
    deepest = max([1, *(count.removed for count in shown)])
    unit = min((CHART_MIDDLE - 2) / highest, 22 / deepest, 11)
    columns = []
    for place, (day, count) in enumerate(zip(dates, shown, strict=True)):
        x = place * BAR_STEP
        bars = _day_bars(x + 8, count, unit)
        if bars:
            columns.append(DayColumn(day, x, bars))
    return DayChart(columns, _stretches(dates), sum(shown, DayCount()))


def _day_bars(x: float, count: DayCount, unit: float) -> list[Bar]:
    bars = []
    top = float(CHART_MIDDLE)
    for css, number in (("add", count.added), ("chg", count.changed)):
        if number:
            height = max(number * unit, 2)
            top -= height
            bars.append(Bar(css, x, round(top, 1), BAR_WIDTH, round(height - 0.5, 1)))
    if count.removed:
        depth = round(max(count.removed * unit, 2), 1)
        bars.append(Bar("del", x, CHART_MIDDLE + 1, BAR_WIDTH, depth))
    return bars


def _stretches(dates: Sequence[date]) -> list[Stretch]:
    """Return the weeks of a chart, the last one with the days that are left over."""
    starts = dates[: len(dates) - 6 : 7]
    ends = [start - timedelta(days=1) for start in starts[1:]]
    return [Stretch(*both) for both in zip(starts, [*ends, dates[-1]], strict=True)]


@dataclass(frozen=True, slots=True)
class SizeLine:
    """How many images were listed, as a path of steps, with the facts it shows."""

    path: str
    since: datetime
    first: int
    last: int
    least: int
    most: int


def size_line(points: Sequence[tuple[datetime, int]], until: datetime) -> SizeLine | None:
    """From (time, images) in the order of time; None without any. The ground is zero: half as
    many look like half.
    """
    if not points:
        return None
    sizes = [size for _, size in points]
    start, whole = points[0][0], max((until - points[0][0]).total_seconds(), 1)
    across = [round(SIZE_WIDTH * (at - start).total_seconds() / whole, 1) for at, _ in points]
    heights = [
        round(SIZE_HEIGHT - 2 - (SIZE_HEIGHT - 6) * size / max(*sizes, 1), 1) for size in sizes
    ]
    steps = "".join(f"H{x}V{y}" for x, y in zip(across[1:], heights[1:], strict=True))
    return SizeLine(
        f"M0 {heights[0]}{steps}H{SIZE_WIDTH}", start, sizes[0], sizes[-1], min(sizes), max(sizes)
    )


@dataclass(frozen=True, slots=True)
class Share:
    value: str  # empty: all the others together
    number: int
    percent: int


def shares(counts: Mapping[str, int] | None) -> list[Share]:
    """The most frequent values first, the rest as one."""
    ranked = sorted((counts or {}).items(), key=lambda pair: (-pair[1], pair[0]))
    all_of_them = sum(number for _, number in ranked) or 1
    told = ranked if len(ranked) <= SHARES + 1 else ranked[:SHARES]
    rest = sum(number for _, number in ranked[len(told) :])
    return [
        Share(value, number, round(100 * number / all_of_them))
        for value, number in [*told, *([("", rest)] if rest else [])]
    ]


@dataclass(frozen=True, slots=True)
class FacetShares:
    field: Field
    shares: list[Share]

    @property
    def title(self) -> str:
        return _("By %(field)s") % {"field": self.field.label}


def facet_shares(kind: CatalogKind, snapshot: Snapshot | None) -> list[FacetShares]:
    """Return, for each facet that the snapshot has counted, its most frequent values."""
    if snapshot is None:
        return []
    counted = [(field, snapshot.facet(field.name)) for field in kind.facets]
    return [FacetShares(field, shares(counts)) for field, counts in counted if counts]


def strip_sentence(checks: Sequence[Check]) -> str:
    """Return what the strip of checks shows, for those who do not see it."""
    bars = [bar.css for bar in strip(checks, len(checks))]
    return _(
        "Last %(all)d checks: %(quiet)d without change, %(changed)d with changes, %(held)d held "
        "back, %(failed)d failed"
    ) % {
        "all": len(bars),
        "quiet": bars.count("ok"),
        "changed": bars.count("chg"),
        "held": bars.count("sus"),
        "failed": bars.count("err"),
    }


def price_words(line: Sequence[Decimal]) -> str:
    """Return what the line of a price shows, for those who do not see it."""
    first, last = (sentences.price(f"{price:f}") for price in (line[0], line[-1]))
    if len(set(line)) == 1:
        return _("Price %(price)s for 30 days") % {"price": last}
    return _("Price in 30 days: from %(first)s to %(last)s") % {"first": first, "last": last}
