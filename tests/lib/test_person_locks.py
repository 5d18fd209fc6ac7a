"""One place a person among all processes, given back by a process that ends or dies."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from xdportal.lib.person_locks import PersonLocks

HOLDER = """
import sys
from pathlib import Path
from xdportal.lib.person_locks import PersonLocks
print(PersonLocks(Path(sys.argv[1])).take(7), flush=True)
sys.stdin.read()
"""


@contextmanager
def held_elsewhere(path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Let another process hold the place of person 7."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        yield process
        process.kill()


@pytest.fixture
def locks(tmp_path: Path) -> PersonLocks:
    return PersonLocks(tmp_path / "lock")


def test_what_another_process_holds_is_not_given(locks: PersonLocks) -> None:
    with held_elsewhere(locks.path):
        assert [locks.take(7), locks.take(8)] == [False, True]


def test_a_process_that_was_killed_holds_nothing(locks: PersonLocks) -> None:
    with held_elsewhere(locks.path) as process:
        process.kill()
        process.wait()
        assert locks.take(7) is True


def test_it_can_be_taken_again_elsewhere(locks: PersonLocks) -> None:
    locks.take(7)
    locks.give_back(7)

    with held_elsewhere(locks.path):
        pass
    assert locks.path.stat().st_size == 0
    assert locks.path.stat().st_mode & 0o777 == 0o600
