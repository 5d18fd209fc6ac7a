"""The demo's content: a team, two connections to the simulated provider, and sixty days of history.

The real engine makes the history. Some of the pins break, and channels lead to the demo's receiver.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec
from django.db import transaction

from xdportal.accounts.models import Membership, Role, Team, User
from xdportal.catalog.checks import engine
from xdportal.catalog.checks.run import Run
from xdportal.catalog.kinds import spec_of
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection
from xdportal.operations import demo_alerts
from xdportal.provider.client import Answer
from xdportal.provider.credentials import AccountSecret
from xdportal.provider.decoding import decode_list
from xdportal.provider.envelope import fingerprint
from xdportal.provider.errors import Busy, Details, ProviderError, TransportError
from xdportal.simulator import PackageWorld, PersonalWorld, World, accounts

SEED, SIZE, STEPS = 1, 40, 90  # as in the Procfile: the simulator goes on where the history ends
DAYS = 60
PINNED_DAYS = 3  # ago the demo's user pinned some ids
# The lists that move more slowly have fewer checks, so that seeding stays quick.
CHECKS_A_DAY = {"images": 8, "packages-payg": 3, "packages-rental": 3, "personal": 3}
BURST = {"images": 3, "packages-payg": 3, "packages-rental": 3}  # steps at once
NAMES = {"production": "渲大师主账号", "sandbox": "Sandbox"}
Rows = Callable[[int], list[Any]]  # what a list holds at a step


@transaction.atomic
def seed(password: str, now: datetime) -> User:
    user = User.objects.create_superuser("demo", "demo@example.com", password)
    team = Team.objects.create(name="Demo", slug="demo")
    Membership.objects.create(team=team, user=user, role=Role.OWNER)
    for environment, name in NAMES.items():
        account = accounts(SEED, environment)[0]
        connection = Connection(
            team=team,
            owner=user,
            name=name,
            environment=environment,
            account_id=account.account_id,
        )
        connection.set_credential(AccountSecret(account.account_id, account.secret), now)
        connection.save()
        worlds = _worlds(environment, account.account_id)
        images = worlds.pop(Catalog.Kind.IMAGES)
        for kind, rows in worlds.items():
            _past(connection.catalogs.get(kind=kind), rows, now)
        _images(connection, images, user, now)
    demo_alerts.mark_read(team, user)
    demo_alerts.add_channels(team, user, now)
    return user


def _images(connection: Connection, rows: Rows, user: User, now: datetime) -> None:
    """Give the images their past; three days before its end the demo's user pins some of them."""
    catalog = connection.catalogs.get(kind=Catalog.Kind.IMAGES)
    checks = DAYS * CHECKS_A_DAY[catalog.kind]
    turn = checks - PINNED_DAYS * CHECKS_A_DAY[catalog.kind]
    _past(catalog, rows, now, range(turn))
    pinned_at = _time_of(turn - 1, checks, now) + timedelta(seconds=5)  # while it is trusted
    moves = demo_alerts.Moves(rows(_step(catalog, turn - 1)), rows(_step(catalog, checks - 1)))
    demo_alerts.pin(connection, moves, user, pinned_at)
    _past(catalog, rows, now, range(turn, checks))


def _worlds(environment: str, account_id: str) -> dict[str, Rows]:
    """Return the simulated lists of a connection by kind."""
    packages = PackageWorld(SEED, environment)
    return {
        "images": World(SEED, SIZE, environment).items,
        "packages-payg": partial(packages.items, "0"),
        "packages-rental": partial(packages.items, "1"),
        "personal": PersonalWorld(account_id).items,
    }


def _past(catalog: Catalog, rows: Rows, now: datetime, numbers: range | None = None) -> None:
    """Make checks spread over sixty days, or some of them. The list moves in some; a few fail."""
    checks = DAYS * CHECKS_A_DAY[catalog.kind]
    for number in numbers or range(checks):
        at = _time_of(number, checks, now)
        run = Run.claim(catalog.pk, at)
        done = at + timedelta(milliseconds=180 + 7 * (number % 40))
        if number % 97 == 53:
            run.fail(_failure(number), done)
        else:
            items = rows(_step(catalog, number))
            engine.finish(run, _answer(catalog, items, number), done)
    Catalog.objects.filter(pk=catalog.pk).update(next_check_at=now)


def _time_of(number: int, checks: int, now: datetime) -> datetime:
    return now - timedelta(days=DAYS) * (1 - number / checks)


def _failure(number: int) -> ProviderError:
    if number % 2:
        return Busy("", Details(200, 1005, "请求处理中", f"demo{number:028x}"))
    return TransportError("refused")


def _step(catalog: Catalog, number: int) -> int:
    """Return how far the list has moved: in bursts of a few days, as at a real provider."""
    a_day = CHECKS_A_DAY[catalog.kind]
    burst = BURST.get(catalog.kind, 1)
    checks = DAYS * a_day
    progress = number * STEPS // checks
    return progress - progress % burst if number < checks - a_day else progress


def _answer(catalog: Catalog, rows: list[Any], number: int) -> Answer:
    details = Details(200, 0, "success", f"demo{number:028x}")
    data = msgspec.json.encode(rows)
    kind = spec_of(catalog).provider
    return Answer(details, fingerprint(data), decode_list(kind, data, details))


def is_seeded() -> bool:
    return User.objects.filter(username="demo").exists()
