"""The queue in files: a worker that looks while a message is written finds nothing, or all."""

from pathlib import Path
from typing import Any

import pytest
from kombu import Connection

from xdportal.celery import app


class Watching:
    """A part of a message that notes which messages a worker would find while it is written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.visible: list[str] = []

    def __json__(self) -> str:
        self.visible += [file.name for file in self.folder.glob("*.msg")]
        return "written"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "control").mkdir()
    (tmp_path / "queue").mkdir()
    return tmp_path / "queue"


@pytest.fixture
def channel(folder: Path) -> Any:
    assert app.conf.broker_url.startswith("filesystem:")
    options = {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(folder.parent / "control"),
    }
    with Connection("filesystem://", transport_options=options) as connection:
        yield connection.channel()


def test_a_message_is_not_visible_before_it_is_whole(channel: Any, folder: Path) -> None:
    part = Watching(folder)
    channel._put("checks", {"body": part})

    assert part.visible == []
    assert channel._get("checks") == {"body": "written"}


def test_messages_arrive_and_leave_nothing_behind(channel: Any, folder: Path) -> None:
    for number in range(3):
        channel._put("checks", {"number": number})
    found = [channel._get("checks")["number"] for _ in range(3)]

    assert sorted(found) == [0, 1, 2]
    assert list(folder.iterdir()) == []
    assert list((folder.parent / "control").glob("*.msg")) == []
