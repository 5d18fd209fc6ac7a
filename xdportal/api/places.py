"""Which list a request means, by connection, by environment, or because there is only one."""

from collections.abc import Sequence
from functools import cached_property

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from xdportal.accounts.access import Right, Viewer, allows
from xdportal.accounts.composed import ComposedForViewer
from xdportal.api import problems
from xdportal.api.problems import Problem
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection


def _seen(viewer: Viewer) -> QuerySet[Catalog]:
    """Return what is visible, with what the state of a list needs."""
    visible = Catalog.objects.visible_to(viewer)
    return visible.select_related("connection__team", "latest_snapshot", "quarantined")


SEEN = ComposedForViewer(_seen)


class Places:
    """The connections and lists that a viewer sees. One query, however many are asked for."""

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer

    def catalog(self, kind: str, connection: str | None, environment: str | None) -> Catalog:
        chosen = self.connection(connection, environment)
        return self._catalogs[chosen.pk, kind]

    def connection(self, slug: str | None, environment: str | None) -> Connection:
        """Return the one that is meant. Raise a Problem if there is none, or more than one."""
        matches = [one for one in self._connections if environment in (None, one.environment)]
        if slug is None:
            return _only(matches)
        found = [one for one in self._connections if one.slug == slug]
        if not found:
            raise Problem(
                problems.NOT_FOUND, _("There is no connection %(slug)s.") % {"slug": slug}
            )
        if found[0] not in matches:
            words = _("The connection %(slug)s is in another environment.") % {"slug": slug}
            raise problems.invalid("environment", words)
        return found[0]

    def require(self, catalog: Catalog, right: Right) -> Catalog:
        """Return the list if the viewer has the right. Raise a Problem otherwise."""
        if not allows(catalog, right):
            raise Problem(problems.FORBIDDEN)
        return catalog

    @cached_property
    def _connections(self) -> list[Connection]:
        """Every connection has a row for each of its lists, those that are not read included."""
        found = {catalog.connection_id: catalog.connection for catalog in self._catalogs.values()}
        return sorted(found.values(), key=lambda connection: connection.slug)

    @cached_property
    def _catalogs(self) -> dict[tuple[int, str], Catalog]:
        found = SEEN.rows(self._viewer)
        return {(catalog.connection_id, catalog.kind): catalog for catalog in found}


def _only(matches: Sequence[Connection]) -> Connection:
    if len(matches) == 1:
        return matches[0]
    words = _("%(number)d connections match: name one.") % {"number": len(matches)}
    slugs = [one.slug for one in matches]
    raise Problem(problems.WHICH_CONNECTION, words, candidates=slugs)
