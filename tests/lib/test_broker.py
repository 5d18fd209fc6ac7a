"""The queue in files: a worker finds whole messages, no matter what else is in the folder."""

import logging
import os
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection, Queue
from kombu.exceptions import OperationalError

from xdportal.celery import app
from xdportal.lib import broker

HEAD = {"properties": {"delivery_tag": "1", "delivery_info": {}}}


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
def link(folder: Path) -> Any:
    assert app.conf.broker_url.startswith("filesystem:")
    options = {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(folder.parent / "control"),
    }
    with Connection("filesystem://", transport_options=options) as connection:
        connection.transport.state.clear()  # shared by all connections of the process
        yield connection


@pytest.fixture
def channel(link: Any) -> Any:
    return link.channel()


def test_a_message_is_not_visible_before_it_is_whole(channel: Any, folder: Path) -> None:
    part = Watching(folder)
    channel._put("checks", {**HEAD, "body": part})

    assert part.visible == []
    assert channel._get("checks") == {**HEAD, "body": "written"}


def test_messages_arrive_and_leave_nothing_behind(channel: Any, folder: Path) -> None:
    for number in range(3):
        channel._put("checks", {**HEAD, "body": number})
    found = [channel._get("checks")["body"] for _ in range(3)]

    assert sorted(found) == [0, 1, 2]
    assert list(folder.iterdir()) == []
    assert list((folder.parent / "control").iterdir()) == []


@pytest.mark.parametrize(
    "text",
    ["", "{", "null", "[]", "{}", '{"body": "", "properties": {}}', "[" * 100_000, b"\xff\xfe"],
    ids=["empty", "cut", "null", "list", "no fields", "no tag", "deep", "not text"],
)
def test_what_is_no_message_is_dropped_and_named(
    channel: Any, folder: Path, text: str | bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    named: list[tuple[str, ...]] = []
    monkeypatch.setattr(broker.log, "warning", lambda text, *names: named.append(names))
    (folder / "0_damaged.checks.msg").write_bytes(text.encode() if isinstance(text, str) else text)
    channel._put("checks", {**HEAD, "body": "good"})

    assert channel._get("checks")["body"] == "good"
    assert list(folder.iterdir()) == []
    assert named == [("0_damaged.checks.msg",)]


def test_a_message_that_cannot_be_written_is_an_error_of_the_broker(
    link: Any, folder: Path
) -> None:
    """The callers handle OperationalError: the sweep sends again."""
    folder.rename(folder.parent / "away")

    with pytest.raises(OperationalError):
        link.Producer().publish({}, routing_key="checks", retry=False)
    assert list((folder.parent / "control").iterdir()) == []


@pytest.mark.parametrize("text", ["", '[["", "", "che'], ids=["empty", "cut"])
def test_damaged_bindings_are_written_again(
    channel: Any, folder: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    file = folder.parent / "control/checks.exchange"
    file.write_text(text)
    Queue("checks", exchange="checks", routing_key="checks").bind(channel).declare()

    assert file.read_text() == '[["checks", "", "checks"]]'
    assert "The bindings in checks.exchange cannot be read." in caplog.messages


def test_a_binding_that_exists_is_not_written_again(channel: Any, folder: Path) -> None:
    queue = Queue("checks", exchange="checks", routing_key="checks")
    queue.bind(channel).declare()
    before = os.stat(folder.parent / "control/checks.exchange").st_ino
    queue.bind(channel).declare()

    assert os.stat(folder.parent / "control/checks.exchange").st_ino == before


def test_a_deleted_queue_is_no_longer_bound(channel: Any, folder: Path) -> None:
    queue = Queue("checks", exchange="checks", routing_key="checks").bind(channel)
    queue.declare()
    queue.delete()

    assert (folder.parent / "control/checks.exchange").read_text() == "[]"


def test_bindings_without_room_are_left_out(
    channel: Any, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Messages find their queue without: they are sent to it by name."""
    (folder.parent / "control").rename(folder.parent / "away")
    channel._queue_bind("checks", "a", "", "checks")

    assert caplog.messages == [
        "The bindings in checks.exchange cannot be written: No such file or directory"
    ]
