"""What can be called at all: at this provider a GET can switch a host off."""

import re
from pathlib import Path
from typing import Any

import pytest

import xdportal.provider.client
from xdportal.provider.client import CALLS, Client, ForbiddenCall
from xdportal.provider.kinds import KINDS, ImageItem, ImageRecord, Kind
from xdportal.simulator import Simulator


def test_five_paths_and_no_other() -> None:
    assert {
        ("POST", "/v1/auth/getToken"),
        ("GET", "/v1/pve/open/image"),
        ("GET", "/v1/pve/open/packAge/0"),
        ("GET", "/v1/pve/open/packAge/1"),
        ("GET", "/v1/open/image/personal/getList"),
    } == CALLS


@pytest.mark.parametrize(
    "path",
    [
        "/v1/pve/open/host/reboot/1",
        "/v1/pve/open/host/operate/1?type=0",
        "/v1/pve/open/host/mypage",
        "/v1/pve/open/packAge/2",
        "/v1/pve/open/image/",
        "/v1/pve/open/image?x=1",
        "/v1/auth/getToken",
        "",
    ],
)
def test_a_list_at_another_path_is_never_called(path: str) -> None:
    other: Kind[Any] = Kind("other", path, ImageRecord, ImageItem)
    with Simulator() as simulator:
        with (
            Client(simulator.production_url, deadline=5, max_body=1000) as client,
            pytest.raises(ForbiddenCall),
        ):
            client.read_list(other, "a-token")
        assert simulator.calls == []


def test_requests_leave_the_room_at_one_place() -> None:
    room = Path(xdportal.provider.client.__file__).parent
    sources = {file.name: file.read_text() for file in room.glob("*.py")}
    doors = [
        name for name, text in sources.items() if re.search(r"\b(Door|requests|urllib)\b", text)
    ]

    assert doors == ["client.py"]
    assert sources["client.py"].count("_door.request(") == 1
    assert sources["client.py"].count("not in CALLS") == 1


def test_every_kind_is_read_by_get_with_the_token_in_a_header() -> None:
    with Simulator() as simulator:
        account = simulator.accounts["production"][0]
        with Client(simulator.production_url, deadline=5, max_body=10**6) as client:
            token = client.get_token(account).value  # type: ignore[arg-type]
            for kind in KINDS.values():
                client.read_list(kind, token)

        assert [(call.method, call.plain_path) for call in simulator.calls] == [
            ("POST", "/v1/auth/getToken"),
            *(("GET", kind.path) for kind in KINDS.values()),
        ]
        assert {call.token for call in simulator.calls[1:]} == {token}
        assert token not in "".join(call.path for call in simulator.calls)
