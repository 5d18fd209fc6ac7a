"""What happened to lists, connections and pins, newest first."""

from datetime import datetime
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from msgspec import Meta

from xdportal.alerts import records as alert_records
from xdportal.api import cursors, groups, identity, problems
from xdportal.api.operations import READ, Answer, Call, get
from xdportal.api.parameters import Needed, Paged
from xdportal.api.schemas import Event as EventRecord
from xdportal.api.schemas import Many
from xdportal.catalog.models import Event

COMMON = ("level", "sentence", "kind", "connection", "at", "url")


class EventsQuery(Paged, frozen=True, kw_only=True):
    since: Annotated[
        datetime | None, Meta(description=gettext_noop("Events of this time and later."))
    ] = None
    type: Annotated[
        Needed | None,
        Meta(description=gettext_noop("Such as pin.withdrawn; or pin, catalog or connection.")),
    ] = None


@get(
    "/events",
    summary=gettext_lazy("What happened, newest first"),
    group=groups.OUTPUTS,
    scopes=READ,
    query=EventsQuery,
    answer=Many[EventRecord],
)
def list_events(call: Call[EventsQuery, None]) -> Answer:
    query = call.query
    cursor = cursors.read(call.request, (int,))
    rows = Event.objects.visible_to(call.viewer).order_by("-pk")
    rows = rows.select_related("connection", "catalog__connection")
    if query.since is not None:
        rows = rows.filter(at__gte=query.since)
    if query.type is not None:
        rows = rows.filter(type__in=_types(query.type))
    if cursor:
        rows = rows.filter(pk__lt=cursor.place[0])
    found = list(rows[: query.limit + 1])
    page = found[: query.limit]
    following = None
    if len(found) > len(page):
        following = cursors.address(call.request, (), (page[-1].pk,))
    return Answer({"data": [_record(event) for event in page], "meta": {}, "next": following})


def _types(wanted: str) -> list[str]:
    found = [name for name in Event.Type.values if wanted in (name, name.partition(".")[0])]
    if not found:
        raise problems.invalid("type", _("This type of event does not exist."))
    return found


def _record(event: Event) -> dict[str, Any]:
    record = alert_records.event(event)
    data = {name: value for name, value in event.data.items() if name != "note"}
    common = {name: record[name] for name in COMMON}
    connection = event.connection
    common["connection"] = None
    if connection is not None:
        common["connection"] = {
            "slug": connection.slug,
            "name": connection.name,
            "environment": connection.environment,
        }
    return {"id": identity.urn_of(event), "type": event.type, **common, "data": data}
