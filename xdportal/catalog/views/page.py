"""What the pages of one catalog share: the catalog, its state, the strip of its checks."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise

from xdportal.accounts import teams
from xdportal.accounts.access import Right, Viewer, allows
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.catalog import history
from xdportal.catalog.access import get_catalog_or_404
from xdportal.catalog.addresses import catalog_url
from xdportal.catalog.kinds import BILLINGS, CatalogKind, spec_of
from xdportal.catalog.models import Catalog
from xdportal.catalog.pages.state import state_of
from xdportal.catalog.pairs import Billing
from xdportal.lib.pages import PAGE_SIZES

ROWS = PAGE_SIZES[0]


@dataclass(frozen=True, slots=True)
class Tab:
    label: Promise
    url: str
    is_current: bool
    count: int | None = None


def catalog_page(
    request: AuthenticatedRequest, slug: str, kind: str = Catalog.Kind.IMAGES
) -> tuple[Catalog, dict[str, Any]]:
    """Return the catalog and the context of its page. Two queries."""
    catalog = get_catalog_or_404(request.viewer, slug, kind)
    teams.show(request, catalog.connection.team)
    now = timezone.now()
    spec = spec_of(catalog)
    context = {
        "catalog": catalog,
        "kind": spec,
        "heading": spec.heading,
        "connection": catalog.connection,
        "state": state_of(catalog, now),
        "strip": history.recent_checks(catalog),
        "now": now,
        "may_check": allows(catalog, Right.WORK),
        "may_manage": allows(catalog, Right.MANAGE),
        "may_mend": allows(catalog, Right.WORK) and is_own_connection(catalog, request.viewer),
    }
    return catalog, context


def billing_switch(catalog: Catalog, spec: CatalogKind, page: str = "items") -> list[Tab]:
    """Return the two lists of packages; none for other kinds. One query."""
    if not spec.has_price:
        return []
    kinds = [billing.kind for billing in Billing]
    both = Catalog.objects.filter(connection=catalog.connection_id, kind__in=kinds)
    links = []
    for other in both.select_related("latest_snapshot").order_by("kind"):
        url = catalog_url(catalog.slug, other.kind, page)
        count = other.latest_snapshot.item_count if other.latest_snapshot else None
        count = count if page == "items" else None
        label = BILLINGS[Billing(other.kind.removeprefix("packages-"))]
        links.append(Tab(label, url, other.pk == catalog.pk, count=count))
    return links


def is_own_connection(catalog: Catalog, viewer: Viewer) -> bool:
    return viewer.is_user(catalog.connection.owner_id)


class _Counted(Paginator[Any]):
    """A paginator of rows whose number is known."""

    def __init__(self, rows: Any, size: int, count: int) -> None:
        super().__init__(rows, size)
        self.__dict__["count"] = count


def page_of(
    request: HttpRequest, rows: Any, size: int = ROWS, name: str = "page", count: int | None = None
) -> Page[Any]:
    """The page that the query string asks for; nonsense gives the nearest there is. `count`:
    where it is known. `rows` in the query string changes a page of the usual size.
    """
    if size == ROWS:
        size = _size(request)
    pages = Paginator(rows, size) if count is None else _Counted(rows, size, count)
    return pages.get_page(request.GET.get(name))


def _size(request: HttpRequest) -> int:
    asked = request.GET.get("rows", "")
    return next((size for size in PAGE_SIZES if str(size) == asked), ROWS)
