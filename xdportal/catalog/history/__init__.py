"""The questions one can ask of a catalog's history. Pages, exports, API and alerts use only these.

Everything is derived from listings: intervals of snapshot numbers, half-open. Costs are in queries.
"""

from xdportal.catalog.history.changes import (
    DayCount,
    Happening,
    changes_after,
    changes_by_day,
    changes_of,
    changes_since,
    difference,
    happening_at,
    happenings_of,
    quarantined_changes,
)
from xdportal.catalog.history.checks import checks_by_day, recent_checks, sizes
from xdportal.catalog.history.lists import (
    RECENT,
    facet_counts,
    lines_as_of,
    previous_listings,
    recent_start,
)
from xdportal.catalog.history.recent import (
    Price,
    happenings,
    kinds_since,
    prices,
    prices_of,
    rows_by_id,
    taken,
)
from xdportal.catalog.history.timeline import Moment, Timeline, timeline

__all__ = [
    "RECENT",
    "DayCount",
    "Happening",
    "Moment",
    "Price",
    "Timeline",
    "changes_after",
    "changes_by_day",
    "changes_of",
    "changes_since",
    "checks_by_day",
    "difference",
    "facet_counts",
    "happening_at",
    "happenings",
    "happenings_of",
    "kinds_since",
    "lines_as_of",
    "previous_listings",
    "prices",
    "prices_of",
    "quarantined_changes",
    "recent_checks",
    "recent_start",
    "rows_by_id",
    "sizes",
    "taken",
    "timeline",
]
