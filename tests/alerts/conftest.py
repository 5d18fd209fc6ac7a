"""A receiver on loopback, and a clock that begins where the lists do."""

import ipaddress
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from tests.alerts.stage import Outside
from tests.items import START, give, items
from xdportal.catalog.models import Catalog
from xdportal.simulator.receiver import Receiver


@pytest.fixture
def outside(settings: Any) -> Iterator[Outside]:
    settings.NOTIFY_ALLOW_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    settings.ALERT_BATCH_SECONDS = 60
    with time_machine.travel(START, tick=True) as traveller, Receiver() as receiver:
        yield Outside(receiver, traveller)


@pytest.fixture
def listed(connect: Any, outside: Outside) -> Catalog:
    """Return a list of seven images that is read every hour."""
    catalog: Catalog = connect(interval=3600).catalogs.get(kind="images")
    give(catalog, items(range(1, 8)), START)
    outside.work(START)
    return catalog
