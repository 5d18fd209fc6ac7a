"""The key of a session is in the browser's cookie only, and an unused session ends."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.sign_in import sign_in_by_form
from xdportal.lib.session_store import SessionStore, stored_key


@pytest.fixture
def client(cast: SimpleNamespace) -> Client:
    client = Client()
    sign_in_by_form(client, "mia")
    return client


def status_of(key: str) -> int:
    """Return the dashboard's status for a client with that cookie."""
    client = Client()
    client.cookies["sessionid"] = key
    return client.get("/").status_code


def everything_stored() -> str:
    """Every row of every table that knows of sessions."""
    texts = []
    with database.cursor() as cursor:
        for table in (
            "django_session",
            "usersessions_usersession",
            "accounts_auditentry",
            "axes_accessattempt",
        ):
            cursor.execute(f"SELECT * FROM {table}")
            texts.append(str(cursor.fetchall()))
    return "\n".join(texts)


class TestKey:
    def test_it_is_nowhere_in_the_database(self, client: Client) -> None:
        key = client.cookies["sessionid"].value

        assert status_of(key) == 200
        assert key not in everything_stored()
        assert stored_key(key) in everything_stored()

    def test_what_is_stored_signs_nobody_in(self, client: Client) -> None:
        stored = Session.objects.get().session_key

        assert status_of(stored) == 302
        assert Session.objects.filter(session_key=stored).exists()

    def test_a_session_can_be_saved_changed_and_deleted(self, db: None) -> None:
        store = SessionStore()
        store["a"] = 1
        store.save()
        again = SessionStore(store.session_key)
        assert again["a"] == 1
        again["a"] = 2
        again.save()
        assert SessionStore(store.session_key)["a"] == 2
        assert (store.exists(str(store.session_key)), Session.objects.count()) == (True, 1)
        again.delete()

        assert not store.exists(str(store.session_key))
        assert dict(SessionStore(store.session_key).items()) == {}

    def test_an_unknown_key_is_not_taken_over(self, db: None) -> None:
        store = SessionStore("chosen-by-an-attacker-0123456789")
        store["a"] = 1
        store.save()

        assert store.session_key != "chosen-by-an-attacker-0123456789"


class TestIdle:
    def test_without_use_it_ends(self, client: Client, settings: Any) -> None:
        settings.SESSION_IDLE_HOURS = 72
        with time_machine.travel(timezone.now() + timedelta(hours=71)):
            assert client.get("/").status_code == 200
        with time_machine.travel(timezone.now() + timedelta(hours=71 + 73)):
            assert client.get("/").status_code == 302

    def test_with_use_it_goes_on_until_the_longest_life(
        self, client: Client, settings: Any
    ) -> None:
        settings.SESSION_IDLE_HOURS = 72
        start = timezone.now()
        key = client.cookies["sessionid"].value
        seen = []
        for day in range(0, 16, 2):
            with time_machine.travel(start + timedelta(days=day, minutes=1)):
                seen.append(status_of(key))

        assert seen == [200] * 7 + [302]

    def test_use_is_noted_seldom(self, client: Client, settings: Any) -> None:
        settings.SESSION_IDLE_HOURS = 72
        client.get("/")

        def writes() -> int:
            with CaptureQueriesContext(database) as counted:
                client.get("/")
            return sum(query["sql"].startswith("UPDATE") for query in counted)

        assert writes() == 0
        with time_machine.travel(timezone.now() + timedelta(hours=4)):
            assert (writes(), writes()) == (1, 0)

    def test_noting_it_does_not_undo_what_the_session_has_learnt_since(
        self, client: Client
    ) -> None:
        key = client.cookies["sessionid"].value
        with time_machine.travel(timezone.now() + timedelta(hours=10)):
            reader = SessionStore(key)
            writer = SessionStore(key)
            writer["learnt"] = True
            writer.save()
            reader.load()

            assert SessionStore(key)["learnt"] is True
