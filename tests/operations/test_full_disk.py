"""A disk without room: pages go on, what can't be saved says so, and nothing dies.

The portal's data are on a file system of their own, in memory; only root may mount one.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError

import pytest

from tests.portal import Portal, Visitor
from tests.servers import wait_for
from xdportal.simulator import Simulator

SENTENCE = "The portal’s disk is full, so nothing can be saved now."


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", "size=40m", "none", str(folder)]
    if os.getuid() != 0 or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("A file system can't be mounted here.")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> None:
    with (disk / "rubbish").open("ab", buffering=0) as file:
        for size in (2**20, 2**12):
            while True:
                try:
                    file.write(b"x" * size)
                except OSError:
                    break


def refused(visitor: Visitor, path: str) -> str:
    """Return the page that a POST was refused with; empty if it was accepted."""
    try:
        visitor.send(path)
    except HTTPError as error:
        return f"{error.code} {error.read().decode()}"
    return ""


def refused_without_room(disk: Path, visitor: Visitor, path: str) -> str:
    """Fill the disk until a POST is refused: what others delete meanwhile makes room again."""
    pages: list[str] = []

    def is_refused() -> bool:
        fill(disk)
        pages.append(refused(visitor, path))
        return bool(pages[-1])

    wait_for(is_refused, 30, "no room")
    return pages[-1]


def test_a_full_disk(tmp_path: Path) -> None:
    portal_folder = tmp_path / "portal"
    with Simulator() as simulator, small_disk(tmp_path / "disk") as disk:
        portal = Portal(portal_folder, simulator, DATA_DIR=str(disk), SWEEP_PATIENCE="20")
        try:
            portal.prepare()
            slug = portal.connect()
            portal.start_all()
            visitor = portal.sign_in()
            wait_for(lambda: simulator.count("open/image") >= 1, 30, "the first check")
            path = f"/c/{slug}/check/"

            page = refused_without_room(disk, visitor, path)
            assert page.startswith("503 ")
            assert SENTENCE in page
            assert portal.status("/healthz") == 200
            for address in ("/", f"/c/{slug}/images/", f"/c/{slug}/changes/"):
                assert "<h1" in visitor.read(address)
            assert "image" in visitor.read(f"/c/{slug}/images.csv")
            (disk / "broker/0_empty.celery.msg").touch()
            assert [process.poll() for process in portal.processes] == [None, None]

            (disk / "rubbish").unlink()
            checks = simulator.count("open/image")
            wait_for(lambda: refused(visitor, path) == "", 30, "room again")
            wait_for(lambda: simulator.count("open/image") > checks, 30, "a check")
            wait_for(lambda: portal.status("/readyz") == 200, 30, "ready")
            assert [process.poll() for process in portal.processes] == [None, None]
            assert "0_empty.celery.msg cannot be read and was dropped" in portal.log.read_text()
        finally:
            portal.close()
