"""The cast and the stage.

Team Render: Olga owns it, Max manages, Mia is a member, Rita reads. Stefan is a stranger, Ada runs
the portal.
The provider is the simulator, over real HTTP on loopback.
"""

import logging
import shutil
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import hypothesis
import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.items import refresh
from tests.sign_in import confirm_identity
from tests.traces import secrets_of, traces
from xdportal.accounts.models import Membership, Role, Team, User
from xdportal.alerts.views import ids
from xdportal.catalog.models import Catalog
from xdportal.catalog.records import Record
from xdportal.catalog.views import decoder, exports
from xdportal.connections.models import Connection
from xdportal.lib.redaction import RedactingFilter
from xdportal.provider.credentials import AccountSecret
from xdportal.simulator import Simulator

USED: set[str] = set()  # every secret and token of this session

# By default an example of hypothesis fails after 200 ms, which a busy machine needs for any.
PATIENT = hypothesis.settings(
    deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile("patient", PATIENT)
hypothesis.settings.load_profile("patient")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes minutes in one piece, so that no core waits for it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("postgres") is None)


@pytest.fixture(scope="session", autouse=True)
def no_secret_is_left(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """After all tests: what was logged and written, and the database's pages with what was
    deleted from them.
    """
    log = logging.FileHandler(django_settings.DATA_DIR / "suite.log")
    log.addFilter(RedactingFilter())
    logging.getLogger().addHandler(log)
    yield
    logging.getLogger().removeHandler(log)
    log.close()
    if connection.vendor == "sqlite":
        with django_db_blocker.unblock():
            if connection.introspection.table_names():  # without any, there is nothing to serialize
                (django_settings.DATA_DIR / "suite.sqlite3").write_bytes(
                    connection.connection.serialize()
                )
    assert traces(USED, folder=django_settings.DATA_DIR) == []
    if USED:
        (django_settings.DATA_DIR / "planted").write_text(f"password={min(USED)}")
        assert traces(USED, folder=django_settings.DATA_DIR) == ["planted"]


@pytest.fixture(autouse=True)
def fast_and_clean(settings: Any) -> Iterator[None]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.CELERY_TASK_ALWAYS_EAGER = False
    settings.WHITENOISE_AUTOREFRESH = True  # or every client lists all static files first
    for share in (exports.SHARE, decoder.SHARE, ids.SHARE):
        share.clear()  # of exports that the last test didn't read to their end
    settings.MIDDLEWARE = ["tests.contract.validated", *settings.MIDDLEWARE]
    yield
    shutil.rmtree(django_settings.DATA_DIR / "broker", ignore_errors=True)
    (django_settings.DATA_DIR / "broker").mkdir(mode=0o700)


@pytest.fixture
def cast(db: None) -> SimpleNamespace:
    def person(name: str, **fields: Any) -> User:
        return User.objects.create_user(name, f"{name}@example.com", "correct horse", **fields)

    people = SimpleNamespace(
        olga=person("olga"),
        max=person("max"),
        mia=person("mia"),
        rita=person("rita"),
        stefan=person("stefan"),
        ada=person("ada", is_staff=True, is_superuser=True),
        team=Team.objects.create(name="Render", slug="render"),
    )
    for name, role in (
        ("olga", Role.OWNER),
        ("max", Role.MANAGER),
        ("mia", Role.MEMBER),
        ("rita", Role.READER),
    ):
        Membership.objects.create(team=people.team, user=getattr(people, name), role=role)
    return people


@pytest.fixture
def simulator(settings: Any) -> Iterator[Simulator]:
    with Simulator() as running:
        settings.PROVIDER_URLS = {
            "production": running.production_url,
            "sandbox": running.sandbox_url,
        }
        yield running
        USED.update(secrets_of(running))


@pytest.fixture
def connect(cast: SimpleNamespace, simulator: Simulator) -> Callable[..., Connection]:
    """Make a connection of Mia's that reads images, with the credential of a simulator's
    account.
    """

    def make(
        name: str = "Main", environment: str = "production", account: int = 0, **fields: Any
    ) -> Connection:
        known = simulator.accounts[environment][account]
        values = {"team": cast.team, "owner": cast.mia, "name": name, "environment": environment}
        values["kinds"] = ["images"]
        made = Connection(account_id=known.account_id, **{**values, **fields})
        made.set_credential(AccountSecret(known.account_id, known.secret), timezone.now())
        made.save()
        return made

    return make


@pytest.fixture
def catalog(connect: Callable[..., Connection]) -> Catalog:
    """Return the images of a connection."""
    return connect().catalogs.get(kind=Catalog.Kind.IMAGES)


@pytest.fixture
def check(catalog: Catalog) -> Callable[[], Record]:
    """Check once, now; `catalog` is fresh afterwards."""

    def run() -> Record:
        record = refresh(catalog)
        catalog.refresh_from_db()
        return record

    return run


@pytest.fixture
def sign_in() -> Callable[..., Client]:
    def client_of(user: User, recent: bool = True) -> Client:
        """`recent`: the password was given a moment ago, so that dangerous deeds don't ask for
        it.
        """
        client = Client()
        client.force_login(user)
        if recent:
            confirm_identity(client, user)
        return client

    return client_of
