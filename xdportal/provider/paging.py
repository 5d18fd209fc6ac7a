"""A list that comes in pages: all of them, or nothing.

While pages are read the list may change, so pages that don't fit together are no list. The
reasons are words of REASONS in connections/words.py.
"""

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any

import msgspec

from xdportal.provider.decoding import Collected, collect
from xdportal.provider.envelope import Opened
from xdportal.provider.errors import BadData, Details
from xdportal.provider.kinds import Kind
from xdportal.provider.records import RecordList, UnusableItems
from xdportal.provider.shape import Shape, shape_of

PAGE_SIZE = 100
MAX_PAGES = 200
OPENING_BRACE = b"{"
NULL = b"null"
EMPTY_LIST = memoryview(b"[]")
TOTAL = re.compile(rb'[0-9]{1,15}|"[0-9]{1,15}"')


class PageData(msgspec.Struct):
    items: msgspec.Raw = msgspec.field(name="data", default=msgspec.Raw(b""))
    total: msgspec.Raw = msgspec.field(name="totalCounts", default=msgspec.Raw(b""))


_decoder = msgspec.json.Decoder(PageData)


@dataclass(slots=True)
class Pages:
    """What the pages read so far add up to."""

    kind: Kind[Any]
    count: int = 0
    total: int = 0  # the number of items that the first page announced
    details: Details = field(default_factory=Details)  # of the last page
    shape: Shape = field(default_factory=dict)  # of the first page's items
    _collected: Collected = field(default_factory=Collected)
    _digest: Any = field(default_factory=hashlib.sha256)

    @property
    def next_query(self) -> str:
        return f"page={self.count + 1}&pageSize={PAGE_SIZE}"

    @property
    def is_complete(self) -> bool:
        return self.count > 0 and self._collected.item_count == self.total

    @property
    def fingerprint(self) -> bytes:
        """A digest that is equal for equal pages in equal order, except for their trace ids."""
        digest: bytes = self._digest.digest()
        return digest

    def add(self, opened: Opened, fingerprint: bytes) -> None:
        """Add the next page. Raise BadData if it does not continue the ones before."""
        self.details = opened.details
        page = _opened_page(opened)
        self._check_total(_total(page, opened.details))
        before = self._progress
        items = _items(page, self.total)
        self.shape = self.shape or shape_of(items)
        collect(self.kind, items, opened.details, self._collected)
        self.count += 1
        self._digest.update(fingerprint)
        self._check_items(before)

    def as_list(self) -> RecordList:
        """Return the whole list. Raise BadData unless it has as many ids as announced."""
        try:
            listed = self._collected.as_list(self.details)
        except UnusableItems as error:
            error.shape = self.shape
            raise
        if listed.duplicates or listed.conflicts:
            raise BadData("total_mismatch", self.details)
        return listed

    @property
    def _progress(self) -> tuple[int, int, int]:
        collected = self._collected
        usable_count = collected.item_count - collected.ignored_count
        return collected.item_count, usable_count, len(collected.lines)

    def _check_total(self, total: int) -> None:
        if self.count and total != self.total:
            raise BadData("total_moved", self.details)
        if total > MAX_PAGES * PAGE_SIZE:
            raise BadData("too_many_pages", self.details)
        self.total = total

    def _check_items(self, before: tuple[int, int, int]) -> None:
        """Compare what the last page added with what it should have added."""
        item_count, usable_count, line_count = (
            after - earlier for after, earlier in zip(self._progress, before, strict=True)
        )
        if usable_count and not line_count:
            raise BadData("page_repeated", self.details)
        if self._collected.item_count > self.total:
            raise BadData("total_mismatch", self.details)
        if self.is_complete:
            return
        if not item_count:
            raise BadData("page_empty", self.details)
        if item_count < PAGE_SIZE:
            raise BadData("page_short", self.details)


def _opened_page(opened: Opened) -> PageData:
    if bytes(opened.data[:1]) != OPENING_BRACE:
        raise BadData("no_list", opened.details)
    return _decoder.decode(opened.data)


def _items(page: PageData, total: int) -> memoryview:
    """Return the JSON of the page's list. Without any items it may be null."""
    items = memoryview(page.items)
    return EMPTY_LIST if not total and items == NULL else items


def _total(page: PageData, details: Details) -> int:
    total = bytes(page.total)
    if not TOTAL.fullmatch(total):
        raise BadData("no_total", details)
    return int(total.strip(b'"'))
