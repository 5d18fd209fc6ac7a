"""The demo's content: a team, two connections to the simulated provider, sixty days of history by the real engine."""

from datetime import datetime, timedelta

import msgspec
from django.db import transaction

from xdportal.accounts.models import Membership, Role, Team, User
from xdportal.catalog.checks import engine
from xdportal.catalog.checks.run import Run
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection
from xdportal.provider.client import Answer
from xdportal.provider.credentials import AccountSecret
from xdportal.provider.decoding import decode_list
from xdportal.provider.envelope import fingerprint
from xdportal.provider.errors import Busy, Details, TransportError
from xdportal.provider.kinds import IMAGES
from xdportal.simulator import World, accounts

SEED, SIZE, STEPS = 1, 40, 90  # as in the Procfile: the simulator goes on where the history ends
DAYS, CHECKS_A_DAY = 60, 8
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
        _past(connection.catalogs.get(kind=Catalog.Kind.IMAGES), World(SEED, SIZE, environment), now)
    return user


def _past(catalog: Catalog, world: World, now: datetime) -> None:
    """Checks spread over sixty days; the list moves in some, a few fail."""
    checks = DAYS * CHECKS_A_DAY
    for number in range(checks):
        at = now - timedelta(days=DAYS) * (1 - number / checks)
        run = Run.claim(catalog.pk, at)
        done = at + timedelta(milliseconds=180 + 7 * (number % 40))
        if number % 97 == 53:
            error = (
                Busy("", Details(200, 1005, "请求处理中", f"demo{number:028x}"))
                if number % 2
                else TransportError("refused")
            )
            run.fail(error, done)
        else:
            engine.finish(run, _answer(world, _step(number, checks), number), done)
    Catalog.objects.filter(pk=catalog.pk).update(next_check_at=now)


def _step(number: int, checks: int) -> int:
    """Not evenly: the list moves in bursts of a few days, as a provider works."""
    progress = number * STEPS // checks
    return progress - progress % 3 if number < checks - CHECKS_A_DAY else progress


def _answer(world: World, step: int, number: int) -> Answer:
    details = Details(200, 0, "success", f"demo{number:028x}")
    data = msgspec.json.encode(world.items(step))
    return Answer(details, fingerprint(data), decode_list(IMAGES, data, details))


def is_seeded() -> bool:
    return User.objects.filter(username="demo").exists()
