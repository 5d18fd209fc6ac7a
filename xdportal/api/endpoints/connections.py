"""Connections, how fresh their lists are, and checks of them."""

from collections import defaultdict
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from msgspec import Meta

from xdportal.accounts.access import Right
from xdportal.api import cursors, groups, meta, problems, times
from xdportal.api.operations import JSON, READ, RUN, Answer, Body, Call, NoQuery, get, post
from xdportal.api.parameters import Paged, catalog_named
from xdportal.api.problems import Problem
from xdportal.api.schemas import Check, Connection, KindName, Many, One, StartedCheck
from xdportal.catalog import models, records
from xdportal.catalog.checks.asking import Refusal
from xdportal.catalog.models import Catalog
from xdportal.catalog.pages.state import state_of
from xdportal.catalog.tasks import check_now
from xdportal.connections.access import get_connection_or_404
from xdportal.connections.models import Connection as ConnectionRow

MASK = "•"
SHOWN = 4  # characters of an account id


@get(
    "/connections",
    summary=gettext_lazy("Connections, and how fresh their lists are"),
    group=groups.LISTS,
    scopes=READ,
    query=Paged,
    answer=Many[Connection],
)
def list_connections(call: Call[Paged, None]) -> Answer:
    cursor = cursors.read(call.request, (str,))
    rows = ConnectionRow.objects.visible_to(call.viewer).select_related("team").order_by("slug")
    if cursor:
        rows = rows.filter(slug__gt=cursor.place[0])
    found = list(rows[: call.query.limit + 1])
    page = found[: call.query.limit]
    following = None
    if len(found) > len(page):
        following = cursors.address(call.request, (), (page[-1].slug,))
    data = _records(page, call.at)
    return Answer({"data": data, "meta": {}, "next": following})


@get(
    "/connections/{slug}",
    summary=gettext_lazy("One connection"),
    group=groups.LISTS,
    scopes=READ,
    answer=One[Connection],
    problems={404},
)
def get_connection(call: Call[NoQuery, None]) -> Answer:
    connection = get_connection_or_404(call.viewer, call.path["slug"])
    (record,) = _records([connection], call.at)
    return Answer({"data": record, "meta": {}})


class ChecksQuery(Paged, frozen=True, kw_only=True):
    kind: KindName | None = None
    since: Annotated[
        datetime | None, Meta(description=gettext_noop("Checks that began at this time or later."))
    ] = None


@get(
    "/connections/{slug}/checks",
    summary=gettext_lazy("Results of checks, newest first"),
    group=groups.LISTS,
    scopes=READ,
    query=ChecksQuery,
    answer=Many[Check],
    problems={404},
)
def list_checks(call: Call[ChecksQuery, None]) -> Answer:
    connection = get_connection_or_404(call.viewer, call.path["slug"])
    rows = _checks(call, connection)
    found = list(rows[: call.query.limit + 1])
    page = found[: call.query.limit]
    following = None
    if len(found) > len(page):
        last = page[-1]
        place = (times.text_of(last.started), last.pk)
        following = cursors.address(call.request, (), place)
    return Answer({"data": [_check(check) for check in page], "meta": {}, "next": following})


class StartBody(Body, frozen=True, kw_only=True):
    kind: Annotated[
        KindName | None,
        Meta(description=gettext_noop("Default: all lists that are read.")),
    ] = None


@post(
    "/connections/{slug}/check",
    summary=gettext_lazy("Check now"),
    group=groups.LISTS,
    scopes=RUN,
    bodies={JSON: StartBody},
    is_body_required=False,
    status=202,
    answer=One[StartedCheck],
    problems={404, 409},
)
def start_check(call: Call[NoQuery, StartBody]) -> Answer:
    slug = call.path["slug"]
    connection = get_connection_or_404(call.viewer, slug, Right.WORK)
    catalogs = _to_check(call, connection)
    _refuse_while_busy(connection, catalogs, call.at)
    if not connection.ask_for_check(call.at):
        words = str(Refusal.TOO_SOON.label)
        raise Problem(problems.CONFLICT, words, headers={"Retry-After": "10"})
    with transaction.atomic():  # or each would send a message of its own
        for catalog in catalogs:
            check_now(catalog)
    address = _address_of_checks(call.request, slug, call.at)
    data = {
        "connection": slug,
        "kinds": [catalog.kind for catalog in catalogs],
        "url": address,
    }
    return Answer({"data": data, "meta": {}}, status=202, headers={"Location": address})


def _records(connections: list[ConnectionRow], at: datetime) -> list[records.Record]:
    """Return the records of some connections. One query."""
    lists = Catalog.objects.filter(connection__in=connections, enabled=True)
    joined = lists.select_related("connection", "latest_snapshot", "quarantined").order_by("pk")
    by_connection: dict[int, list[Catalog]] = defaultdict(list)
    for catalog in joined:
        by_connection[catalog.connection_id].append(catalog)
    return [_record(connection, by_connection[connection.pk], at) for connection in connections]


def _record(connection: ConnectionRow, catalogs: list[Catalog], at: datetime) -> records.Record:
    return {
        "slug": connection.slug,
        "name": connection.name,
        "environment": connection.environment,
        "state": connection.state,
        "reason": connection.get_reason_display() or None,
        "team": connection.team.slug,
        "account": masked(connection.account_id),
        "kinds": {catalog.kind: _kind(catalog, at) for catalog in catalogs},
    }


def masked(account_id: str) -> str:
    """Hide all but the last four characters; of a short id, all."""
    shown = account_id[-SHOWN:] if len(account_id) > SHOWN else ""
    return MASK * 4 + shown


def _kind(catalog: Catalog, at: datetime) -> records.Record:
    about = meta.of_catalog(catalog, at)
    return {
        **{name: about[name] for name in ("snapshot", "taken_at", "checked_at", "stale", "held")},
        "next_check_at": records.time(catalog.next_check_at),
        "state": state_of(catalog, at).name.value,
    }


def _checks(call: Call[ChecksQuery, None], connection: ConnectionRow) -> QuerySet[models.Check]:
    rows = models.Check.objects.filter(catalog__connection=connection).newest_first()
    rows = rows.select_related("catalog__connection", "snapshot")
    if call.query.kind is not None:
        rows = rows.filter(catalog__kind=call.query.kind)
    if call.query.since is not None:
        rows = rows.filter(started__gte=call.query.since)
    cursor = cursors.read(call.request, (str, int))
    if cursor is None:
        return rows
    text, pk = cursor.place
    return rows.before(_moment_of(str(text)), int(pk or 0))


def _moment_of(text: str) -> datetime:
    try:
        return times.parse(text)
    except (ValueError, OverflowError):
        raise problems.invalid("cursor", _("This cursor is not valid.")) from None


def _check(check: models.Check) -> records.Record:
    record = records.check(check.catalog, check)
    counts = ("added", "removed", "changed")  # a stored check does not know them: its snapshot does
    kept = {name: value for name, value in record.items() if name not in counts}
    return {
        "id": check.pk,
        **kept,
        "started": records.time(check.started),
        "ended": records.time(check.ended),
    }


def _to_check(call: Call[NoQuery, StartBody], connection: ConnectionRow) -> list[Catalog]:
    if call.body.kind is not None:
        return [catalog_named(call.viewer, connection.slug, call.body.kind, Right.WORK)]
    enabled = connection.catalogs.enabled().select_related("connection", "quarantined")
    return list(enabled.order_by("kind"))


def _refuse_while_busy(connection: ConnectionRow, catalogs: list[Catalog], at: datetime) -> None:
    if connection.state == ConnectionRow.State.PAUSED:
        raise Problem(problems.CONFLICT, _("The connection is paused."))
    if connection.is_held_back(at):
        wait = (
            max(int((connection.not_before - at).total_seconds()), 1)
            if connection.not_before
            else 1
        )
        words = _("The provider asked us to wait.")
        raise Problem(problems.CONFLICT, words, headers={"Retry-After": str(wait)})
    if not all(catalog.enabled for catalog in catalogs) or not catalogs:
        raise Problem(problems.CONFLICT, _("This list is switched off."))
    if any(state_of(catalog, at).checking for catalog in catalogs):
        raise Problem(problems.CONFLICT, _("A check is already running."))


def _address_of_checks(request: HttpRequest, slug: str, since: datetime) -> str:
    text = times.text_of(since) or ""
    return request.build_absolute_uri(f"/api/v1/connections/{slug}/checks?since={quote(text)}")
