"""What can't be done now is answered with 503 and a sentence; what is our fault stays a 500."""

import errno
import sqlite3
from typing import Any

import pytest
from django.db import IntegrityError, InterfaceError, OperationalError, connection
from django.test import Client
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import ConnectionError as RedisAway

from xdportal.operations.outage import Outage, outage_of


def caused_by(driver: Exception) -> OperationalError:
    error = OperationalError(str(driver))
    error.__cause__ = driver
    return error


def sqlite_error(name: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(name)
    error.sqlite_errorname = name
    return error


class Coded(Exception):
    def __init__(self, sqlstate: str | None) -> None:
        self.sqlstate = sqlstate


CASES = {
    "no room for a row": (caused_by(sqlite_error("SQLITE_FULL")), Outage.FULL),
    "no room for the log": (caused_by(sqlite_error("SQLITE_IOERR_SHMSIZE")), Outage.FULL),
    "locked": (caused_by(sqlite_error("SQLITE_BUSY_SNAPSHOT")), Outage.BUSY),
    "no file": (caused_by(sqlite_error("SQLITE_CANTOPEN")), Outage.AWAY),
    "no such column": (caused_by(sqlite_error("SQLITE_ERROR")), None),
    "PostgreSQL's disk": (caused_by(Coded("53100")), Outage.FULL),
    "PostgreSQL is away": (caused_by(Coded(None)), Outage.AWAY),
    "a lost connection": (InterfaceError("connection already closed"), Outage.AWAY),
    "a file": (OSError(errno.ENOSPC, "No space left on device"), Outage.FULL),
    "another file": (FileNotFoundError(), None),
    "the broker": (BrokerError(), Outage.QUEUE),
    "Redis": (RedisAway(), Outage.QUEUE),
    "a broken rule": (IntegrityError(), None),
    "ours": (KeyError("x"), None),
    "nothing": (None, None),
}


@pytest.mark.parametrize("case", CASES)
def test_an_exception_is_an_outage_or_not(case: str) -> None:
    error, outage = CASES[case]

    assert outage_of(error) is outage


@pytest.fixture
def without_database(monkeypatch: pytest.MonkeyPatch) -> Client:
    def fail(*args: Any) -> None:
        raise caused_by(Coded(None))

    monkeypatch.setattr(connection, "cursor", fail)
    return Client(raise_request_exception=False)


@pytest.mark.django_db
@pytest.mark.parametrize("with_session", [False, True])
def test_a_page_without_a_database(without_database: Client, with_session: bool) -> None:
    if with_session:
        without_database.cookies["sessionid"] = "a" * 32
    answer = without_database.post("/login/", {"login": "mia", "password": "x"})

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "10"
    assert "The database doesn’t answer at the moment." in answer.content.decode()
    assert "Content-Security-Policy" in answer.headers


@pytest.mark.django_db
def test_the_sentence_is_in_the_reader_s_language(without_database: Client) -> None:
    page = without_database.post("/login/", {"login": "mia"}, HTTP_ACCEPT_LANGUAGE="zh-CN")

    assert "数据库暂时没有响应" in page.content.decode()
