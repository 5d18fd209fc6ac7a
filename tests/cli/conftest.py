"""The CI client as a pipeline runs it: a process of its own, on the oldest Python at hand."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.portal import Portal
from tests.cli.portal_stub import PortalStub

CLIENT = Path(__file__).resolve().parents[2] / "cli" / "xdportal.py"


def oldest_python() -> str:
    """Return a Python 3.8 or 3.9 of this machine, else the one that runs the tests."""
    for version in ("3.8", "3.9", "3.10"):
        on_path = shutil.which(f"python{version}")
        if on_path and _starts(on_path):
            return on_path
        pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
        for found in sorted(pyenv.glob(f"versions/{version}.*/bin/python")):
            return str(found)
    return sys.executable


def _starts(python: str) -> bool:
    """A shim of pyenv exists for versions that are not switched on."""
    return subprocess.run([python, "-c", ""], capture_output=True).returncode == 0


PYTHON = oldest_python()


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def stub() -> Iterator[PortalStub]:
    portal = PortalStub()
    yield portal
    portal.stop()


@pytest.fixture
def portal(stub: PortalStub) -> Portal:
    """The portal under the client. To run the same cases against another one, override this."""
    return stub


@pytest.fixture
def run(portal: Portal, tmp_path: Path) -> Run:
    """Run the client in an empty folder, set up for the portal."""

    def start(*arguments: str, **environment: str) -> Result:
        variables = {"XDP_URL": portal.url, "XDP_KEY": portal.key, "PATH": os.environ["PATH"]}
        variables.update(environment)
        done = subprocess.run(
            [PYTHON, str(CLIENT), *arguments],
            cwd=tmp_path,
            env=variables,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=60,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    return start


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    def write_file(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write_file
