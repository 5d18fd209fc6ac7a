"""PostgreSQL, Redis and RabbitMQ for the tests: installed binaries, on free loopback ports, in a
folder of their own.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Server:
    """To be stopped at once and started again, on the same port with what it has on disk."""

    url: str
    start: Callable[[], None]
    stop: Callable[[], None]


def _while_started(server: Server, running: list[subprocess.Popen[bytes]]) -> Iterator[Server]:
    """Start it, yield it, and stop it unless the test has done so."""
    server.start()
    try:
        yield server
    finally:
        if running:
            server.stop()


@contextmanager
def postgres() -> Iterator[str]:
    """A DATABASE_URL."""
    with postgres_server() as server:
        yield server.url


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    with redis_server(folder) as server:
        yield server.url


@contextmanager
def postgres_server(*, keeps_commits: bool = False) -> Iterator[Server]:
    """PostgreSQL refuses to run as root, so that its user is taken there.

    It is quick and may lose the commits of its last moments when it is stopped at once, unless
    it `keeps_commits`.

    Not in pytest's temporary folder: each pytest that starts closes that to other users again.
    """
    with TemporaryDirectory(prefix="postgres") as folder:
        yield from _postgres(Path(folder), keeps_commits)


def binaries() -> Path:
    """Return the folder of the newest PostgreSQL's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return Path(needed(str(found[-1].parent) if found else None, "PostgreSQL"))


def _make_cluster(programs: Path, data: Path, as_user: list[str]) -> None:
    command = [*as_user, programs / "initdb", "-D", data]
    options = ["-U", "portal", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
    subprocess.run([*command, *options], check=True, capture_output=True, cwd="/")


def _postgres(folder: Path, keeps_commits: bool) -> Iterator[Server]:
    programs = binaries()
    data = folder / "postgres"
    port = free_port()
    data.mkdir()
    as_user: list[str] = []
    if os.getuid() == 0:
        shutil.chown(data, "postgres")
        folder.chmod(0o711)
        as_user = ["runuser", "-u", "postgres", "--"]
    _make_cluster(programs, data, as_user)
    options = ["-h", "127.0.0.1", "-p", str(port), "-k", ""]
    careless = ["-c", "fsync=off"]
    if not keeps_commits:
        careless += ["-c", "synchronous_commit=off"]
    address = ["--host=127.0.0.1", f"--port={port}", "--username=portal"]
    is_ready = [programs / "pg_isready", "--quiet", *address]
    running: list[subprocess.Popen[bytes]] = []

    def start() -> None:
        command = [*as_user, programs / "postgres", "-D", data, *options, *careless]
        running.append(subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd="/"))
        wait_for(
            lambda: subprocess.run(is_ready, cwd="/").returncode == 0, 20, "PostgreSQL"
        )  # after its recovery, too

    def stop() -> None:
        command = [*as_user, programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"]
        subprocess.run(command, check=True, capture_output=True, cwd="/")
        running.pop().wait(20)

    yield from _while_started(
        Server(f"postgres://portal@127.0.0.1:{port}/postgres", start, stop), running
    )


@contextmanager
def redis_server(folder: Path) -> Iterator[Server]:
    """It keeps nothing on disk: stopped and started again, it is empty."""
    binary, port = needed(shutil.which("redis-server"), "Redis"), free_port()
    command = [
        binary,
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        str(folder),
    ]
    running: list[subprocess.Popen[bytes]] = []

    def start() -> None:
        running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
        wait_for(lambda: answers(port), 10, "Redis")

    def stop() -> None:
        running[0].kill()
        running.pop().wait(10)

    yield from _while_started(Server(f"redis://127.0.0.1:{port}", start, stop), running)


RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


@contextmanager
def rabbitmq_server(folder: Path) -> Iterator[Server]:
    """A node of its own, with a port mapper of its own that ends with it."""
    binary = needed(str(RABBITMQ) if RABBITMQ.exists() else None, "RabbitMQ")
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "ERL_EPMD_PORT": str(free_port()),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": "portal@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_MNESIA_BASE": str(folder / "rabbitmq"),
        "RABBITMQ_LOG_BASE": str(folder / "rabbitmq-log"),
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
    }
    (folder / "plugins").write_text("[].")
    running: list[subprocess.Popen[bytes]] = []

    def start() -> None:
        running.append(
            subprocess.Popen(
                [binary], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        )
        wait_for(lambda: answers(port), 60, "RabbitMQ")

    def stop() -> None:
        running[0].terminate()
        running.pop().wait(30)

    server = Server(f"amqp://guest:guest@127.0.0.1:{port}//", start, stop)
    try:
        yield from _while_started(server, running)
    finally:
        subprocess.run(["epmd", "-kill"], env=environment, capture_output=True)
