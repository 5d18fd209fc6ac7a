"""PostgreSQL and Redis for the tests: the installed binaries, on free loopback ports, in a folder of their own."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


def needed(path: str | None, what: str) -> str:
    """The binary. Without it the test is left out by name; in CI that is a failure."""
    if path:
        return path
    if os.environ.get("CI"):
        pytest.fail(f"{what} is not installed, and with CI=true no test is left out.")
    pytest.skip(f"{what} is not installed.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], bool], seconds: float, what: str) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"{what}: not within {seconds} s"
        time.sleep(0.1)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def postgres() -> Iterator[str]:
    """A DATABASE_URL. PostgreSQL refuses to run as root, so that its user is taken there.

    Not in pytest's temporary folder: each pytest that starts closes that to other users again.
    """
    with TemporaryDirectory(prefix="postgres") as folder:
        yield from _postgres(Path(folder))


def _postgres(folder: Path) -> Iterator[str]:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    binaries = Path(needed(str(found[-1].parent) if found else None, "PostgreSQL"))
    data, port = folder / "postgres", free_port()
    data.mkdir()
    as_user: list[str] = []
    if os.getuid() == 0:
        shutil.chown(data, "postgres")
        folder.chmod(0o711)
        as_user = ["runuser", "-u", "postgres", "--"]
    subprocess.run(
        [*as_user, binaries / "initdb", "-D", data, "-U", "portal", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"],
        check=True,
        capture_output=True,
        cwd="/",
    )
    options = ["-h", "127.0.0.1", "-p", str(port), "-k", "", "-c", "fsync=off", "-c", "synchronous_commit=off"]
    server = subprocess.Popen(
        [*as_user, binaries / "postgres", "-D", data, *options], stderr=subprocess.DEVNULL, cwd="/"
    )
    try:
        wait_for(lambda: answers(port), 20, "PostgreSQL")
        yield f"postgres://portal@127.0.0.1:{port}/postgres"
    finally:
        stop = [*as_user, binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop"]
        subprocess.run(stop, check=True, capture_output=True, cwd="/")
        server.wait(20)


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    binary, port = needed(shutil.which("redis-server"), "Redis"), free_port()
    command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for(lambda: answers(port), 10, "Redis")
        yield f"redis://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)
