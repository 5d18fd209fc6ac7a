"""Pins: what they are, and what can be done to them."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import quote

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from msgspec import UNSET, Meta, UnsetType

from xdportal.accounts.access import Right, get_or_404
from xdportal.accounts.models import Team
from xdportal.alerts import records as alert_records
from xdportal.alerts.models import Pin
from xdportal.alerts.models.pin import LONGEST_NAME, LONGEST_NOTE, LONGEST_SOURCE
from xdportal.alerts.pins import actions, declared
from xdportal.alerts.pins.actions import Actor, Wish
from xdportal.alerts.pins.state import Finding, evaluate
from xdportal.api import cursors, groups, problems, times
from xdportal.api.endpoints.check import FieldText, ItemId
from xdportal.api.operations import (
    JSON,
    PINS,
    READ_OR_CHECK,
    Answer,
    Body,
    Call,
    NoQuery,
    Query,
    get,
    operation,
    post,
)
from xdportal.api.parameters import Needed, Paged, Version, require_past, snapshot_at
from xdportal.api.pin_lookup import get_pin
from xdportal.api.places import Places
from xdportal.api.problems import Problem
from xdportal.api.schemas import Declared, Environment, KindName, Many, One
from xdportal.api.schemas import Pin as PinRecord
from xdportal.provider.fields import MAX_LENGTH

MOST_DECLARED = 2000
MOST_SOURCES = 200
MOST_PRICE = Decimal(10) ** 12
DECIMALS = 8
Name = Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]
Note = Annotated[str, Meta(max_length=LONGEST_NOTE)]
Source = Annotated[str, Meta(min_length=1, max_length=LONGEST_SOURCE)]
Sources = Annotated[list[Source], Meta(max_length=MOST_SOURCES)]
Time = Annotated[str, Meta(min_length=1, max_length=40)]
Ceiling = Annotated[Decimal, Meta(description=gettext_noop("The highest acceptable price."))]


class PinsQuery(Paged, frozen=True, kw_only=True):
    as_of: Annotated[
        datetime | None, Meta(description=gettext_noop("The pins and lists as of that time."))
    ] = None
    source: Annotated[
        Needed | None, Meta(description=gettext_noop("Only pins that are used there."))
    ] = None


class PinQuery(Query, frozen=True, kw_only=True):
    as_of: Version | None = None


class PinFields(Body, frozen=True, kw_only=True):
    id: ItemId
    connection: Needed | None = None
    environment: Environment | None = None
    kind: KindName = "images"
    meaning: Annotated[
        dict[str, FieldText] | None,
        Meta(description=gettext_noop("What the ID stands for. Default: its present meaning.")),
    ] = None
    note: Note = ""
    sources: Sources = []
    ceiling: Ceiling | None = None
    exact: Annotated[bool, Meta(description=gettext_noop("Another version is critical, too."))] = (
        False
    )
    newer: Annotated[
        bool, Meta(description=gettext_noop("Alert when a newer version is listed."))
    ] = False


class NewPin(PinFields, frozen=True, kw_only=True):
    name: Name | None = None


class DeclaredPin(PinFields, frozen=True, kw_only=True):
    name: Name


class PinChanges(Body, frozen=True, kw_only=True):
    name: Name | UnsetType = UNSET
    note: Note | UnsetType = UNSET
    sources: Sources | UnsetType = UNSET
    ceiling: Ceiling | UnsetType | None = UNSET
    exact: bool | UnsetType = UNSET
    newer: bool | UnsetType = UNSET


class RepinBody(Body, frozen=True, kw_only=True):
    id: Annotated[
        ItemId | None,
        Meta(
            description=gettext_noop("Without it, the present meaning of the same ID is accepted.")
        ),
    ] = None


class AcknowledgeBody(Body, frozen=True, kw_only=True):
    note: Note = ""


class MuteBody(Body, frozen=True, kw_only=True):
    until: Time
    reason: Annotated[str, Meta(min_length=1, max_length=LONGEST_NOTE)]


class DeclareBody(Body, frozen=True, kw_only=True):
    source: Source
    pins: Annotated[list[DeclaredPin], Meta(max_length=MOST_DECLARED)]


@get(
    "/pins",
    summary=gettext_lazy("All pins with their state"),
    group=groups.PINS,
    scopes=READ_OR_CHECK,
    query=PinsQuery,
    answer=Many[PinRecord],
    problems={404},
)
def list_pins(call: Call[PinsQuery, None]) -> Answer:
    query = call.query
    require_past(call.viewer, query.as_of, call.at)
    cursor = cursors.read(call.request, (str, int))
    rows = Pin.objects.visible_to(call.viewer).with_target().order_by("name", "pk")
    rows = rows.select_related("acknowledged_by").prefetch_related("sources")
    if query.source is not None:
        rows = rows.filter(sources__text=query.source)
    if cursor:
        rows = rows.filter(cursors.beyond(cursor, "name"))
    found = list(rows[: query.limit + 1])
    page = found[: query.limit]
    following = None
    if len(found) > len(page):
        following = cursors.address(call.request, (), (page[-1].name, page[-1].pk))
    findings = evaluate(page, query.as_of, call.at)
    known = [findings[pin.pk] for pin in page if pin.pk in findings]
    return Answer({"data": alert_records.pins(known), "meta": {}, "next": following})


@get(
    "/pins/{pin}",
    summary=gettext_lazy("One pin"),
    group=groups.PINS,
    scopes=READ_OR_CHECK,
    query=PinQuery,
    answer=One[PinRecord],
    problems={404},
)
def show_pin(call: Call[PinQuery, None]) -> Answer:
    pin = get_pin(call.viewer, call.path["pin"])
    moment = moment_of(call.query.as_of, pin, call.at)
    finding = evaluate([pin], moment, call.at).get(pin.pk)
    if finding is None:
        raise Problem(problems.NOT_FOUND, _("The pin did not exist at that time."))
    return _one(finding)


@post(
    "/pins",
    summary=gettext_lazy("Pin an ID"),
    description=gettext_lazy("An ID that was never listed is accepted; its state says so."),
    group=groups.PINS,
    scopes=PINS,
    bodies={JSON: NewPin},
    status=201,
    answer=One[PinRecord],
    problems={404, 409},
    conflicts=(problems.CONFLICT, problems.WHICH_CONNECTION),
    example='{"name": "maya-base", "id": "4034", "environment": "production"}',
)
def create_pin(call: Call[NoQuery, NewPin]) -> Answer:
    wish = _wish(Places(call.viewer), call.body, call.body.name or "", "")
    team = wish.catalog.connection.team
    if wish.name and Pin.objects.filter(team=team, name=wish.name).exists():
        raise Problem(problems.CONFLICT, actions.NAME_TAKEN)
    pin = actions.create(wish, _actor(call))
    answer = _answer_with(call, pin)
    address = f"/api/v1/pins/{quote(pin.name, safe='')}"
    answer.status = 201
    answer.headers["Location"] = call.request.build_absolute_uri(address)
    return answer


@operation(
    "PATCH",
    "/pins/{pin}",
    summary=gettext_lazy("Change a pin’s name, note, sources or options"),
    group=groups.PINS,
    scopes=PINS,
    bodies={JSON: PinChanges},
    answer=One[PinRecord],
    problems={404, 409},
    example='{"note": "farm base image"}',
)
def change_pin(call: Call[NoQuery, PinChanges]) -> Answer:
    pin = _writable(call)
    values = _changes(call.body)
    name = values.get("name", pin.name)
    if Pin.objects.filter(team=pin.team, name=name).exclude(pk=pin.pk).exists():
        raise Problem(problems.CONFLICT, actions.NAME_TAKEN)
    actions.change(pin, values, _actor(call))
    return _answer_with(call, pin)


@operation(
    "DELETE",
    "/pins/{pin}",
    summary=gettext_lazy("Unpin"),
    group=groups.PINS,
    scopes=PINS,
    status=204,
    answers={},
    problems={404},
)
def delete_pin(call: Call[NoQuery, None]) -> Answer:
    actions.remove(_writable(call), _actor(call))
    return Answer("", status=204)


@post(
    "/pins/{pin}/repin",
    summary=gettext_lazy("Move a pin to another ID, or accept what its ID means now"),
    group=groups.PINS,
    scopes=PINS,
    bodies={JSON: RepinBody},
    is_body_required=False,
    answer=One[PinRecord],
    problems={404},
    example='{"id": "4106"}',
)
def repin(call: Call[NoQuery, RepinBody]) -> Answer:
    pin = _writable(call)
    item_id = None if call.body.id is None else str(call.body.id)
    actions.repin(pin, _actor(call), item_id)
    return _answer_with(call, pin)


@post(
    "/pins/{pin}/acknowledge",
    summary=gettext_lazy("Acknowledge a pin: no alerts until its state changes"),
    group=groups.PINS,
    scopes=PINS,
    bodies={JSON: AcknowledgeBody},
    is_body_required=False,
    answer=One[PinRecord],
    problems={404},
)
def acknowledge(call: Call[NoQuery, AcknowledgeBody]) -> Answer:
    pin = _writable(call)
    actions.acknowledge(pin, _actor(call), call.body.note)
    return _answer_with(call, pin)


@post(
    "/pins/{pin}/mute",
    summary=gettext_lazy("Mute a pin until a given time"),
    group=groups.PINS,
    scopes=PINS,
    bodies={JSON: MuteBody},
    answer=One[PinRecord],
    problems={404},
    example='{"until": "2030-12-31", "reason": "moving on Friday"}',
)
def mute(call: Call[NoQuery, MuteBody]) -> Answer:
    pin = _writable(call)
    try:
        until = times.parse(call.body.until)
    except (ValueError, OverflowError):
        raise problems.invalid("until", _("Use a time such as 2026-11-25T01:30:12Z.")) from None
    actions.mute(pin, _actor(call), until, call.body.reason)
    return _answer_with(call, pin)


@operation(
    "DELETE",
    "/pins/{pin}/mute",
    summary=gettext_lazy("Unmute a pin"),
    group=groups.PINS,
    scopes=PINS,
    answer=One[PinRecord],
    problems={404},
)
def unmute(call: Call[NoQuery, None]) -> Answer:
    pin = _writable(call)
    actions.unmute(pin, _actor(call))
    return _answer_with(call, pin)


@operation(
    "PUT",
    "/pins/bulk",
    summary=gettext_lazy("Declare all pins of one source"),
    description=gettext_lazy(
        "You can repeat this. A pin that the source no longer names loses this source; it is "
        "deleted if it was created by a declaration and nothing else uses it."
    ),
    group=groups.PINS,
    scopes=PINS,
    bodies={JSON: DeclareBody},
    answer=One[Declared],
    problems={404, 409},
    conflicts=(problems.WHICH_CONNECTION,),
    example='{"source": "farm-infra", "pins": '
    '[{"name": "maya-base", "id": "4034", "environment": "production"}]}',
)
def declare_pins(call: Call[NoQuery, DeclareBody]) -> Answer:
    assert call.viewer.team is not None  # noqa: S101 (a key has one)
    team = get_or_404(Team.objects.all(), call.viewer, Right.WORK, pk=call.viewer.team.pk)
    places = Places(call.viewer)
    wishes = [
        _wish(places, one, one.name, f"pins.{number}.") for number, one in enumerate(call.body.pins)
    ]
    among = Pin.objects.visible_to(call.viewer)
    source = " ".join(call.body.source.split())
    result = declared.declare(team, source, wishes, _actor(call), among)
    return Answer({"data": result._asdict(), "meta": {}})


def moment_of(as_of: int | datetime | None, pin: Pin, now: datetime) -> datetime | None:
    """Return the time that is asked about: the snapshot's of the pin's list, or as given."""
    if as_of is None:
        return None
    snapshot = snapshot_at(pin.catalog, as_of, "as_of", now)
    return as_of if isinstance(as_of, datetime) else snapshot.taken_at


def _wish(places: Places, body: PinFields, name: str, place: str) -> Wish:
    catalog = places.catalog(body.kind, body.connection, body.environment)
    places.require(catalog, Right.WORK)
    item_id = str(body.id).strip()
    if not item_id or len(item_id) > MAX_LENGTH:
        raise problems.invalid(f"{place}id", _("An ID must have 1 to 128 characters."))
    return Wish(
        catalog=catalog,
        item_id=item_id,
        name=name,
        meaning=body.meaning,
        note=body.note,
        sources=body.sources,
        ceiling=_price(body.ceiling, f"{place}ceiling"),
        exact=body.exact,
        newer=body.newer,
    )


def _changes(body: PinChanges) -> Mapping[str, Any]:
    names = ("name", "note", "sources", "ceiling", "exact", "newer")
    values = {name: getattr(body, name) for name in names}
    given = {name: value for name, value in values.items() if value is not UNSET}
    if "name" in given:
        given["name"] = actions.checked_name(given["name"])
    if given.get("ceiling") is not None:
        given["ceiling"] = _price(given["ceiling"], "ceiling")
    return given


def _price(price: Decimal | None, field: str) -> Decimal | None:
    if price is None:
        return None
    if not price.is_finite() or not 0 <= price < MOST_PRICE:
        raise problems.invalid(field, _("A price limit must be a number."))
    rounded = round(price, DECIMALS)
    if rounded != price:
        raise problems.invalid(field, _("At most eight decimal places."))
    return rounded


def _writable(call: Call[Any, Any]) -> Pin:
    return get_pin(call.viewer, call.path["pin"], Right.WORK)


def _actor(call: Call[Any, Any]) -> Actor:
    return Actor(call.viewer.user, call.at, call.request)


def _answer_with(call: Call[Any, Any], pin: Pin) -> Answer:
    """Read the pin again, with the sources that it has now."""
    fresh = get_pin(call.viewer, str(pin.uuid))
    return _one(evaluate([fresh], now=call.at)[fresh.pk])


def _one(finding: Finding) -> Answer:
    (record,) = alert_records.pins([finding])
    return Answer({"data": record, "meta": {}})
