"""An empty portal leads in three steps to the first list."""

import re
from collections.abc import Callable
from typing import Any

from django.test import Client

from tests.reading import html_of
from xdportal.accounts.models import User
from xdportal.connections.models import Connection

MARKS = {"": "to do", ' aria-current="step"': "now", ' class="done"': "done"}


def steps(client: Client, path: str) -> list[tuple[str, str]]:
    page = html_of(client.get(path))
    found = re.findall(r'<li( aria-current="step"| class="done")?><b>([^<]*)(.*?)</b>', page)
    return [(name, MARKS[mark]) for mark, name, _ in found]


def way(*marks: str) -> list[tuple[str, str]]:
    names = ("Connect the account", "Test the connection", "Read the first list")
    return list(zip(names, marks, strict=True))


def test_the_first_is_to_connect(cast: Any, sign_in: Callable[[User], Client]) -> None:
    client = sign_in(cast.mia)

    assert (
        steps(client, "/")
        == steps(client, "/settings/connections/new/")
        == way("now", "to do", "to do")
    )


def test_then_to_test_and_to_see_the_list_and_then_there_is_none(
    cast: Any,
    sign_in: Callable[[User], Client],
    connect: Callable[..., Connection],
    check: Any,
    catalog: Any,
) -> None:
    client, connection = sign_in(cast.mia), catalog.connection

    assert steps(client, f"/settings/connections/{connection.slug}/") == way("done", "now", "to do")
    assert steps(client, f"/c/{connection.slug}/images/") == way("done", "done", "now")
    check()
    assert steps(client, f"/settings/connections/{connection.slug}/") == []
    assert steps(client, f"/c/{connection.slug}/images/") == []
