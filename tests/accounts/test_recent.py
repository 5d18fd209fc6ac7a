"""Dangerous deeds ask again, and what they keep of the request until then holds no secret."""

from types import SimpleNamespace
from typing import Any

from django.contrib.sessions.models import Session
from django.test import Client

from tests.sign_in import PASSWORD, sign_in_by_form
from xdportal.accounts.models import User


def test_the_suspended_request_holds_neither_cookies_nor_the_key_of_the_session(
    cast: SimpleNamespace, sign_in: Any
) -> None:
    client = sign_in(cast.mia)
    client.post("/settings/privacy/delete/", {"name": "mia"}, HTTP_X_SECRET="hidden")
    stored = str(client.session["account_reauthentication_state"])

    assert client.session.session_key not in stored
    assert "COOKIE" not in stored
    assert "hidden" not in stored


def test_it_is_carried_out_after_the_password(cast: SimpleNamespace) -> None:
    client = Client()
    sign_in_by_form(client, "mia")
    asked = client.post("/settings/privacy/delete/", {"name": "mia"})
    client.post(asked.headers["Location"], {"password": "wrong"})
    assert User.objects.filter(username="mia").exists()
    client.post(asked.headers["Location"], {"password": PASSWORD})

    assert not User.objects.filter(username="mia").exists()
    assert Session.objects.count() <= 1


def test_pages_of_the_library_ask_by_the_same_door(cast: SimpleNamespace, sign_in: Any) -> None:
    client = sign_in(cast.mia)
    answer = client.post("/settings/second-factor/totp/activate/", {"code": "123456"})

    assert answer.headers["Location"].startswith("/reauthenticate/?next=")
    assert "COOKIE" not in str(dict(client.session))
