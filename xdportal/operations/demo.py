"""The demo's content: a team, two connections to the simulated provider, sixty days of history by
the real engine, pins of which some break, and channels to the demo's receiver."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import transaction

from xdportal.accounts.models import Membership, Role, Team, User
from xdportal.catalog.checks import engine
from xdportal.catalog.checks.run import Run
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection
from xdportal.operations import demo_alerts
from xdportal.provider.client import Answer
from xdportal.provider.credentials import AccountSecret
from xdportal.provider.decoding import decode_list
from xdportal.provider.envelope import fingerprint
from xdportal.provider.errors import Busy, Details, ProviderError, TransportError
from xdportal.provider.kinds import IMAGES, PACKAGES_PAYG, Kind
from xdportal.simulator import World, accounts
from xdportal.simulator.packages import PackageWorld

SEED, SIZE, STEPS = 1, 40, 90  # as in the Procfile: the simulator goes on where the history ends
DAYS, CHECKS_A_DAY = 60, 8
CHECKS = DAYS * CHECKS_A_DAY
PINNED = CHECKS - 3 * CHECKS_A_DAY  # the check after which the demo's user pinned some ids
NAMES = {"production": "渲大师主账号", "sandbox": "Sandbox"}


@transaction.atomic
def seed(password: str, now: datetime) -> User:
    user = User.objects.create_superuser("demo", "demo@example.com", password)
    team = Team.objects.create(name="Demo", slug="demo")
    Membership.objects.create(team=team, user=user, role=Role.OWNER)
    for environment, name in NAMES.items():
        account = accounts(SEED, environment)[0]
        connection = Connection(
            team=team, owner=user, name=name, environment=environment, account_id=account.account_id
        )
        connection.set_credential(AccountSecret(account.account_id, account.secret), now)
        connection.save()
        world = World(SEED, SIZE, environment)
        catalog = connection.catalogs.get(kind=Catalog.Kind.IMAGES)
        _past(catalog, world, now, range(PINNED))
        pinned_at = _time_of(PINNED - 1, now) + timedelta(seconds=5)  # while the list is trusted
        _packages(connection, environment, pinned_at - timedelta(seconds=3))
        moves = demo_alerts.Moves(world.items(_step(PINNED - 1)), world.items(_step(CHECKS - 1)))
        demo_alerts.pin(connection, moves, user, pinned_at)
        _past(catalog, world, now, range(PINNED, CHECKS))
    demo_alerts.add_channels(team, user, now)
    return user


def _past(catalog: Catalog, world: World, now: datetime, numbers: range) -> None:
    """Checks spread over sixty days; the list moves in some, a few fail."""
    for number in numbers:
        at = _time_of(number, now)
        run = Run.claim(catalog.pk, at)
        done = at + timedelta(milliseconds=180 + 7 * (number % 40))
        if number % 97 == 53:
            run.fail(_failure(number), done)
        else:
            items = world.items(_step(number))
            engine.finish(run, _answer(IMAGES, items, number), done)
    Catalog.objects.filter(pk=catalog.pk).update(next_check_at=now)


def _packages(connection: Connection, environment: str, at: datetime) -> None:
    """Read the packages by the hour once: recipes need some."""
    catalog = connection.catalogs.get(kind=Catalog.Kind.PACKAGES_PAYG)
    items = PackageWorld(SEED, environment).items(PACKAGES_PAYG.path[-1], 0)
    run = Run.claim(catalog.pk, at)
    engine.finish(run, _answer(PACKAGES_PAYG, items, PINNED), at + timedelta(seconds=1))
    Catalog.objects.filter(pk=catalog.pk).update(next_check_at=at)


def _time_of(number: int, now: datetime) -> datetime:
    return now - timedelta(days=DAYS) * (1 - number / CHECKS)


def _failure(number: int) -> ProviderError:
    if number % 2:
        return Busy("", Details(200, 1005, "请求处理中", f"demo{number:028x}"))
    return TransportError("refused")


def _step(number: int) -> int:
    """Not evenly: the list moves in bursts of a few days, as a provider works."""
    progress = number * STEPS // CHECKS
    return progress - progress % 3 if number < CHECKS - CHECKS_A_DAY else progress


def _answer(kind: Kind[Any], items: list[Any], number: int) -> Answer:
    details = Details(200, 0, "success", f"demo{number:028x}")
    data = msgspec.json.encode(items)
    return Answer(details, fingerprint(data), decode_list(kind, data, details))


def is_seeded() -> bool:
    return User.objects.filter(username="demo").exists()
