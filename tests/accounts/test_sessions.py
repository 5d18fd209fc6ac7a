"""Sessions: a list of one's own, and when they end."""

from types import SimpleNamespace
from typing import Any

from allauth.usersessions.models import UserSession
from django.test import Client

from tests.sign_in import PASSWORD, sign_in_by_form

NEW = "an even longer passphrase"


def cookie(client: Client) -> str:
    return client.cookies["sessionid"].value


def with_cookie(value: str) -> int:
    """Return the status of the dashboard for a client with that cookie."""
    client = Client()
    client.cookies["sessionid"] = value
    return client.get("/").status_code


def test_the_session_before_sign_in_is_not_the_one_after(cast: SimpleNamespace) -> None:
    client = Client()
    client.cookies["sessionid"] = "fixed-by-an-attacker-0123456789ab"
    sign_in_by_form(client, "mia")

    assert cookie(client) != "fixed-by-an-attacker-0123456789ab"
    assert with_cookie("fixed-by-an-attacker-0123456789ab") == 302
    assert with_cookie(cookie(client)) == 200


def test_after_sign_out_the_old_cookie_is_dead(cast: SimpleNamespace) -> None:
    client = Client()
    sign_in_by_form(client, "mia")
    old = cookie(client)
    client.post("/logout/")

    assert with_cookie(old) == 302
    assert UserSession.objects.count() == 0


def test_after_a_password_change_old_cookies_are_dead_and_this_browser_stays(
    cast: SimpleNamespace,
) -> None:
    here, there = Client(), Client()
    sign_in_by_form(here, "mia")
    sign_in_by_form(there, "mia")
    old = [cookie(here), cookie(there)]
    here.post("/password/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})

    assert [with_cookie(one) for one in old] == [302, 302]
    assert here.get("/").status_code == 200


def test_a_deactivated_users_cookie_stays_dead_when_they_come_back(cast: SimpleNamespace) -> None:
    client = Client()
    sign_in_by_form(client, "mia")
    cast.mia.is_active = False
    cast.mia.save()
    assert with_cookie(cookie(client)) == 302
    cast.mia.is_active = True
    cast.mia.save()

    assert with_cookie(cookie(client)) == 302


def test_one_of_them_is_ended(cast: SimpleNamespace) -> None:
    here, there = Client(), Client()
    sign_in_by_form(here, "mia", address="192.0.2.1")
    sign_in_by_form(there, "mia", address="192.0.2.2")
    page = here.get("/settings/sessions/")
    assert [session.ip for session in page.context["sessions"]] == ["192.0.2.2", "192.0.2.1"]

    other = UserSession.objects.get(ip="192.0.2.2")
    assert (
        here.post(f"/settings/sessions/{other.pk}/end/").headers["Location"]
        == "/settings/sessions/"
    )
    assert (here.get("/").status_code, with_cookie(cookie(there))) == (200, 302)


def test_all_others_are_ended(cast: SimpleNamespace) -> None:
    clients = [Client() for _ in range(3)]
    for client in clients:
        sign_in_by_form(client, "mia")
    clients[0].post("/settings/sessions/end/")

    assert [with_cookie(cookie(client)) for client in clients] == [200, 302, 302]


def test_ones_own_current_session_can_be_ended_too(cast: SimpleNamespace) -> None:
    client = Client()
    sign_in_by_form(client, "mia")
    answer = client.post(f"/settings/sessions/{UserSession.objects.get().pk}/end/")

    assert answer.headers["Location"] == "/login/"
    assert client.get("/").status_code == 302


def test_anothers_session_looks_missing(cast: SimpleNamespace, sign_in: Any) -> None:
    mias, olgas = Client(), Client()
    sign_in_by_form(mias, "mia")
    sign_in_by_form(olgas, "olga")
    foreign = UserSession.objects.get(user=cast.mia)

    assert olgas.post(f"/settings/sessions/{foreign.pk}/end/").status_code == 404
    assert olgas.post("/settings/sessions/0/end/").status_code == 404
    assert with_cookie(cookie(mias)) == 200
