"""The team's pages and its connections in the side bar."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from xdportal.accounts import teams
from xdportal.accounts.access import Right, Viewer, allows
from xdportal.accounts.composed import ComposedForViewer
from xdportal.accounts.navigation import team_query
from xdportal.accounts.requests import viewer_of
from xdportal.catalog import seen
from xdportal.catalog.models import Catalog
from xdportal.catalog.pages.marks import Mark, mark_of
from xdportal.catalog.pages.state import state_of
from xdportal.connections.models import Connection, DefaultConnection
from xdportal.lib import navigation
from xdportal.lib.navigation import Count, Entry, Group, Link, Part, Place

ALL_UP_TO, MOST = 7, 6  # connections; with more of them, the most important ones
MOST_FOUND = 60  # further ones that the filter finds; beyond, the page of connections does
PAGES_OF_A_CONNECTION = ("c/", "settings/connections/")
PACKAGES = (Catalog.Kind.PACKAGES_PAYG, Catalog.Kind.PACKAGES_RENTAL)


@dataclass(frozen=True, slots=True)
class Row:
    connection: Connection
    url: str
    mark: Mark
    need: int  # the smaller, the sooner a person should look
    is_open: bool
    lists: list[Link]  # of the open one only

    @property
    def is_sandbox(self) -> bool:
        return self.connection.environment == "sandbox"


@dataclass(frozen=True, slots=True)
class Side:
    rows: list[Row]
    total: int
    may_add: bool
    unseen: int  # changes of the team's lists that are new to the person
    more: list[Row] = field(default_factory=list)  # shown only when the filter finds them


class _Page(HttpRequest):
    """A request that remembers what its side bar shows."""

    _side_connections: Side | None


def connections(request: HttpRequest) -> Side | None:
    """Return the connections of the page's team, once a request.

    Two queries, beside that for the teams: the lists, and the number of new changes.
    """
    page = cast(_Page, request)
    if not hasattr(page, "_side_connections"):
        page._side_connections = _connections(request)
    return page._side_connections


def _connections(request: HttpRequest) -> Side | None:
    shown = teams.shown(request)
    if not shown:
        return None
    viewer = viewer_of(request)
    now = timezone.now()
    found: list[Any] = OF_TEAM.rows(viewer, shown=shown[0].pk)
    rows = _rows(found, request, now)
    first = _most_important(rows)
    more = [row for row in rows if row not in first][:MOST_FOUND]
    unseen = seen.new_changes(found, viewer.user, now)
    return Side(first, len(rows), allows(shown[0], Right.WORK), unseen, more)


def _of_team(viewer: Viewer, shown: Any) -> QuerySet[Catalog]:
    return (
        Catalog.objects.visible_to(viewer)
        .filter(connection__team=shown)
        .annotate(is_default=DefaultConnection.of(viewer.user.pk, "connection"))
        .select_related("connection", "latest_snapshot", "quarantined")
        .order_by("connection__name", "connection_id", "pk")
    )


OF_TEAM = ComposedForViewer(_of_team)


def new_changes(request: HttpRequest) -> Count | None:
    """Return how many changes are new to the person. No query beside that for the connections."""
    side = connections(request)
    if side is None or not side.unseen:
        return None
    return Count(side.unseen, _("new changes"))


def open_lists(request: HttpRequest) -> list[Link] | None:
    """Return the lists of the open connection: their keys are in the help."""
    side = connections(request)
    if side is None:
        return None
    return next((row.lists for row in side.rows if row.is_open), None)


def _rows(catalogs: list[Catalog], request: HttpRequest, at: datetime) -> list[Row]:
    by_connection: dict[int, list[Catalog]] = {}
    for catalog in catalogs:
        by_connection.setdefault(catalog.connection_id, []).append(catalog)
    slug = _slug_of(request) or _default_of(by_connection.values())
    is_only = len(by_connection) == 1
    rows = []
    for lists in by_connection.values():
        is_open = is_only or lists[0].slug == slug
        rows.append(_row(lists, is_open, request, at))
    return rows


def _default_of(connections: Iterable[list[Any]]) -> str:
    """Return the slug of the viewer's default, open where the page is of no other; or nothing."""
    return next((lists[0].slug for lists in connections if lists[0].is_default), "")


def _row(catalogs: list[Catalog], is_open: bool, request: HttpRequest, at: datetime) -> Row:
    states = [state_of(catalog, at) for catalog in catalogs if catalog.enabled]
    mark, need = mark_of(states)
    lists = _links(catalogs, request) if is_open else []
    first = catalogs[0]
    return Row(first.connection, first.get_absolute_url(), mark, need, is_open, lists)


def _most_important(rows: list[Row]) -> list[Row]:
    """Return all of a few; of many the open one, those in trouble, then the first by name."""
    if len(rows) <= ALL_UP_TO:
        return rows
    by_importance = sorted(rows, key=lambda row: (not row.is_open, row.need))
    chosen = by_importance[:MOST]
    return [row for row in rows if row in chosen]


def _links(catalogs: Iterable[Catalog], request: HttpRequest) -> list[Link]:
    by_kind = {catalog.kind: catalog for catalog in catalogs if catalog.enabled}
    kind = _kind_of(request)
    packages = next((by_kind[each] for each in PACKAGES if each in by_kind), None)
    found = []
    if images := by_kind.get(Catalog.Kind.IMAGES):
        found.append(_link(images, _("Images"), "i", kind == Catalog.Kind.IMAGES))
    if packages is not None:
        found.append(_link(packages, _("Packages"), "m", kind in PACKAGES))
    if personal := by_kind.get(Catalog.Kind.PERSONAL):
        found.append(_link(personal, _("Personal images"), "", kind == Catalog.Kind.PERSONAL))
    return found + _pairs(catalogs, request)


def _link(catalog: Catalog, label: Promise, key: str, is_current: bool) -> Link:
    snapshot = catalog.latest_snapshot
    count = Count(snapshot.item_count) if snapshot else None
    return Link(catalog.get_absolute_url(), label, "", key, is_current, count)


def _pairs(catalogs: Iterable[Catalog], request: HttpRequest) -> list[Link]:
    """Return the way to what can be booted, once there is such a page."""
    slug = next(iter(catalogs)).slug
    try:
        url = reverse("pairs", args=[slug])
    except NoReverseMatch:
        return []
    return [Link(url, _("What can I boot?"), "", "b", request.path == url, None)]


def _slug_of(request: HttpRequest) -> str:
    """Return the slug of the connection whose page this is, or nothing."""
    here = request.resolver_match
    if here is None or not here.route.startswith(PAGES_OF_A_CONNECTION):
        return ""
    return str(here.kwargs.get("slug", ""))


def _kind_of(request: HttpRequest) -> str:
    """Return the kind of list whose page this is, or nothing."""
    here = request.resolver_match
    if here is None or not here.route.startswith("c/") or here.view_name == "pairs":
        return ""
    return str(here.kwargs.get("kind", Catalog.Kind.IMAGES))


def register() -> None:
    navigation.add(
        Entry(
            group=Group.TEAM,
            view="dashboard",
            label=_("Dashboard"),
            icon="home",
            key="d",
            order=0,
            is_exact=True,
        ),
        Entry(
            group=Group.TEAM,
            view="team-changes",
            label=_("Changes"),
            icon="clock",
            order=15,
            query=team_query,
            count=new_changes,
        ),
        Entry(
            group=Group.TEAM,
            view="check-ids",
            label=_("Check my IDs"),
            icon="ids",
            key="k",
            order=40,
            query=team_query,
        ),
        Entry(group=Group.SEARCH, view="search", label=_("Search"), order=0),
        Part(place=Place.SIDE, template="catalog/_side_connections.html", data=connections),
        Part(place=Place.KEYS, template="catalog/_keys.html", data=open_lists),
    )
