"""Random histories of a list through the engine: a pin's state at every step and every moment."""

import random
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.alerts.oracle import RECORDS, WAS, List, oracle
from tests.alerts.stage import HOUR, pin
from tests.items import START, fail, give, item, items
from xdportal.alerts.models import Pin
from xdportal.alerts.pins.state import evaluate
from xdportal.alerts.receiving import look_after, receive
from xdportal.catalog.models import Catalog, Event
from xdportal.connections.models import Connection
from xdportal.provider.errors import Busy

OTHERS = range(100, 120)


class History:
    """A list whose every version is kept, and what is known of it now."""

    def __init__(self, catalog: Catalog, rng: random.Random) -> None:
        self.catalog = catalog
        self.rng = rng
        self.now = START
        self.lists: list[List] = [frozenset({WAS})]
        self.times: list[datetime] = [START]
        self.last_ok = START
        self.is_held = False
        self.odd = 0
        give(catalog, self.rows(), START)

    def rows(self) -> list[dict[str, Any]]:
        own = [item("1", one.version, one.name, one.type) for one in self.lists[-1]]
        return [*own, *items(OTHERS)]

    def step(self) -> None:
        self.now += self.rng.choice([0.25, 0.5, 3]) * HOUR
        self.rng.choice([self.listed, self.listed, self.listed, self.failed, self.unusual])()

    def listed(self) -> None:
        new = frozenset(self.rng.sample(RECORDS, self.rng.choice([0, 1, 1, 1, 2])))
        if new != self.lists[-1]:
            self.lists.append(new)
            self.times.append(self.now)
        give(self.catalog, self.rows(), self.now)
        self.last_ok = self.now
        self.is_held = False

    def failed(self) -> None:
        fail(self.catalog, Busy(), self.now)

    def unusual(self) -> None:
        self.odd += 1
        give(self.catalog, items([f"odd{self.odd}"]), self.now)
        self.is_held = True

    @property
    def is_trusted(self) -> bool:
        return not self.is_held and self.now - self.last_ok <= 2 * HOUR


def state_now(made: Pin, at: datetime) -> tuple[str, str | None]:
    found = evaluate([Pin.objects.get(pk=made.pk)], now=at)[made.pk]
    return found.state, found.level


def run(catalog: Catalog, seed: int) -> None:
    rng = random.Random(seed)
    history = History(catalog, rng)
    exact = rng.random() < 0.5
    made = pin(catalog, "1", START, exact=exact)
    for _ in range(12):
        history.step()
        moment = history.now + timedelta(seconds=2)
        receive(moment)
        look_after(moment)
        expected = oracle(history.lists, 1, len(history.lists), exact)
        assert state_now(made, history.now) == (
            expected if history.is_trusted else ("unknown", None)
        )

    is_said = Event.objects.filter(subject=made.uuid, type="pin.withdrawn").exists()
    assert is_said == any(not one for one in history.lists)
    for number, at in enumerate(history.times, start=1):
        then = evaluate([made], at + timedelta(minutes=1))[made.pk]
        assert (then.state, then.level) == oracle(history.lists, 1, number, exact)


@pytest.mark.parametrize(
    "seed", [*range(6), *(pytest.param(n, marks=pytest.mark.full) for n in range(6, 100))]
)
def test_a_random_history(cast: SimpleNamespace, seed: int) -> None:
    made = Connection.objects.create(
        team=cast.team,
        owner=cast.mia,
        name="n",
        environment="production",
        account_id="A",
        interval=3600,
        kinds=["images"],
    )
    run(made.catalogs.get(kind="images"), seed)
