"""What the pages of one catalog share: the catalog, its state, the strip of its checks."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.utils import timezone

from xdportal.accounts import teams
from xdportal.accounts.access import Right, Viewer, allows
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.catalog import history
from xdportal.catalog.access import get_catalog_or_404
from xdportal.catalog.kinds import spec_of
from xdportal.catalog.models import Catalog
from xdportal.catalog.pages.state import state_of

ROWS = 50


def catalog_page(
    request: AuthenticatedRequest, slug: str, kind: str = Catalog.Kind.IMAGES
) -> tuple[Catalog, dict[str, Any]]:
    """Return the catalog and the context of its page. Two queries."""
    catalog = get_catalog_or_404(request.viewer, slug, kind)
    teams.show(request, catalog.connection.team)
    now = timezone.now()
    context = {
        "catalog": catalog,
        "kind": spec_of(catalog),
        "connection": catalog.connection,
        "state": state_of(catalog, now),
        "strip": history.recent_checks(catalog),
        "now": now,
        "may_check": allows(catalog, Right.WORK),
        "may_manage": allows(catalog, Right.MANAGE),
        "may_mend": allows(catalog, Right.WORK) and is_own_connection(catalog, request.viewer),
    }
    return catalog, context


def is_own_connection(catalog: Catalog, viewer: Viewer) -> bool:
    return viewer.is_user(catalog.connection.owner_id)


class _Counted(Paginator):  # type: ignore[type-arg]
    """A paginator of rows whose number is known."""

    def __init__(self, rows: Any, size: int, count: int) -> None:
        super().__init__(rows, size)
        self.__dict__["count"] = count


def page_of(
    request: HttpRequest, rows: Any, size: int = ROWS, name: str = "page", count: int | None = None
) -> Page[Any]:
    """The page that the query string asks for; nonsense gives the nearest there is. `count`: where it is known."""
    pages = Paginator(rows, size) if count is None else _Counted(rows, size, count)
    return pages.get_page(request.GET.get(name))
