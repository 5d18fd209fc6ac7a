"""What the lists of a connection add to the pages about connections."""

from collections.abc import Sequence

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import ngettext, pgettext

from xdportal.accounts.access import Viewer
from xdportal.catalog.models import Catalog, Snapshot
from xdportal.catalog.models.check import GOOD_OUTCOMES, Outcome
from xdportal.catalog.pages.state import state_of
from xdportal.connections.hooks import Panel
from xdportal.connections.models import Connection


class Lists:
    """Registered with `connections.hooks`."""

    def has_history(self, connection: Connection) -> bool:
        return Snapshot.objects.filter(catalog__connection=connection).exists()

    def panel(self, connection: Connection, viewer: Viewer) -> Panel:
        now = timezone.now()
        found = _with_state([connection])
        catalogs = [catalog for catalog in found if catalog.enabled or catalog.latest_snapshot]
        rows = [{"catalog": catalog, "state": state_of(catalog, now)} for catalog in catalogs]
        failed = [catalog for catalog in catalogs if catalog.trouble]
        context = {
            "connection": connection,
            "rows": rows,
            "now": now,
            "failed": failed[0] if failed else None,
            "found": _found(catalogs),
        }
        return Panel(
            html=render_to_string("catalog/_lists.html", context),
            is_busy=any(state_of(catalog, now).is_busy for catalog in catalogs),
            first_list=_first_list(catalogs),
        )

    def summaries(self, connections: Sequence[Connection]) -> dict[int, SafeString]:
        grouped: dict[int, list[Catalog]] = {connection.pk: [] for connection in connections}
        for catalog in _with_state(connections):
            if catalog.enabled:
                grouped[catalog.connection_id].append(catalog)
        return {key: _summary(catalogs) for key, catalogs in grouped.items()}

    def loss(self, connection: Connection) -> str:
        number = Snapshot.objects.filter(catalog__connection=connection).count()
        if not number:
            return ""
        return ngettext(
            "Its history of %(number)d snapshot is deleted, too.",
            "Its history of %(number)d snapshots is deleted, too.",
            number,
        ) % {"number": number}


def _with_state(connections: Sequence[Connection]) -> Sequence[Catalog]:
    """Return the lists with what their state needs, in the order of the kinds. One query."""
    joined = Catalog.objects.select_related(
        "connection", "latest_check", "latest_snapshot", "quarantined"
    )
    order = {kind: number for number, kind in enumerate(Catalog.Kind)}
    found = joined.filter(connection__in=connections)
    return sorted(found, key=lambda catalog: order[Catalog.Kind(catalog.kind)])


def _found(catalogs: Sequence[Catalog]) -> str:
    """Return what was read, such as "60 images, 7 personal images"."""
    read = [catalog for catalog in catalogs if catalog.enabled and catalog.latest_snapshot]
    parts = [_counted(catalog) for catalog in read]
    return pgettext("between parts of a list", ", ").join(parts)


def _counted(catalog: Catalog) -> str:
    assert catalog.latest_snapshot is not None  # noqa: S101
    number = catalog.latest_snapshot.item_count
    match catalog.kind:
        case Catalog.Kind.IMAGES:
            text = ngettext("%(n)d image", "%(n)d images", number)
        case Catalog.Kind.PERSONAL:
            text = ngettext("%(n)d personal image", "%(n)d personal images", number)
        case Catalog.Kind.PACKAGES_PAYG:
            text = ngettext("%(n)d package by the hour", "%(n)d packages by the hour", number)
        case _:
            text = ngettext("%(n)d package for a period", "%(n)d packages for a period", number)
    return text % {"n": number}


def _first_list(catalogs: Sequence[Catalog]) -> str:
    read = [catalog for catalog in catalogs if catalog.enabled and catalog.latest_snapshot]
    return read[0].get_absolute_url() if read else ""


def _summary(catalogs: Sequence[Catalog]) -> SafeString:
    now = timezone.now()
    states = [state_of(catalog, now) for catalog in catalogs]
    checks = [catalog.latest_check for catalog in catalogs if catalog.latest_check]
    ended = [check.ended for check in checks]
    said_by_state = {*GOOD_OUTCOMES, Outcome.SUSPECT}
    failed = [check for check in checks if check.outcome not in said_by_state]
    context = {
        "failed": failed[0] if failed else None,
        "worst": min(states, key=lambda state: state.need) if states else None,
        "number": len(catalogs),
        "checked": max(ended, default=None),
    }
    return render_to_string("catalog/_lists_cell.html", context)
