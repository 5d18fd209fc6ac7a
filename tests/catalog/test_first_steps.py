"""An empty portal leads in three steps to the first list."""

import re
from collections.abc import Callable
from typing import Any

from django.test import Client

from tests.reading import html_of
from xdportal.accounts.models import User
from xdportal.connections.models import Connection


def steps(client: Client, path: str) -> list[tuple[str, bool]]:
    page = html_of(client.get(path))
    return [
        (name, bool(now))
        for now, name in re.findall(r'<li( aria-current="step")?><b>(.*?)</b>', page)
    ]


def way(now: int) -> list[tuple[str, bool]]:
    names = ("Connect the account", "Test the connection", "Read the first list")
    return [(name, number == now) for number, name in enumerate(names, 1)]


def test_the_first_is_to_connect(cast: Any, sign_in: Callable[[User], Client]) -> None:
    client = sign_in(cast.mia)

    assert steps(client, "/") == steps(client, "/settings/connections/new/") == way(1)


def test_then_to_test_and_to_see_the_list_and_then_there_is_none(
    cast: Any,
    sign_in: Callable[[User], Client],
    connect: Callable[..., Connection],
    check: Any,
    catalog: Any,
) -> None:
    client, connection = sign_in(cast.mia), catalog.connection

    assert steps(client, f"/settings/connections/{connection.slug}/") == way(2)
    assert steps(client, f"/c/{connection.slug}/images/") == way(3)
    check()
    assert steps(client, f"/settings/connections/{connection.slug}/") == []
    assert steps(client, f"/c/{connection.slug}/images/") == []
