"""What a message says about lists that changed: a line each, and a line for each item."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from xdportal.alerts import records
from xdportal.alerts.channels.message import Entry, Level
from xdportal.alerts.event_sentences import counts, place_of, sentence
from xdportal.catalog import records as list_records
from xdportal.catalog import sentences
from xdportal.catalog.addresses import catalog_url, item_url
from xdportal.catalog.compare import RISK, Change, count
from xdportal.catalog.history import difference
from xdportal.catalog.kinds import spec_of
from xdportal.catalog.models import Catalog, Event

MOST_CHANGES = 3000  # of one list that are read for a message; beyond, only their number
MOST_LISTED = 200  # more never fit into a webhook


class Changes(NamedTuple):
    """The entries about one list. `more` changes are not among them."""

    entries: list[Entry]
    title: str
    event: Event
    more: int = 0

    @property
    def data(self) -> dict[str, Any]:
        """Return what a webhook receives that hears of nothing else."""
        summary, *items = self.entries
        if not items:
            return dict(summary.data)
        listed = [{**one.data, "sentence": one.sentence} for one in items[:MOST_LISTED]]
        cut = {"truncated": True} if len(listed) < len(items) else {}
        return {**summary.data, "changes": listed, **cut}


def of_lists(events: Sequence[Event]) -> list[Changes]:
    """Return what each list's changes come to in the end: what went and came back is none."""
    by_catalog: dict[int, list[Event]] = defaultdict(list)
    for event in events:
        if event.type == Event.Type.CATALOG_CHANGED and event.catalog is not None:
            by_catalog[event.catalog.pk].append(event)
    return [_of_list(own) for own in by_catalog.values()]


def _of_list(events: Sequence[Event]) -> Changes:
    last = events[-1]
    catalog = last.catalog
    assert catalog is not None  # noqa: S101
    first_number = events[0].data["snapshot"]
    announced = sum(_size(event) for event in events)
    if first_number == 1 or announced > MOST_CHANGES:
        entry = Entry(Level.INFO, sentence(last), _url(catalog), records.event(last))
        return Changes([entry], _title(last, announced), last, announced - 1)
    changes = difference(catalog, first_number - 1, last.data["snapshot"])
    changes.sort(key=lambda change: RISK[change.kind])
    entries = [_summary(last, changes, is_single=len(events) == 1)]
    entries.extend(_entry(catalog, change) for change in changes)
    return Changes(entries, _title(last, len(changes)), last)


def _summary(event: Event, changes: Sequence[Change], *, is_single: bool) -> Entry:
    catalog = event.catalog
    assert catalog is not None  # noqa: S101
    if is_single:
        text = sentence(event)
    else:
        what = counts(*count(change.kind for change in changes)) or _("nothing in the end")
        text = _("%(place)s changed: %(what)s.") % {"place": place_of(event), "what": what}
    return Entry(Level.INFO, text, _url(catalog), {**records.event(event), "sentence": text})


def _entry(catalog: Catalog, change: Change) -> Entry:
    url = records.absolute(item_url(catalog.slug, catalog.kind, change.item_id))
    text = sentences.change(spec_of(catalog), change)
    told = list_records.change(spec_of(catalog), change)
    data = {name: told[name] for name in ("change", "id", "before", "after")}
    return Entry(Level.INFO, text, url, {**data, "connection": catalog.slug})


def _title(event: Event, number: int) -> str:
    text = ngettext("%(n)d change in %(place)s", "%(n)d changes in %(place)s", number)
    return text % {"n": number, "place": place_of(event)}


def _url(catalog: Catalog) -> str:
    return records.absolute(catalog_url(catalog.slug, catalog.kind, "changes"))


def _size(event: Event) -> int:
    data = event.data
    return int(data.get("added", 0) + data.get("removed", 0) + data.get("changed", 0))
