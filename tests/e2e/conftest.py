"""Chromium of the machine, against Django's live server. A console error or a refused resource
fails the test.
"""

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db.backends.signals import connection_created
from django.dispatch import receiver
from django.utils import timezone
from playwright.sync_api import Page, Request

from tests.e2e.alerts import give_alerts, give_pins
from tests.items import fail, give, give_other_lists, item, items
from tests.servers import needed
from xdportal.accounts.models import User
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection
from xdportal.provider.errors import AuthError, Busy, Details


@receiver(connection_created)
def read_while_another_writes(connection: Any, **_: Any) -> None:
    """Let the live server's threads read as they do from a file: tables in memory are locked."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA read_uncommitted = 1")


CHROMIUM = os.environ.get("CHROMIUM_PATH", "/usr/bin/chromium")
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    needed(shutil.which(CHROMIUM), "Chromium")
    return {**browser_type_launch_args, "args": ARGS, "executable_path": CHROMIUM}


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_context_args,
        "locale": "en-US",
        "timezone_id": "Asia/Shanghai",
        "reduced_motion": "reduce",
        "permissions": ["clipboard-read", "clipboard-write"],
    }


def broken(request: Request) -> list[str]:
    """A page that is left while its icon is still coming aborts it: that is no error."""
    return [] if request.failure == "net::ERR_ABORTED" else [f"{request.url} {request.failure}"]


@pytest.fixture
def expected() -> list[str]:
    """Parts of the errors that a test provokes."""
    return []


@pytest.fixture
def errors(page: Page, expected: list[str]) -> Iterator[list[str]]:
    found: list[str] = []
    page.on(
        "console", lambda message: found.append(message.text) if message.type == "error" else None
    )
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("requestfailed", lambda request: found.extend(broken(request)))
    page.set_default_timeout(5000)
    yield found
    assert [error for error in found if not any(part in error for part in expected)] == []


@pytest.fixture
def stage(transactional_db: None, cast: SimpleNamespace) -> Catalog:
    """A catalog with two snapshots, one of the longest names, a Chinese version and an odd id."""
    connection = Connection.objects.create(
        team=cast.team,
        owner=cast.mia,
        name="Main",
        environment="production",
        account_id="A27550582",
    )
    catalog = connection.catalogs.get(kind="images")
    now = timezone.now()
    first = [
        *items(range(4001, 4040)),
        item("4040", type="ceph"),
        item("w" * 128, name="名" * 128, version="v" * 128),
    ]
    second = [
        *first[1:-1],
        first[-1],
        item("4005", version="2022 数据中心版 64位"),
        item("a/b?c"),
        None,
    ]
    second.remove(item(4005))
    give(catalog, first, now - timedelta(days=3))
    pinned = give_pins(catalog, now - timedelta(days=3) + timedelta(seconds=2))
    give(catalog, second, now - timedelta(minutes=5))
    give_other_lists(catalog, now - timedelta(minutes=5))
    give_alerts(pinned, cast.max, now)
    return catalog


@pytest.fixture
def states(stage: Catalog, cast: SimpleNamespace) -> dict[str, Catalog]:
    """A catalog in each state that asks for something, each with a list of twelve images but the
    one that waits.
    """
    now, hour = timezone.now(), timedelta(hours=1)
    names = ("attention", "suspect", "stale", "paused", "waiting", "checking")
    made = {
        name: Connection.objects.create(
            team=cast.team,
            owner=cast.olga,
            name=word,
            environment="sandbox",
            account_id="A1",
            interval=1800,
        ).catalogs.get(kind="images")
        for name, word in zip(names, ("甲", "乙", "丙", "丁", "戊", "己"), strict=True)
    }
    for name in set(names) - {"waiting"}:
        give(made[name], items(range(4000, 4012)), now - 2 * hour)
    fail(
        made["attention"],
        AuthError("", Details(200, 401, "身份认证失败", "7f3a19c2b7d84e1f")),
        now - hour,
    )
    give(made["suspect"], items(range(4000, 4003)), now - hour)
    fail(made["stale"], Busy("", Details(200, 1005, "请求处理中", "0b51ac")), now - hour)
    made["paused"].connection.pause_for_token()
    Catalog.objects.filter(pk=made["checking"].pk).update(
        lease_holder="x", lease_started=now, lease_until=now + hour, last_ok_at=now
    )
    return made


@pytest.fixture
def signed_in(
    page: Page, live_server: Any, cast: SimpleNamespace, sign_in: Any, errors: list[str]
) -> Page:
    user: User = cast.olga
    cookie = sign_in(user).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    return page
