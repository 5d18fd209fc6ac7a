"""What rooms add around each other's pages: links of the side bar and the settings, parts, notices.

A room registers what is its own in `AppConfig.ready`. The base template knows only this registry,
so no lower room has to know an upper one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_urlconf, reverse
from django.utils.functional import Promise


class Group(StrEnum):
    TEAM = "team"  # the team's pages, at the top of the side bar
    REFERENCE = "reference"  # at its bottom
    SETTINGS = "settings"  # tabs of the settings' pages
    SEARCH = "search"
    MACHINES = "machines"  # below the API keys: what programs do with one
    OWN = "own"  # tabs of the pages about oneself, after those of accounts


class Place(StrEnum):
    TOP = "top"  # of the side bar
    SIDE = "side"  # between the team's pages and the reference
    NOTICE = "notice"  # above every page
    KEYS = "keys"  # in the help of the keyboard


class Count(NamedTuple):
    """A number beside a link. `words` follow it for screen readers; hot is red."""

    number: int
    words: Promise | str = ""
    is_hot: bool = False


def _no_count(request: HttpRequest) -> Count | None:
    return None


def _no_query(request: HttpRequest) -> str:
    return ""


def _always(request: HttpRequest) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A link to an address by name. It is left out as long as no such address exists."""

    group: Group
    view: str
    label: Promise
    order: int
    icon: str = ""
    key: str = ""  # pressed after g
    also: tuple[str, ...] = ()  # other addresses by name that count as this one
    is_exact: bool = False  # pages below it are not it
    without: str = ""  # a page below it, by name, that is not it
    query: Callable[[HttpRequest], str] = _no_query  # behind its address, such as the team
    count: Callable[[HttpRequest], Count | None] = _no_count
    may: Callable[[HttpRequest], bool] = _always


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    label: Promise
    icon: str
    key: str
    is_current: bool
    count: Count | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A template with its data. Without data (None) it is left out."""

    place: Place
    template: str
    data: Callable[[HttpRequest], object | None]
    order: int = 0


class Filled(NamedTuple):
    template: str
    data: object


_entries: list[Entry] = []
_parts: list[Part] = []


def add(*added: Entry | Part) -> None:
    for each in added:
        if isinstance(each, Entry):
            _entries.append(each)
        else:
            _parts.append(each)
    _entries.sort(key=lambda entry: entry.order)
    _parts.sort(key=lambda part: part.order)


class Navigation:
    """The navigation of one request; what a page does not show is not asked for."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def team(self) -> list[Link]:
        return self._links(Group.TEAM)

    @cached_property
    def reference(self) -> list[Link]:
        return self._links(Group.REFERENCE)

    @cached_property
    def settings(self) -> list[Link]:
        return self._links(Group.SETTINGS)

    @cached_property
    def machines(self) -> list[Link]:
        return self._links(Group.MACHINES)

    @cached_property
    def own(self) -> list[Link]:
        return self._links(Group.OWN)

    @cached_property
    def search(self) -> Link | None:
        return next(iter(self._links(Group.SEARCH)), None)

    @cached_property
    def top(self) -> list[Filled]:
        return self._filled(Place.TOP)

    @cached_property
    def side(self) -> list[Filled]:
        return self._filled(Place.SIDE)

    @cached_property
    def notices(self) -> list[Filled]:
        return self._filled(Place.NOTICE)

    @cached_property
    def keys(self) -> list[Filled]:
        return self._filled(Place.KEYS)

    def _links(self, group: Group) -> list[Link]:
        found = []
        for entry in _entries:
            if entry.group is group and _exists(entry.view) and entry.may(self._request):
                found.append(self._link(entry))
        return found

    def _link(self, entry: Entry) -> Link:
        url = reverse(entry.view) + entry.query(self._request)
        is_current = self._is_current(entry)
        return Link(url, entry.label, entry.icon, entry.key, is_current, entry.count(self._request))

    def _is_current(self, entry: Entry) -> bool:
        here = self._request.path
        if entry.is_exact:
            return here == reverse(entry.view)
        if entry.without and here == reverse(entry.without):
            return False
        names = [name for name in (entry.view, *entry.also) if _exists(name)]
        return any(here.startswith(reverse(name)) for name in names)

    def _filled(self, place: Place) -> list[Filled]:
        found = []
        for part in _parts:
            if part.place is not place:
                continue
            data = part.data(self._request)
            if data is not None:
                found.append(Filled(part.template, data))
        return found


def takes_query(request: HttpRequest) -> bool:
    """Whether the page belongs to an entry with a query: another team has the same page."""
    here = request.resolver_match
    views = [entry.view for entry in _entries if entry.query is not _no_query]
    return here is not None and here.view_name in views


def _exists(view: str) -> bool:
    return _resolves(view, get_urlconf() or settings.ROOT_URLCONF)


@cache
def _resolves(view: str, urlconf: str) -> bool:
    """Whether there is such an address: what a process knows once it knows for good."""
    try:
        reverse(view, urlconf)
    except NoReverseMatch:
        return False
    return True
