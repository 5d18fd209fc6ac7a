from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.items import give, items
from xdportal.catalog.models import Catalog, Check
from xdportal.connections.models import Connection
from xdportal.provider.simulator import Simulator

LISTS = [
    "accounts/user/",
    "accounts/team/",
    "accounts/auditentry/",
    "connections/connection/",
    "catalog/check/",
    "catalog/snapshot/",
    "catalog/listing/",
]


@pytest.fixture
def ada(cast: SimpleNamespace, sign_in: Any) -> Client:
    return sign_in(cast.ada)


def act(client: Client, action: str, connection: Connection) -> None:
    client.post("/admin/connections/connection/", {"action": action, "_selected_action": [connection.pk]})
    connection.refresh_from_db()


def test_pause_resume_and_check_now(catalog: Catalog, ada: Client) -> None:
    connection = catalog.connection
    act(ada, "pause", connection)
    assert connection.state == "paused"
    act(ada, "resume", connection)
    assert connection.state == "ok"
    Catalog.objects.update(next_check_at=timezone.now() + timedelta(hours=1))
    act(ada, "check_now", connection)
    assert Catalog.objects.due(timezone.now()).count() == 1


@pytest.mark.parametrize("path", LISTS)
def test_lists_cost_the_same_for_one_and_for_three(path: str, connect: Any, ada: Client) -> None:
    counts = []
    for name in ("a", "b", "c"):
        give(connect(name).catalogs.get(), items(range(3)), timezone.now() - timedelta(hours=1))
        ada.get(f"/admin/{path}")
        with CaptureQueriesContext(database) as counted:
            assert ada.get(f"/admin/{path}").status_code == 200
        counts.append(len(counted))

    assert counts[0] == counts[1] == counts[2]


@pytest.mark.parametrize("path", [f"{path}?q=main" for path in LISTS])
def test_lists_can_be_searched(path: str, catalog: Catalog, check: Any, ada: Client) -> None:
    check()

    assert ada.get(f"/admin/{path}").status_code == 200


def test_history_is_read_only(catalog: Catalog, check: Any, ada: Client) -> None:
    check()
    row = Check.objects.get()

    assert ada.get(f"/admin/catalog/check/{row.pk}/change/").status_code == 200
    assert ada.post(f"/admin/catalog/check/{row.pk}/change/", {"outcome": "ok"}).status_code == 403
    assert ada.post(f"/admin/catalog/check/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert ada.get("/admin/catalog/snapshot/add/").status_code == 403


def test_nothing_sealed_or_secret_stands_anywhere(
    catalog: Catalog, check: Any, ada: Client, simulator: Simulator
) -> None:
    check()
    connection = Connection.objects.get()
    secret = simulator.accounts["production"][0].secret
    key = connection.pk
    assert connection.account_id in ada.get("/admin/connections/connection/").content.decode()
    pages = [f"connections/connection/{key}/change/", f"connections/connection/{key}/delete/", *LISTS]
    for path in pages:
        page = ada.get(f"/admin/{path}").content.decode()
        for hidden in (secret, connection.credential, connection.token):
            assert hidden not in page, path
