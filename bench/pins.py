"""10,000 pins over 100 lists are evaluated after a change of 100 images."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench.engine import person
from bench.table import Table, timed
from tests.items import give, items
from xdportal.accounts.models import Team
from xdportal.alerts import announcing
from xdportal.alerts.models import Pin, PinRevision
from xdportal.alerts.pins.actions import announce_quietly
from xdportal.alerts.pins.meaning import MEANING
from xdportal.alerts.pins.state import evaluate
from xdportal.alerts.pins.states import State
from xdportal.catalog import retention
from xdportal.catalog.models import Catalog, Event, Listing
from xdportal.connections.models import Connection

LISTS = 100
ITEMS = range(4001, 4101)
SECONDS = 2.0


class Measured(NamedTuple):
    milliseconds: float
    queries: int


def measure(table: Table, lists: int = LISTS) -> None:
    few = prepared(max(lists // 10, 1), "few")
    fewer = evaluated(few)
    catalogs = few + prepared(lists - len(few), "many")
    retention.analyze()
    at = timezone.now()
    change(catalogs, at)
    found = evaluated(catalogs)
    number = Pin.objects.count()
    table.value(f"{number:,} pins evaluated", found.milliseconds / 1000, "s", SECONDS)
    name = f"queries of it, against {len(few) * len(ITEMS):,} pins"
    queries = f"{found.queries} · {fewer.queries}"
    table.compare(name, queries, "", found.queries / fewer.queries, 1)
    took = timed(lambda: announcing.announce(catalogs, at))
    table.value(f"{number:,} pins announced, {lists} broken", took / 1000, "s", SECONDS)
    check_oracle(catalogs)
    Connection.objects.filter(catalogs__in=catalogs).delete()


def prepared(number: int, name: str) -> list[Catalog]:
    """Return lists of a hundred images, all of them pinned."""
    at = timezone.now() - timedelta(hours=2)
    user = person()
    team = Team.objects.personal(user)
    catalogs = []
    for place in range(number):
        connection = Connection.objects.create(
            team=team,
            owner=user,
            name=f"{name} {place}",
            environment="production",
            account_id="A",
        )
        catalog = connection.catalogs.get(kind="images")
        give(catalog, items(ITEMS), at)
        catalogs.append(catalog)
    pin_all(catalogs, at + timedelta(minutes=30))
    return catalogs


def pin_all(catalogs: list[Catalog], at: datetime) -> None:
    """Pin each image, without a query for each."""
    pins = []
    revisions = []
    for catalog in catalogs:
        for listing in catalog.listings.current():
            name = f"{catalog.slug}-{listing.item_id}"
            team = catalog.connection.team
            pins.append(Pin(team=team, catalog=catalog, name=name, item_id=listing.item_id))
            revisions.append(_revision(pins[-1], listing, at))
    Pin.objects.bulk_create(pins, batch_size=500)
    PinRevision.objects.bulk_create(revisions, batch_size=500)
    for pin, revision in zip(pins, revisions, strict=True):
        pin.current = revision
    Pin.objects.bulk_update(pins, ["current"], batch_size=500)
    announce_quietly(pins, at)


def _revision(pin: Pin, listing: Listing, at: datetime) -> PinRevision:
    meaning = {name: getattr(listing, name) for name in MEANING[Catalog.Kind.IMAGES]}
    return PinRevision(
        pin=pin,
        number=1,
        catalog=pin.catalog,
        item_id=pin.item_id,
        meaning=meaning,
        snapshot=1,
        at=at,
    )


def change(catalogs: list[Catalog], at: datetime) -> None:
    """Withdraw one image of each list."""
    for catalog in catalogs:
        give(catalog, items(ITEMS[1:]), at)


def evaluated(catalogs: list[Catalog]) -> Measured:
    pins = list(Pin.objects.with_target().filter(catalog__in=catalogs))
    with CaptureQueriesContext(database) as captured:
        evaluate(pins)
    return Measured(timed(lambda: evaluate(pins)), len(captured))


def check_oracle(catalogs: list[Catalog]) -> None:
    """Exactly the withdrawn ids broke, and each was announced once."""
    pins = list(Pin.objects.with_target().filter(catalog__in=catalogs))
    findings = evaluate(pins).values()
    broken = [found.pin.item_id for found in findings if found.state is State.WITHDRAWN]
    assert broken == [str(ITEMS[0])] * len(catalogs)
    events = Event.objects.filter(type=Event.Type.PIN_WITHDRAWN, catalog__in=catalogs)
    assert events.count() == len(catalogs)
