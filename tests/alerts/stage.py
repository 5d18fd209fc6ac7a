"""What tests of pins and alerts have in common."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from xdportal.alerts.models import Pin
from xdportal.alerts.pins import actions
from xdportal.alerts.pins.actions import Actor, Wish
from xdportal.alerts.pins.state import evaluate
from xdportal.catalog.models import Catalog

HOUR = timedelta(hours=1)


def pin(catalog: Catalog, item_id: str, at: datetime, name: str = "", **fields: Any) -> Pin:
    """Pin an id in the name of the connection's owner."""
    return actions.create(Wish(catalog, item_id, name, **fields), Actor(catalog.connection.owner, at))


def states(pins: Iterable[Pin]) -> list[str]:
    return [found.state.value for found in evaluate(pins).values()]
