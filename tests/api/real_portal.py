"""A portal with a database and a web server, as the tests of the CI client want one."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from tests.cli.portal import Meaning
from tests.items import give, item, package, personal
from xdportal.accounts import keys
from xdportal.accounts.keys import NewKey
from xdportal.accounts.models import Membership, Team, User
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection

KINDS = ["images", "packages-payg", "packages-rental", "personal"]
FILLER = "filler-1"  # a list that becomes empty would be held back
NOWHERE = "http://127.0.0.1:1"


class RealPortal:
    def __init__(self, url: str) -> None:
        self.url = url
        self._team = Team.objects.create(name="Farm", slug="farm")
        user = User.objects.create_user("ci", "ci@example.com", "correct horse")
        Membership.objects.create(team=self._team, user=user, role="member")
        self.key = keys.create(self._team, user, NewKey("ci", ["check"], 30))[1]
        other = keys.create(self._team, user, NewKey("gone", ["check"], 30))
        self.wrong_key = other[1]
        other[0].delete()
        self._items: dict[tuple[str, str], dict[str, Any]] = {}
        self._at = timezone.now() - timedelta(minutes=20)
        for name, environment in (("farm", "production"), ("lab", "sandbox")):
            self._connect(name, environment, user)

    def _connect(self, name: str, environment: str, user: User) -> None:
        Connection.objects.create(
            team=self._team,
            owner=user,
            name=name,
            environment=environment,
            account_id=f"account-{name}",
            kinds=KINDS,
        )
        for kind in KINDS:
            self._items[kind, environment] = {}
            self._give(kind, environment)

    def list_item(
        self, item_id: str, meaning: Meaning, kind: str = "images", environment: str = "production"
    ) -> None:
        self._items[kind, environment][item_id] = _row(kind, item_id, meaning)
        self._give(kind, environment)

    def withdraw(self, item_id: str, kind: str = "images", environment: str = "production") -> None:
        del self._items[kind, environment][item_id]
        self._give(kind, environment)

    def make_stale(self, kind: str = "images", environment: str = "production") -> None:
        old = timezone.now() - timedelta(days=2)
        lists = Catalog.objects.filter(kind=kind, connection__environment=environment)
        lists.update(last_ok_at=old)

    def stop(self) -> None:
        """The server is the session's, so the client is led to where nothing listens."""
        self.url = NOWHERE

    def _give(self, kind: str, environment: str) -> None:
        catalog = Catalog.objects.get(kind=kind, connection__environment=environment)
        self._at += timedelta(seconds=2)
        rows = self._items[kind, environment].values()
        give(catalog, [_row(kind, FILLER, {}), *rows], self._at)


def _row(kind: str, item_id: str, meaning: Meaning) -> Any:
    if kind == "images":
        return item(item_id, **meaning)
    if kind == "personal":
        names = {"os": "imageType", "name": "imageName", "data_center": "datacenterKey"}
        return personal(item_id, **{names[name]: text for name, text in meaning.items()})
    names = {
        "type": "type",
        "name": "name",
        "gpu": "gpuName",
        "gpu_count": "gpuNumber",
        "cpu": "cpuNumber",
        "memory": "memoryNumber",
        "disk": "rigidDiskNumber",
        "area": "area",
    }
    return package(item_id, **{names[name]: text for name, text in meaning.items()})
